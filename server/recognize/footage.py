"""Footage: a video file or a stream, as frames with their times."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from lookout.faces.detections import Image
from lookout.server.imaging.resize import fit
from lookout.server.recognize.container import DEMUXERS, HEAD_BYTES, NOT_READ, container_of
from lookout.server.recognize.errors import BadVideo

LONGER_SIDE_PX = 1920
"""Larger frames are scaled down to this, as the edge does with its cameras' frames."""
FEWEST_FPS, USUAL_FPS, MOST_FPS = 2.0, 10.0, 60.0
"""The frames of a second that are recognized. Under two a face cannot be followed from one to the
next: a track that is not seen for a second is over. In the test clip five break three tracks more
than ten do: a face that has turned meanwhile no longer looks like itself."""
USUAL_RATE, FASTEST_RATE = 25.0, 240.0
"""Frames a second: assumed where a file does not say, and the most that is believed."""
MIN_SIDE_PX = 16
_OPTIONS = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
_one_at_a_time = threading.Lock()
DAMAGED_SHARE = 0.95
"""A file that yields a smaller share of the frames that its header promises is damaged."""


@dataclass(frozen=True, slots=True, eq=False)
class VideoFrame:
    """One frame of a footage.

    image_bgr: (H, W, 3) uint8, upright, at most LONGER_SIDE_PX; the receiver may draw on it.
    time_s:    from the start of the footage, by its own clock; never goes back.
    chosen:    whether it is one of the frames to be recognized.
    """

    image_bgr: Image
    time_s: float
    chosen: bool


class Footage(Protocol):
    """Something that moves: a file, or a stream."""

    @property
    def name(self) -> str:
        """The name in results; never holds a password."""

    @property
    def rate(self) -> float:
        """Frames a second that `frames` yields, about."""

    @property
    def looks_per_s(self) -> float:
        """The frames of a second that are `chosen`, about."""

    @property
    def duration_s(self) -> float | None:
        """The length, about; None where it is not known."""

    @property
    def note(self) -> str:
        """A remark on damage, complete once `frames` has ended; usually empty."""

    def frames(self, stop: threading.Event) -> Iterator[VideoFrame]:
        """The frames, once; ends soon after `stop` is set. Raises RecognizeError."""


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """The limits of a file. Those on the command line are the user's own; sent ones are not."""

    duration_s: float = math.inf
    frames: int = 10_000_000
    pixels: int = 40_000_000


class VideoFile:
    """A file. `every`: frames that are not chosen are yielded as well."""

    def __init__(
        self,
        path: Path,
        name: str,
        *,
        looks_per_s: float = USUAL_FPS,
        every: bool = True,
        limits: VideoLimits | None = None,
    ) -> None:
        """Reads the header. Raises BadVideo if it is not a video, not decodable or over a limit."""
        self.name = name
        self._path = path
        self._every = every
        self._limits = limits or VideoLimits()
        self.note = ""
        with closing(_Capture(path)) as capture:
            self.size_wh = capture.size_wh
            own_rate, self._promised = capture.rate, capture.count
        self.looks_per_s = min(looks_per_s, own_rate)
        self.rate = own_rate if every else self.looks_per_s
        self._own_rate = own_rate
        self.duration_s = self._promised / own_rate if self._promised else None
        self._check_limits()

    def frames(self, stop: threading.Event) -> Iterator[VideoFrame]:
        chooser, count, time_s = Chooser(self.looks_per_s), 0, 0.0
        with closing(_Capture(self._path)) as capture:
            while not stop.is_set() and capture.grab():
                time_s = capture.time_s(count, time_s, self._own_rate)
                count += 1
                self._check_reading(count, time_s)
                chosen = chooser.chooses(time_s)
                if chosen or self._every:
                    image_bgr = capture.retrieve()
                    if image_bgr is not None:
                        yield VideoFrame(image_bgr, time_s, chosen)
        if not count:
            raise BadVideo("not one frame can be decoded: the video is damaged")
        if not stop.is_set() and count < DAMAGED_SHARE * self._promised:
            self.note = f"damaged: only {count} of {self._promised} frames could be read"

    def _check_limits(self) -> None:
        width, height = self.size_wh
        if not width or not height:
            raise BadVideo("it has no frames that can be decoded: the video is damaged")
        if width * height > self._limits.pixels:
            raise BadVideo(
                f"its frames have {width}×{height} pixels; at most "
                f"{self._limits.pixels / 1e6:g} megapixels are allowed"
            )
        if min(width, height) < MIN_SIDE_PX:
            raise BadVideo(f"its frames have {width}×{height} pixels: too few to show a face")
        if self._promised:
            self._check_reading(self._promised, self._promised / self._own_rate)

    def _check_reading(self, count: int, time_s: float) -> None:
        if time_s > self._limits.duration_s:
            raise BadVideo(
                f"it is longer than {self._limits.duration_s / 60:g} minutes: cut it into parts"
            )
        if count > self._limits.frames:
            raise BadVideo(f"it has more than {self._limits.frames} frames: cut it into parts")


