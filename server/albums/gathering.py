"""The faces in pictures and videos, one by one, and what could not be read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lookout.faces.cluster.clusters import MAX_FACES, TooManyFaces
from lookout.faces.cluster.unsorted_face import UnsortedFace
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.errors import BadImage
from lookout.faces.photo.crop import crop_face
from lookout.faces.photo.picture import read_file, read_picture
from lookout.faces.photo.quality import view_of
from lookout.faces.protocols import Detector, Encoder
from lookout.server.imaging.jpeg import encode_jpeg
from lookout.server.imaging.resize import fit
from lookout.server.recognize.analysis import MAX_FACES as MAX_OF_PICTURE
from lookout.server.recognize.errors import BadVideo
from lookout.server.recognize.footage import VideoFile
from lookout.server.recognize.inputs import InputFile, InputKind

SMALLEST_PX = 32.0
"""Of the shorter side of a box. Of smaller faces encoders see too little to tell people apart."""
CROP_PX, CROP_QUALITY = 320, 92
"""20,000 of them are 400 MB."""

Progress = Callable[[float], None]
"""Takes the seconds of a video that are done."""


@dataclass(frozen=True, slots=True, eq=False)
class GatheredFace:
    """One face. where: the file, of a video with the time; crop: the face with its margin, JPEG."""

    where: str
    time_s: float | None
    box_xyxy: Floats
    crop: bytes = field(repr=False)
    face: UnsortedFace = field(repr=False)


@dataclass(slots=True)
class Gathering:
    """What was found so far. not_read: files with the reason; empty: files without a face."""

    faces: list[GatheredFace] = field(default_factory=list)
    not_read: list[tuple[str, str]] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    too_small: int = 0
    read: int = 0


class Gatherer:
    """Reads files with one detector and one encoder. For one thread."""

    def __init__(self, detector: Detector, encoder: Encoder, looks_per_s: float) -> None:
        self._detector, self._encoder = detector, encoder
        self._looks_per_s = looks_per_s
        self.found = Gathering()

    def gather(self, source: InputFile, progress: Progress = lambda _: None) -> None:
        """Takes every face of a file. A file that cannot be read is noted.

        Raises TooManyFaces, and FacesError from below.
        """
        before = len(self.found.faces), self.found.too_small
        try:
            if source.kind is InputKind.VIDEO:
                self._video(source, progress)
            else:
                picture = read_picture(read_file(Path(source.where)))
                self._image(picture.image_bgr, source.name, None)
        except (BadImage, BadVideo) as error:
            self.found.not_read.append((source.name, str(error)))
            return
        self.found.read += 1
        if (len(self.found.faces), self.found.too_small) == before:
            self.found.empty.append(source.name)

    def _video(self, source: InputFile, progress: Progress) -> None:
        video = VideoFile(
            Path(source.where), source.name, looks_per_s=self._looks_per_s, every=False
        )
        for frame in video.frames(threading.Event()):
            self._image(frame.image_bgr, source.name, frame.time_s)
            progress(frame.time_s)
        if video.note:
            self.found.not_read.append((source.name, video.note))

    def _image(self, image_bgr: Image, name: str, time_s: float | None) -> None:
        (detections,) = self._detector.detect([image_bgr])
        large = detections.size_wh.min(axis=1) >= SMALLEST_PX
        self.found.too_small += int((~large).sum())
        detections = detections.take(np.asarray(large)).largest(MAX_OF_PICTURE)
        if not len(detections):
            return
        if len(self.found.faces) + len(detections) > MAX_FACES:
            raise TooManyFaces(
                f"there are more than {MAX_FACES} faces, and no more are sorted together: give "
                "fewer files at a time, or look at videos less often (--fps)"
            )
        encodings = self._encoder.encode(self._encoder.align(image_bgr, detections))
        self.found.faces += self._faces(image_bgr, detections, encodings, name, time_s)

    def _faces(
        self,
        image_bgr: Image,
        detections: Detections,
        encodings: Floats,
        name: str,
        time_s: float | None,
    ) -> Sequence[GatheredFace]:
        frame = name if time_s is None else f"{name} {time_s:.3f} s"
        return [
            GatheredFace(
                name,
                time_s,
                box,
                encode_jpeg(fit(crop_face(image_bgr, box), CROP_PX), CROP_QUALITY),
                UnsortedFace(encoding, view_of(image_bgr, box).weight, frame),
            )
            for box, encoding in zip(detections.box_xyxy, encodings, strict=True)
        ]
