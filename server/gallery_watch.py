"""The gallery in use, renewed whenever `encodings.pkl` is replaced.

A thread of its own looks at the file twice a second; a frame that is being recognised keeps the
gallery with which it began. A file that cannot be used is reported once and the gallery before it
stays in use.
"""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from faces.encodings_file import load_gallery
from faces.errors import GalleryError
from faces.gallery import Gallery
from faces.match import Match, matched
from faces.seams import Encoder
from server.file_mark import Mark, mark_of
from server.journal import forget_old

log = logging.getLogger(__name__)

POLL_S = 0.5
HOUR_S = 3600.0


class GalleryWatch:
    """Holds the gallery. Reads the file once on construction; watches it once started.

    match:  how faces are compared with it.
    images: the people's folders, whose journal of changes it keeps short (`server.journal`).
    """

    def __init__(
        self,
        path: Path,
        encoder: Encoder,
        *,
        images: Path | None = None,
        match: Match = Match.EXACT,
        poll_s: float = POLL_S,
    ) -> None:
        self._path = path
        self._encoder = encoder
        self._images = images
        self._match = match
        self._forgot_s: float | None = None
        self._poll_s = poll_s
        self._stop = threading.Event()
        self._gallery = Gallery.empty(encoder.name, encoder.dimension)
        self._seen: Mark | None = None
        if mark_of(path) is None:
            log.warning(
                "nobody is enrolled yet, because there is no file %s; press Capture on the page, "
                "or put photographs into utils/images/<name>/ and run: python train_model.py",
                path,
            )
        self.look()
        self._thread = threading.Thread(target=self._watch, name="gallery", daemon=True)

    @property
    def gallery(self) -> Gallery:
        """The gallery in use now. Safe to read from any thread."""
        return self._gallery

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
            gallery = load_gallery(self._path, self._encoder)
        except FileNotFoundError:
            gallery = Gallery.empty(self._encoder.name, self._encoder.dimension)
        except GalleryError as error:
            log.error("%s The gallery before it stays in use.", error)  # noqa: TRY400 - the words say it
            return
        except OSError as error:
            log.error("cannot read %s: %s. The gallery before it stays in use.", self._path, error)  # noqa: TRY400
            return
        self._gallery = matched(gallery, self._match)
        log.info("gallery: %d people, %d encodings", len(gallery.people), len(gallery))

    def _watch(self) -> None:
        while not self._stop.wait(self._poll_s):
            self.look()
            self._forget()

    def _forget(self) -> None:
        """Once an hour, delete for good whoever was removed longer ago than undo reaches."""
        now_s = time.monotonic()
        if self._images is None or (self._forgot_s is not None and now_s < self._forgot_s + HOUR_S):
            return
        self._forgot_s = now_s
        try:
            count = forget_old(self._images, self._path, time.time())
        except (GalleryError, OSError) as error:
            log.error("removed people are not deleted yet: %s", error)  # noqa: TRY400
            return
        if count:
            log.info("deleted for good what %d changes of the people had removed", count)
