"""The people whom the companion knows, renewed while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lookout.faces.gallery.gallery import Gallery
from lookout.server.inference.recognition import RecognitionContext

RENEW_S = 5.0


class LastingRecognition:
    """A recognition whose people are read anew every RENEW_S. For one thread at a time."""

    def __init__(
        self,
        recognition: RecognitionContext,
        read: Callable[[], Gallery],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """read: the people of now; may be slow when they have changed."""
        self._recognition = recognition
        self._read = read
        self._monotonic = monotonic
        self._gallery = recognition.gallery()
        self._read_s = monotonic()

    def __call__(self) -> RecognitionContext:
        """The recognition with the people of this moment."""
        if self._monotonic() - self._read_s >= RENEW_S:
            self._gallery = self._read()
            self._read_s = self._monotonic()
        gallery = self._gallery
        return replace(self._recognition, gallery=lambda: gallery)


def when_changed(path: Path, read: Callable[[], Gallery]) -> Callable[[], Gallery]:
    """Reads a file again only where it has changed."""
    last: list[tuple[object, Gallery]] = []

    def gallery() -> Gallery:
        mark = _mark(path)
        if not last or last[0][0] != mark:
            last[:] = [(mark, read())]
        return last[0][1]

    return gallery


def _mark(path: Path) -> object:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
