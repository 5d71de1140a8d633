"""Writers on SQLite take turns, first come first served, in this process and among all processes of the machine.

SQLite itself lets one write at a time, but whoever waits there sleeps up to a tenth of a second between two looks: with
sixteen threads the file lies idle two thirds of the time, and the unlucky wait ten seconds and fail. Here a waiting
writer is next. This is a courtesy and no lock that anything relies on: SQLite's own stays, and who has waited
`PATIENCE` for a turn goes on to it. A process that dies gives its turn back by dying.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

PATIENCE = 5.0
LOOK_AGAIN = 0.0005
_QUEUE, _PEN = 0, 1
"""Bytes of the file: the process that waits for the pen keeps the queue's, so that it is next."""


class Turns:
    """The turns at one database file."""

    def __init__(self, path: Path, *, patience: float = PATIENCE) -> None:
        self._path, self._patience = path, patience
        self._threads = threading.Lock()
        self._file = -1

    def take(self) -> bool:
        """Wait for a turn. False when it took too long, or the file of turns cannot be made: then none was taken.

        Each turn taken is given back.
        """
        end = time.monotonic() + self._patience
        if not self._threads.acquire(timeout=self._patience):
            return False
        got_it = False
        try:
            got_it = self._lock(_QUEUE, end) and self._lock(_PEN, end)
        except OSError:  # no room or no right for the file: SQLite says what is wrong, if anything is
            pass
        finally:
            self._unlock(_QUEUE)
            if not got_it:
                self._threads.release()
        return got_it

    def give(self) -> None:
        """Let the next one write."""
        self._unlock(_PEN)
        self._threads.release()

    def _lock(self, byte: int, end: float) -> bool:
        """These locks are this process's own: forked children do not have them, and they go when it ends."""
        if self._file < 0:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        while True:
            with suppress(BlockingIOError, PermissionError):
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
                return True
            if time.monotonic() > end:
                return False
            time.sleep(LOOK_AGAIN)

    def _unlock(self, byte: int) -> None:
        if self._file >= 0:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, byte)
