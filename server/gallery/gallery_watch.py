"""The gallery in use, renewed whenever `encodings.pkl` is replaced.

A frame that is being recognized keeps the gallery with which it began.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path

from lookout.faces.errors import GalleryError
from lookout.faces.gallery.encodings_file import load_gallery
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.gallery.match import MatchMode, with_matcher
from lookout.faces.protocols import Encoder
from lookout.server.gallery.file_watch import POLL_S, FileWatch, mark_of
from lookout.server.gallery.forgotten import ForgottenNames
from lookout.server.gallery.undo_log import forget_old

log = logging.getLogger(__name__)

HOUR_S = 3600.0


class GalleryWatch(FileWatch):
    """Holds the gallery. Reads the file once on construction; watches it once started.

    match:  the way in which faces are compared with it.
    images: the people's folders, whose undo log it keeps short (`server.gallery.undo_log`).
    clock_is_right: the clock is not doubted when that is done first.
    portable: the gallery's portable file, where `path` is another encoder's beside it.
    forgotten: who was forgotten while it watches.
    """

    def __init__(
        self,
        path: Path,
        encoder: Encoder,
        *,
        images: Path | None = None,
        portable: Path | None = None,
        match: MatchMode = MatchMode.EXACT,
        poll_s: float = POLL_S,
        clock_is_right: bool = False,
    ) -> None:
        super().__init__(path, name="gallery", poll_s=poll_s)
        self.forgotten = ForgottenNames()
        self._encoder = encoder
        self._images = images
        self._portable = portable or path
        self._match = match
        self._clock_is_right = clock_is_right
        self._forgot_s: float | None = None
        self._gallery = Gallery.empty(encoder.name, encoder.dimension)
        if mark_of(path) is None:
            log.warning(
                "nobody is enrolled yet, because there is no file %s; press Capture on the page, "
                "or put photographs into utils/images/<name>/ and run: lookout train",
                path,
            )
        self.poll()

    @property
    def gallery(self) -> Gallery:
        """The gallery in use now. Safe to read from any thread."""
        return self._gallery

    def newest(self) -> Gallery:
        """The gallery of the file as it is now. Any thread."""
        self.poll()
        return self._gallery

    def _take(self) -> None:
        try:
            gallery = load_gallery(self._path, self._encoder)
        except FileNotFoundError:
            gallery = Gallery.empty(self._encoder.name, self._encoder.dimension)
        self._gallery = with_matcher(gallery, self._match, self._gallery)
        log.info("gallery: %d people, %d encodings", len(gallery.people), len(gallery))

    def _rest(self) -> None:
        """Deletes for good, once an hour, what was removed longer ago than undo reaches."""
        now_s = time.monotonic()
        if self._images is None or (self._forgot_s is not None and now_s < self._forgot_s + HOUR_S):
            return
        self._forgot_s = now_s
        try:
            count = forget_old(
                self._images, self._portable, time.time(), clock_is_right=self._clock_is_right
            )
        except (GalleryError, OSError) as error:
            log.error("removed people could not be deleted yet: %s", error)  # noqa: TRY400
            return
        self._clock_is_right = False
        if count:
            log.info("deleted for good what %d changes of the people had removed", count)
