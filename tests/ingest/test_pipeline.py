"""Stages side by side: order, overlap, and what a failing stage does."""

import threading

import pytest

from sourcier_ingest.pipeline import Pipeline


def test_every_item_passes_all_stages_in_order() -> None:
    first: list[int] = []
    second: list[int] = []
    with Pipeline[int](first.append, second.append) as stages:
        for number in range(50):
            stages.put(number)
        stages.finish()
        assert (first, second) == (list(range(50)), list(range(50)))
        assert stages.is_idle


def test_the_next_item_is_worked_on_while_the_one_before_is_in_the_second_stage() -> None:
    second_began, first_again = threading.Event(), threading.Event()

    def first(item: int) -> None:
        if item == 1:
            assert second_began.wait(10)
            first_again.set()

    def second(item: int) -> None:
        if item == 0:
            second_began.set()
            assert first_again.wait(10)

    with Pipeline[int](first, second) as stages:
        stages.put(0)
        stages.put(1)
        stages.finish()


@pytest.mark.parametrize("failing", [0, 1])
def test_an_error_reaches_the_caller_and_no_later_stage_sees_the_item(failing: int) -> None:
    seen: list[list[int]] = [[], []]

    def stage(number: int, item: int) -> None:
        if number == failing and item == 1:
            raise ValueError("one")
        seen[number].append(item)

    def run() -> None:
        with Pipeline[int](lambda item: stage(0, item), lambda item: stage(1, item)) as stages:
            stages.put(0)
            stages.put(1)
            stages.finish()

    with pytest.raises(ValueError, match="one"):
        run()
    assert seen[1] == [0]
