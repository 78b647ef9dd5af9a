"""The completion of the wanted encoder's gallery while the server runs.

Whenever the portable file changes, photographs that the wanted encoder has not encoded are encoded
in the background; its own watch takes the result into use.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from lookout.faces.errors import GalleryError
from lookout.faces.gallery.coverage import Coverage, people_of
from lookout.faces.gallery.encodings_file import FAMILY_ENCODER
from lookout.faces.photo.examiner import PhotoExaminer
from lookout.faces.protocols import Detector, Encoder
from lookout.faces.training.complete import LackingPhoto, complete, lacking
from lookout.server.gallery.file_watch import POLL_S, FileWatch

log = logging.getLogger(__name__)

LOG_EVERY_S = 10.0


class GalleryCompletion(FileWatch):
    """Watches the portable file once started.

    wanted: the name of the encoder whose file is completed. in_use: the one that recognizes.
    opened: the wanted encoder, opened when the first photograph is to be encoded.
    """

    def __init__(
        self,
        path: Path,
        images: Path,
        detector: Detector,
        opened: Callable[[], Encoder],
        *,
        wanted: str,
        poll_s: float = POLL_S,
    ) -> None:
        super().__init__(path, name="completion", poll_s=poll_s)
        self._images = images
        self._detector = detector
        self._opened = opened
        self._wanted = wanted
        self.in_use = wanted

    def _take(self) -> None:
        if self._wanted == FAMILY_ENCODER:
            return
        self._encode(lacking(self._path, self._images, self._wanted))
        if self._stop.is_set():
            return
        missing = people_of(self._path, FAMILY_ENCODER) - people_of(self._path, self._wanted)
        if missing:
            meanwhile = f"until then {self.in_use} recognizes everybody"
            if self._wanted == self.in_use:
                meanwhile = "or restart the server, which takes the encoder that knows most people"
            log.warning(
                "%s does not know %s: there is no photograph of them that it can use. With one in "
                "%s/<name>/ run: lookout train; %s",
                self._wanted,
                Coverage(self._wanted, tuple(sorted(missing))).words,
                self._images,
                meanwhile,
            )
        elif self._wanted != self.in_use:
            log.info(
                "%s knows everybody now and is used from the server's next start on", self._wanted
            )

    def encode_few(self, limit: int) -> None:
        """Encodes at once what is lacking, if it is no more than `limit` photographs."""
        try:
            photos = lacking(self._path, self._images, self._wanted)
            if len(photos) <= limit:
                self._encode(photos)
        except (GalleryError, OSError) as error:
            log.error("%s", error)  # noqa: TRY400 - the message suffices

    def _encode(self, photos: list[LackingPhoto]) -> None:
        if not photos:
            return
        log.info("encoding %d photographs by %s", len(photos), self._wanted)
        said_s = time.monotonic()

        def progress(done: int, total: int) -> None:
            nonlocal said_s
            if time.monotonic() - said_s > LOG_EVERY_S:
                log.info("encoded %d of %d photographs by %s", done, total, self._wanted)
                said_s = time.monotonic()

        examiner = PhotoExaminer(self._detector, self._opened())
        count = complete(self._path, photos, examiner, stop=self._stop, progress=progress)
        log.info("encoded %d of %d photographs by %s", count, len(photos), self._wanted)
