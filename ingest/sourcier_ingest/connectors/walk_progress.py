"""How far a look at a source is, and the way to end it early."""

import threading


class WalkCancelled(Exception):
    """Nobody wants to know any more. Not an error: only who cancelled sees it."""


class WalkProgress:
    """Counts of one look at a source. One thread looks and counts; any other reads the counts, or cancels.

    `files` are those that belong to the source (patterns, hidden names); `to_compare` of them are read and compared
    with what is stored, `compared` are done.
    """

    def __init__(self) -> None:
        self.folders = 0
        self.files = 0
        self.to_compare = 0
        self.compared = 0
        self._unwanted = threading.Event()

    def cancel(self) -> None:
        """End the look: the thread that looks gets WalkCancelled where it counts next."""
        self._unwanted.set()

    def check(self) -> None:
        """Raises WalkCancelled."""
        if self._unwanted.is_set():
            raise WalkCancelled

    def enter_folder(self) -> None:
        """A folder is about to be listed. Raises WalkCancelled."""
        self.check()
        self.folders += 1

    def see_file(self) -> None:
        """A file was found. Raises WalkCancelled."""
        self.check()
        self.files += 1

    def compare(self) -> None:
        """A file was compared. Raises WalkCancelled."""
        self.check()
        self.compared += 1

    def wait(self, seconds: float) -> None:
        """Wait before a store is tried again, no longer than anybody wants to know. Raises WalkCancelled."""
        self._unwanted.wait(seconds)
        self.check()
