"""Stages side by side: while one batch is published, the next is embedded, and the one after that is parsed."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Pipeline(Generic[Item]):
    """Takes each item through all stages, in order; every stage has a thread of its own and one item at a time.

    What a stage raises is raised by the next `put` or by `finish`; no later stage sees that item. Use as a context.
    """

    def __init__(self, *stages: Callable[[Item], None]) -> None:
        self._stages = stages
        self._threads = [ThreadPoolExecutor(1, thread_name_prefix=f"stage-{number}") for number in range(len(stages))]
        self._running: list[Future[None] | None] = [None] * len(stages)

    @property
    def is_idle(self) -> bool:
        """Whether the first stage waits for an item."""
        first = self._running[0]
        return first is None or first.done()

    def put(self, item: Item) -> None:
        """Hand an item to the first stage, when that is free."""
        self._hand_over(0, item)

    def finish(self) -> None:
        """Return when every item has left the last stage."""
        for number in range(len(self._stages)):
            self._wait(number)

    def _hand_over(self, number: int, item: Item) -> None:
        self._wait(number)
        self._running[number] = self._threads[number].submit(self._work, number, item)

    def _work(self, number: int, item: Item) -> None:
        self._stages[number](item)
        if number + 1 < len(self._stages):
            self._hand_over(number + 1, item)

    def _wait(self, number: int) -> None:
        running = self._running[number]
        if running is not None:
            running.result()

    def __enter__(self) -> "Pipeline[Item]":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for thread in self._threads:
            thread.shutdown(wait=True)
