"""What a stream process is told, and what it tells: plain values that cross a pipe."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from lookout.server.cameras.surface import SurfaceInfo
from lookout.server.storage.camera_records import CameraKind, Point

SEARCHED_FPS = 10.0
"""Frames of a camera that are searched in a second, at most."""
SEARCHED_PX = 1280
"""The longer side of a picture that is searched; a larger one is scaled down by its decoder."""


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """How one camera is read. The addresses hold the password.

    stream: the id of the camera. run: rises each time the camera is opened anew, so that what an
    earlier run still sends is told from it. main_url: the larger stream, where `url` is a smaller
    one. decoding: auto, cuda, qsv or none.
    """

    stream: str
    run: int
    kind: CameraKind
    url: str = field(repr=False)
    main_url: str = field(default="", repr=False)
    fps: float = SEARCHED_FPS
    longer_side_px: int = SEARCHED_PX
    rotate: int = 0
    flip: bool = False
    masks: tuple[tuple[Point, ...], ...] = ()
    decoding: str = "none"


@dataclass(frozen=True, slots=True)
class Open:
    """Begin to read a camera."""

    settings: StreamSettings


@dataclass(frozen=True, slots=True)
class Close:
    """Stop reading a camera."""

    stream: str


@dataclass(frozen=True, slots=True)
class Attend:
    """faces: somebody is in view. close_up: their faces are small, and the larger stream is wanted.
    watched: somebody watches the camera, so frames that are not searched are wanted, too."""

    stream: str
    faces: bool
    close_up: bool
    watched: bool


@dataclass(frozen=True, slots=True)
class End:
    """Close every connection and end."""


Request = Open | Close | Attend | End


class Phase(StrEnum):
    """connecting: opening the connection. streaming: pictures come. waiting: until the next try."""

    CONNECTING = "connecting"
    STREAMING = "streaming"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Report:
    """How a stream does, sent when that changes and about once a second while pictures come.

    fault, why: what is wrong, a word and a sentence. fps: as the camera sends. codec: FFmpeg's
    name. key_s: seconds between key frames, where that is known. on: what decodes it.
    """

    stream: str
    run: int
    phase: Phase
    fault: str = ""
    why: str = ""
    fps: float = 0.0
    size_wh: tuple[int, int] = (0, 0)
    codec: str = ""
    key_s: float = 0.0
    on: str = ""


@dataclass(frozen=True, slots=True)
class NewSurface:
    """Pictures come by another surface from now on. close_up: those of the larger stream."""

    stream: str
    run: int
    surface: SurfaceInfo
    close_up: bool = False


@dataclass(frozen=True, slots=True)
class PictureSettings:
    """A picture is there. at_s: the monotonic clock, which all processes of a machine share, when
    the frame had come. searched: it is to be searched, not only shown. close_up: place and stamp of
    the same moment in the larger stream."""

    stream: str
    run: int
    place: int
    stamp: int
    at_s: float
    searched: bool
    close_up: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Beat:
    """The process is there."""


Message = Report | NewSurface | PictureSettings | Beat