def be_quiet() -> None:
    """Stops OpenCV and FFmpeg from reporting every damaged frame on the terminal or in the log."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


class Chooser:
    """Chooses frames evenly spaced in time."""

    def __init__(self, looks_per_s: float) -> None:
        self._every_s = 1.0 / looks_per_s
        self._next_s = 0.0

    def chooses(self, time_s: float) -> bool:
        # a frame that comes a thousandth early is not left for the next
        if time_s < self._next_s - 1e-3:
            return False
        self._next_s = max(self._next_s + self._every_s, time_s + self._every_s / 2)
        return True


class _Capture:
    """OpenCV's reader of one file, by FFmpeg alone: its other backends take names for patterns."""

    def __init__(self, path: Path) -> None:
        demuxer = DEMUXERS[_container(path)]
        try:
            with _ffmpeg_options(f"input_format;{demuxer}|protocol_whitelist;file"):
                self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        except cv2.error as error:
            raise BadVideo("it cannot be decoded: the video is damaged") from error
        if not self._capture.isOpened():
            self._capture.release()
            raise BadVideo(
                "it cannot be opened: the video is damaged, incomplete, or uses a codec that "
                "this OpenCV lacks"
            )
        self.size_wh = (
            self._whole(cv2.CAP_PROP_FRAME_WIDTH),
            self._whole(cv2.CAP_PROP_FRAME_HEIGHT),
        )
        self.count = self._whole(cv2.CAP_PROP_FRAME_COUNT)
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.rate = rate if math.isfinite(rate) and 1 <= rate <= FASTEST_RATE else USUAL_RATE

    def grab(self) -> bool:
        return bool(self._capture.grab())

    def retrieve(self) -> Image | None:
        done, image_bgr = self._capture.retrieve()
        return fit(np.asarray(image_bgr, np.uint8), LONGER_SIDE_PX) if done else None

    def time_s(self, number: int, before_s: float, rate: float) -> float:
        """The time of the frame that was grabbed last, the one with this number."""
        stated_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        if not math.isfinite(stated_s) or (number and stated_s <= before_s):
            return before_s + 1 / rate  # a file without times, or with wrong ones
        return float(max(stated_s, 0.0))

    def close(self) -> None:
        self._capture.release()

    def _whole(self, what: int) -> int:
        value = self._capture.get(what)
        return int(value) if math.isfinite(value) and value > 0 else 0


@contextmanager
def _ffmpeg_options(options: str) -> Iterator[None]:
    """What FFmpeg may open, for a capture that is opened inside. OpenCV takes it from the
    environment alone, which belongs to the whole process: one at a time."""
    with _one_at_a_time:
        before = os.environ.get(_OPTIONS)
        os.environ[_OPTIONS] = options
        try:
            yield
        finally:
            if before is None:
                del os.environ[_OPTIONS]
            else:
                os.environ[_OPTIONS] = before


def _container(path: Path) -> str:
    """The name of the container. Raises BadVideo for what is no video."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise BadVideo(f"it cannot be read ({error.strerror})") from error
    container = container_of(head)
    if container is None:
        raise BadVideo(NOT_READ)
    return container
