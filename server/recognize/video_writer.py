"""The encoders of annotated copies.

H.264 by PyAV (the extra `video`), which browsers play; where its FFmpeg has no H.264, VP9. Without
the extra, MPEG-4 Part 2 (`mp4v`), the one encoder for MP4 in OpenCV's wheels that is quick: media
players show it, most browsers do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import cv2
import numpy as np

from lookout.faces.detections import Image
from lookout.server.errors import CannotKeep

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.stream import VideoStream

CODECS: Mapping[str, Mapping[str, str]] = {
    "libx264": {"preset": "veryfast", "crf": "23"},
    "libopenh264": {"b": "2M"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "crf": "34", "b": "0"},
}
"""The encoders that browsers follow, the best first, and their options."""
THREADS = 2
"""Of an encoder: more would take the processor from recognition."""
NOT_FOR_BROWSERS = (
    "the annotated copy is MPEG-4 Part 2 without sound, which media players show and most browsers "
    "do not; for H.264 with sound: pip install '.[video]'"
)
_FOURCC = "mp4v"


class VideoWriter(Protocol):
    """Writes one MP4 file, picture after picture. Raises CannotKeep."""

    def write(self, image_bgr: Image) -> None:
        """(H, W, 3) uint8 of the size of the video."""

    def close(self) -> None:
        """Writes what is left. May be called again."""

    @property
    def written_bytes(self) -> int:
        """The size so far, about."""


def is_for_browsers() -> bool:
    """Whether copies can be made that browsers play, with sound."""
    return find_spec("av") is not None


def open_writer(path: Path, rate: float, size_wh: tuple[int, int]) -> VideoWriter:
    """The best writer there is. `size_wh` is even, `rate` frames a second. Raises CannotKeep."""
    if is_for_browsers():
        return BrowserVideo(path, rate, size_wh)
    return PlayerVideo(path, rate, size_wh)


class BrowserVideo:
    """H.264 or VP9 by PyAV."""

    def __init__(self, path: Path, rate: float, size_wh: tuple[int, int]) -> None:
        # imported here, because it belongs to the extra `video`
        import av

        codec = next((name for name in CODECS if name in av.codec.codecs_available), None)
        if codec is None:
            raise CannotKeep("this PyAV can write neither H.264 nor VP9: pip install -U av")
        self._error = av.error.FFmpegError
        self._frame = av.VideoFrame.from_ndarray
        self._path = path
        self._count = 0
        self.written_bytes = 0
        try:
            self._file = av.open(str(path.resolve()), "w", format="mp4")
            per_s = Fraction(rate).limit_denominator(1001)
            self._frame_s = 1 / per_s
            stream = self._file.add_stream(codec, per_s, options=dict(CODECS[codec]))
        except self._error as error:
            raise self._refused(error) from error
        self._stream = cast("VideoStream", stream)
        self._stream.width, self._stream.height = size_wh
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.thread_count = THREADS

    def write(self, image_bgr: Image) -> None:
        frame = self._frame(np.ascontiguousarray(image_bgr), format="bgr24")
        frame.pts, frame.time_base = self._count, self._frame_s
        self._count += 1
        try:
            self._mux(self._stream.encode(frame))
        except self._error as error:
            raise self._refused(error) from error

    def close(self) -> None:
        try:
            if self._count:
                self._mux(self._stream.encode(None))
                self._count = 0
            self._file.close()
        except self._error as error:
            raise self._refused(error) from error

    def _mux(self, packets: list[Packet[VideoStream]]) -> None:
        # not the size of the file, to which a muxer writes late
        self.written_bytes += sum(packet.size for packet in packets)
        self._file.mux(packets)

    def _refused(self, error: Exception) -> CannotKeep:
        return CannotKeep(f"cannot write {self._path}: {error}")


class PlayerVideo:
    """MPEG-4 Part 2 by OpenCV, which reports nothing when the disk is full."""

    def __init__(self, path: Path, rate: float, size_wh: tuple[int, int]) -> None:
        self._path = path
        fourcc = cv2.VideoWriter.fourcc(*_FOURCC)
        self._writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, fourcc, rate, size_wh)
        if not self._writer.isOpened():
            raise CannotKeep(f"this OpenCV cannot write an MP4 video ({_FOURCC})")

    def write(self, image_bgr: Image) -> None:
        self._writer.write(image_bgr)

    def close(self) -> None:
        self._writer.release()

    @property
    def written_bytes(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError as error:
            raise CannotKeep(f"cannot write {self._path}: {error.strerror}") from error
