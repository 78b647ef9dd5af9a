"""A folder of photographs, shown one after another as if a camera saw them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator
from pathlib import Path

import cv2
from imutils.paths import list_images

from lookout.edge.cameras.errors import CameraLost, CameraUnusable
from lookout.edge.cameras.jpeg import fit_within, to_jpeg
from lookout.edge.cameras.pace import Pace
from lookout.edge.cameras.reader import ReaderCamera

log = logging.getLogger(__name__)

SECONDS_PER_IMAGE = 2.0
# A photograph stands still, but a viewer and the server still want a live picture of it.
REPEATS_PER_S = 5.0
LARGEST_WH = (1920, 1080)


class FolderCamera(ReaderCamera):
    """Shows the images under a folder, sorted by path, in a loop, the right way up."""

    def __init__(self, folder: Path, seconds_per_image: float = SECONDS_PER_IMAGE) -> None:
        super().__init__(f"folder {folder.name or folder}")
        self._folder = folder
        self._repeats = max(1, round(seconds_per_image * REPEATS_PER_S))
        if not self._paths():
            raise CameraUnusable(
                f"--camera {folder}: there is no image in this folder (.jpg, .png, .bmp, .tif); "
                "put photographs there or name another folder"
            )

    def frames(self, stop: threading.Event) -> Generator[bytes, None, None]:
        pace = Pace(REPEATS_PER_S, stop)
        while True:
            readable = 0
            for path in self._paths():  # looked up in each round: photographs come and go
                # cv2 turns the picture as its EXIF orientation says.
                image_bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
                if image_bgr is None:
                    log.warning("%s is not a readable image and is left out", path)
                    continue
                readable += 1
                jpeg = to_jpeg(fit_within(image_bgr, LARGEST_WH))  # type: ignore[arg-type]
                for _ in range(self._repeats):
                    if not pace.wait():
                        return
                    yield jpeg
            if readable == 0:
                raise CameraLost(f"no image under {self._folder} can be read")

    def _paths(self) -> list[Path]:
        return sorted(Path(path) for path in list_images(str(self._folder)))
