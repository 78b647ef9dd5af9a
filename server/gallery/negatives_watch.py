"""The rejected faces in use, renewed whenever their file beside the gallery is replaced."""

from __future__ import annotations

import logging
from pathlib import Path

from lookout.faces.decision.negatives import Negatives, beside, load_negatives
from lookout.faces.errors import GalleryError
from lookout.faces.protocols import Encoder
from lookout.server.gallery.file_watch import POLL_S, FileWatch
from lookout.server.gallery.rejections import use_encoder

log = logging.getLogger(__name__)


class NegativesWatch(FileWatch):
    """Holds the negatives of a gallery file. Reads once on construction; watches once started."""

    def __init__(self, encodings: Path, encoder: Encoder, *, poll_s: float = POLL_S) -> None:
        super().__init__(beside(encodings), name="negatives", poll_s=poll_s)
        self._encoder = encoder.name
        self._negatives = Negatives(encoder.name)
        try:
            use_encoder(encodings, encoder.name)
        except (GalleryError, OSError) as error:
            log.error("%s", error)  # noqa: TRY400 - the message suffices
        self.poll()

    @property
    def negatives(self) -> Negatives:
        """Those in use now. Safe to read from any thread."""
        return self._negatives

    def newest(self) -> Negatives:
        """Those of the file as it is now. Any thread."""
        self.poll()
        return self._negatives

    def _take(self) -> None:
        self._negatives = load_negatives(self._path, self._encoder)
        log.info("rejected and ignored faces: %d", len(self._negatives))
