"""A thread that works until its owner stops it."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod


class StoppableThread(ABC):
    """Owns one thread. A subclass defines its work, and checks `_stop` between two steps."""

    def __init__(self, name: str) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    @abstractmethod
    def _work(self) -> None:
        """The thread, from `start` until `_stop` is set."""

    def start(self) -> None:
        self._thread.start()

    def close(self, timeout_s: float) -> bool:
        """Ends the thread. False if it is still in a step after `timeout_s`."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()
