"""A place for the newest value: one writer replaces it, any number of readers wait for it.

The pattern of picamera2's `frame_server.py`: a reader names what it has already seen and sleeps
until there is something newer. Nothing queues; a slow reader skips values, it never delays others.
"""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Slot(Generic[T]):
    """Holds the newest value and its sequence number (1 for the first)."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._value: T | None = None
        self._sequence = 0
        self._closed = False

    def put(self, value: T) -> int:
        """Replaces the value, wakes every reader, and returns the value's sequence number."""
        with self._changed:
            self._value = value
            self._sequence += 1
            self._changed.notify_all()
            return self._sequence

    def newest(self) -> tuple[int, T] | None:
        """The newest value with its sequence number; None before the first."""
        with self._changed:
            return None if self._value is None else (self._sequence, self._value)

    def wait(self, seen: int, timeout_s: float) -> tuple[int, T] | None:
        """The newest value once its sequence number is above `seen`; None on timeout or close."""
        with self._changed:
            self._changed.wait_for(lambda: self._sequence > seen or self._closed, timeout_s)
            if self._value is None or self._sequence <= seen:
                return None
            return self._sequence, self._value

    def close(self) -> None:
        """Wakes every reader for good: `wait` no longer blocks."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        with self._changed:
            return self._closed
