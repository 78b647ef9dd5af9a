"""The pixels that this process decodes at a time, and their memory given back.

A picture of 34 bytes can have 49 million pixels, and decoding takes up to sixteen bytes for each.
So pictures wait for each other: many small ones are decoded together, the largest by itself.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from lookout.faces.errors import PicturesBusy
from lookout.faces.memory import give_back
from lookout.faces.photo.limits import LARGE_PIXELS, MAX_PIXELS, PICTURE_WAIT_S


class PixelBudget:
    """`most` pixels at a time, first come, first served. For any number of threads."""

    def __init__(self, most: int = MAX_PIXELS, wait_s: float = PICTURE_WAIT_S) -> None:
        self._most = most
        self._wait_s = wait_s
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()
        self._used = 0

    @contextmanager
    def reserve(self, pixels: int) -> Iterator[None]:
        """Holds so many pixels while a picture is decoded. Raises PicturesBusy after `wait_s`.

        The memory of a large picture goes back to the system at the end.
        """
        self._take(pixels)
        try:
            yield
        finally:
            if pixels >= LARGE_PIXELS:
                give_back()
            with self._changed:
                self._used -= pixels
                self._changed.notify_all()

    def _take(self, pixels: int) -> None:
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            free = self._changed.wait_for(
                lambda: self._waiting[0] is ticket and self._used + pixels <= self._most,
                self._wait_s,
            )
            self._waiting.remove(ticket)
            if free:
                self._used += pixels
            self._changed.notify_all()
        if not free:
            raise PicturesBusy("many large pictures are being decoded: try again in a moment")
