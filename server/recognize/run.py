"""One run over many inputs: each is recognized and recorded, and no bad one ends the run."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field
from pathlib import Path

import cv2

from lookout.faces.errors import BadImage
from lookout.faces.photo.picture import read_file
from lookout.overlay.turn import Turn
from lookout.server.inference.recognition import Recognition
from lookout.server.recognize.annotated_video import AnnotatedCopy
from lookout.server.recognize.errors import BadVideo, StreamLost
from lookout.server.recognize.footage import Footage, VideoFile
from lookout.server.recognize.inputs import InputFile, InputKind
from lookout.server.recognize.output_folder import ANNOTATED, CROPS, OutputFolder
from lookout.server.recognize.pictures import recognize_picture
from lookout.server.recognize.serialization import (
    Json,
    picture_to_json,
    unread_to_json,
    video_to_json,
)
from lookout.server.recognize.stream import LiveStream
from lookout.server.recognize.timeline_plot import timeline_picture
from lookout.server.recognize.turned_footage import turned
from lookout.server.recognize.video import Progress, recognize_footage


@dataclass(frozen=True, slots=True)
class VideoOptions:
    """looks_per_s: the frames of a second that are recognized. seconds: the end of a stream; None:
    when it is stopped. copies: annotated copies are written. turn: of pictures, too."""

    looks_per_s: float
    seconds: float | None = None
    copies: bool = True
    turn: Turn = field(default_factory=Turn)


class RecognitionRun:
    """Recognizes inputs one after another. `output` None: nothing is written."""

    def __init__(
        self,
        recognition: Recognition,
        output: OutputFolder | None,
        options: VideoOptions,
        stop: threading.Event,
    ) -> None:
        self._recognition = recognition
        self._output = output
        self._options = options
        self._stop = stop
        self.results: list[Json] = []

    def recognize(self, source: InputFile, progress: Progress) -> Json:
        """The result of one input, or the reason why it was not read. Raises ServerError and
        FacesError for what is not the fault of this input."""
        try:
            if source.kind is InputKind.PICTURE:
                result = self._picture(source)
            else:
                result = self._video(source, progress)
        except (BadImage, BadVideo, StreamLost) as error:
            result = unread_to_json(source.name, str(error))
        self.results.append(result)
        return result

    def write_results(self) -> None:
        """Writes the results so far. Raises OutputRefused."""
        if self._output is not None:
            self._output.write_results(self.results, self._stop.is_set())

    def _picture(self, source: InputFile) -> Json:
        content = read_file(Path(source.where))
        seen = recognize_picture(source.name, content, self._recognition, self._options.turn)
        if self._output is None:
            return picture_to_json(seen, [""] * len(seen.faces))
        keep = _Crops(self._output, self._output.stem(source.name))
        result = picture_to_json(seen, [keep(face.crop) for face in seen.faces])
        if self._options.copies:
            path = f"{ANNOTATED}/{keep.stem}.jpg"
            result["annotated"] = self._output.write(path, seen.annotated)
        return result

    def _video(self, source: InputFile, progress: Progress) -> Json:
        footage = turned(self._footage(source), self._options.turn)
        if self._output is None:
            return video_to_json(
                recognize_footage(footage, self._recognition, _nowhere, None, progress, self._stop)
            )
        output, keep = self._output, _Crops(self._output, self._output.stem(source.name))
        relative = f"{ANNOTATED}/{keep.stem}.mp4"
        sound_of = None if source.kind is InputKind.STREAM else Path(source.where)
        copy = None
        if self._options.copies:
            copy = AnnotatedCopy(output.path(relative), footage.rate, sound_of=sound_of)
        with copy or contextlib.nullcontext():
            seen = recognize_footage(footage, self._recognition, keep, copy, progress, self._stop)
            result = video_to_json(seen)
            if copy is not None and copy.finish():
                result["annotated"] = relative
        picture = timeline_picture(source.name, seen.timeline, seen.seconds, output.read)
        content = cv2.imencode(".png", picture)[1].tobytes()
        result["timeline_picture"] = output.write(f"timeline-{keep.stem}.png", content)
        return result

    def _footage(self, source: InputFile) -> Footage:
        options = self._options
        if source.kind is InputKind.STREAM:
            return LiveStream(
                source.where, looks_per_s=options.looks_per_s, seconds=options.seconds
            )
        every = self._output is not None and options.copies
        path = Path(source.where)
        return VideoFile(path, source.name, looks_per_s=options.looks_per_s, every=every)


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
