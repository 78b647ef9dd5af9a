"""What faces are not, renewed whenever its file beside the gallery is replaced.

A thread of its own looks at the file twice a second. A file that cannot be used is reported once,
and what was known before stays in use.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from faces.errors import GalleryError
from faces.negatives import Negatives, beside, load_negatives
from faces.seams import Encoder
from server.file_mark import Mark, mark_of

log = logging.getLogger(__name__)

POLL_S = 0.5


class NegativesWatch:
    """Holds the negatives of a gallery file. Reads once on construction; watches once started."""

    def __init__(self, encodings: Path, encoder: Encoder, *, poll_s: float = POLL_S) -> None:
        self._path = beside(encodings)
        self._encoder = encoder.name
        self._poll_s = poll_s
        self._stop = threading.Event()
        self._seen: Mark | None = None
        self._negatives = Negatives(encoder.name)
        self.look()
        self._thread = threading.Thread(target=self._watch, name="negatives", daemon=True)

    @property
    def negatives(self) -> Negatives:
        """Those in use now. Safe to read from any thread."""
        return self._negatives

    def start(self) -> None:
        self._thread.start()

    def close(self, timeout_s: float) -> bool:
        """End the thread. False if it is still reading after `timeout_s`."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def look(self) -> None:
        """Read the file if it is another one than last time."""
        mark = mark_of(self._path)
        if mark == self._seen:
            return
        self._seen = mark
        try:
            self._negatives = load_negatives(self._path, self._encoder)
        except (GalleryError, OSError) as error:
            log.error("%s. What was rejected before stays in use.", error)  # noqa: TRY400 - the words say it
            return
        log.info("rejected and ignored faces: %d", len(self._negatives))

    def _watch(self) -> None:
        while not self._stop.wait(self._poll_s):
            self.look()
