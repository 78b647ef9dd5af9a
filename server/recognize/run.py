"""One run over many inputs: each is recognised and written down, and none of them ends the run."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from pathlib import Path

import cv2

from lookout.faces.errors import BadImage
from lookout.faces.photo.picture import read_file
from lookout.server.recognize.annotated_video import AnnotatedCopy
from lookout.server.recognize.engines import Engines
from lookout.server.recognize.errors import BadVideo, StreamLost
from lookout.server.recognize.footage import Footage, VideoFile
from lookout.server.recognize.inputs import InputFile, InputKind
from lookout.server.recognize.output_folder import ANNOTATED, CROPS, OutputFolder
from lookout.server.recognize.pictures import recognise_picture
from lookout.server.recognize.serialization import Json, picture_told, unread_told, video_told
from lookout.server.recognize.stream import LiveStream
from lookout.server.recognize.timeline_plot import timeline_picture
from lookout.server.recognize.video import Progress, recognise_video


@dataclass(frozen=True, slots=True)
class VideoOptions:
    """How videos are looked at. seconds: when a stream ends; None: when it is stopped."""

    looks_per_s: float
    seconds: float | None = None
    copies: bool = True


class RecognitionRun:
    """Recognises inputs one after another. `output` None: nothing is written."""

    def __init__(
        self,
        engines: Engines,
        output: OutputFolder | None,
        wishes: VideoOptions,
        stop: threading.Event,
    ) -> None:
        self._engines = engines
        self._output = output
        self._wishes = wishes
        self._stop = stop
        self.told: list[Json] = []

    def recognise(self, one: InputFile, progress: Progress) -> Json:
        """What was found in one input, or why it was not read. Raises ServerError and FacesError
        for what is no fault of this input."""
        try:
            told = (
                self._picture(one) if one.kind is InputKind.PICTURE else self._video(one, progress)
            )
        except (BadImage, BadVideo, StreamLost) as error:
            told = unread_told(one.name, str(error))
        self.told.append(told)
        return told

    def write_results(self) -> None:
        """Write down what was found so far. Raises OutputRefused."""
        if self._output is not None:
            self._output.write_results(self.told, self._stop.is_set())

    def _picture(self, one: InputFile) -> Json:
        seen = recognise_picture(one.name, read_file(Path(one.where)), self._engines)
        if self._output is None:
            return picture_told(seen, [""] * len(seen.faces))
        keep = _Crops(self._output, self._output.stem(one.name))
        told = picture_told(seen, [keep(face.crop) for face in seen.faces])
        if self._wishes.copies:
            path = f"{ANNOTATED}/{keep.stem}.jpg"
            told["annotated"] = self._output.write(path, seen.annotated)
        return told

    def _video(self, one: InputFile, progress: Progress) -> Json:
        footage = self._footage(one)
        if self._output is None:
            return video_told(
                recognise_video(footage, self._engines, _nowhere, None, progress, self._stop)
            )
        output, keep = self._output, _Crops(self._output, self._output.stem(one.name))
        relative = f"{ANNOTATED}/{keep.stem}.mp4"
        copy = AnnotatedCopy(output.path(relative), footage.rate) if self._wishes.copies else None
        with copy or contextlib.nullcontext():
            seen = recognise_video(footage, self._engines, keep, copy, progress, self._stop)
            told = video_told(seen)
            if copy is not None and copy.finish():
                told["annotated"] = relative
        picture = timeline_picture(one.name, seen.timeline, seen.seconds, output.read)
        content = cv2.imencode(".png", picture)[1].tobytes()
        told["timeline_picture"] = output.write(f"timeline-{keep.stem}.png", content)
        return told

    def _footage(self, one: InputFile) -> Footage:
        wishes = self._wishes
        if one.kind is InputKind.STREAM:
            return LiveStream(one.where, looks_per_s=wishes.looks_per_s, seconds=wishes.seconds)
        every = self._output is not None and wishes.copies
        path = Path(one.where)
        return VideoFile(path, one.name, looks_per_s=wishes.looks_per_s, every=every)


class _Crops:
    """Writes the crops of one input, numbered."""

    def __init__(self, output: OutputFolder, stem: str) -> None:
        self.stem = stem
        self._output = output
        self._count = 0

    def __call__(self, jpeg: bytes) -> str:
        self._count += 1
        return self._output.write(f"{CROPS}/{self.stem}-{self._count}.jpg", jpeg)


def _nowhere(_: bytes) -> str:
    return ""
