"""One camera's packets, as FFmpeg delivers them, and their decoder.

The time limits of a connection are FFmpeg's own, checked while it waits for the network; whoever
runs this watches from outside all the same, for not every library under it keeps them.
"""

from __future__ import annotations

import contextlib
import socket
import time
import urllib.parse
from collections.abc import Iterator
from typing import Any

import av
import av.container
import av.error
import numpy as np
from av.codec.context import Flags
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from av.video.stream import VideoStream

from lookout.faces.detections import Image
from lookout.faces.tracking.motion import Luma
from lookout.server.cameras.faults import CameraFault, Fault
from lookout.server.cameras.ffmpeg_faults import fault_of
from lookout.server.cameras.hardware import hardware_for
from lookout.server.storage.camera_records import CameraKind

OPEN_S, READ_S = 5.0, 5.0
PARSED = frozenset({CameraKind.RTSP, CameraKind.ONVIF})
"""Of these FFmpeg keeps the last frame back until the next one begins. When nothing has come for
the time limit it hands that frame out, and waits as long again; so half of READ_S is its limit."""
ANSWER_S = 2.0
MOST_DAMAGED = 100
"""Packets in a row that cannot be decoded, after which the stream is opened anew."""

_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
_NETWORK = {"rtsp_transport": "tcp", "analyzeduration": "1000000", "probesize": "1000000"}
_DEVICE = {"video_size": "640x480", "framerate": "30"}


class StreamCapture:
    """An open connection to one camera. One thread."""

    def __init__(self, kind: CameraKind, url: str, decoding: str = "none") -> None:
        """Connects, in OPEN_S at the longest. Raises CameraFault."""
        self._damaged = 0
        self._live = kind is not CameraKind.FILE
        self._read_s = READ_S / 2 if kind in PARSED else READ_S
        self._url = url
        began_s = time.monotonic()
        try:
            self._container = _opened(kind, url, decoding, self._read_s)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            # its text may hold the password
            raise self._fault(error, time.monotonic() - began_s, OPEN_S) from None
        try:
            self._video: VideoStream = self._container.streams.video[0]
        except IndexError:
            self._container.close()
            raise CameraFault(Fault.NO_VIDEO) from None
        context = self._video.codec_context
        # a thread a slice of the picture costs memory in each of many cameras; frames would wait
        context.thread_count = 1
        context.flags |= Flags.low_delay
        self.codec: str = context.name
        self.on = "the processor" if not context.is_hwaccel else decoding

    def packets(self) -> Iterator[Packet[VideoStream]]:
        """The packets of the picture, as they come. Raises CameraFault when the stream ends."""
        came_s = time.monotonic()
        try:
            for packet in self._container.demux(self._video):
                came_s = time.monotonic()
                if packet.size:
                    yield packet
        except (av.error.FFmpegError, OSError) as error:
            raise self._fault(error, time.monotonic() - came_s, self._read_s) from None
        if time.monotonic() - came_s > 0.9 * self._read_s:
            raise CameraFault(Fault.SILENT)
        raise CameraFault(Fault.ENDED)

    def decode(self, packet: Packet[VideoStream]) -> list[VideoFrame]:
        """The frames that are whole with this packet. Raises CameraFault where nothing has been
        readable for MOST_DAMAGED packets."""
        try:
            frames = [frame for frame in packet.decode() if isinstance(frame, VideoFrame)]
        except (av.error.FFmpegError, OSError):
            self._damaged += 1
            if self._damaged >= MOST_DAMAGED:
                raise CameraFault(Fault.GARBAGE) from None
            return []
        if frames:
            self._damaged = 0
        return frames

    def flush(self) -> None:
        """Forgets what the decoder holds, before a key frame that does not follow the last one."""
        self._video.codec_context.flush_buffers()

    def seconds(self, packet_or_frame: Packet[VideoStream] | VideoFrame) -> float | None:
        """Its time in the stream; None where it has none."""
        pts, base = packet_or_frame.pts, self._video.time_base
        return None if pts is None or base is None else float(pts * base)

    def _fault(self, error: BaseException, waited_s: float, limit_s: float) -> CameraFault:
        """Of a time limit that is over FFmpeg says one thing or another."""
        if self._live and waited_s > 0.9 * limit_s:
            return CameraFault(Fault.SILENT if answers(self._url) else Fault.UNREACHABLE)
        fault = fault_of(error)
        if fault is Fault.NO_VIDEO and self._url.lower().startswith("rtsp"):
            fault = Fault.CLOSED  # FFmpeg says the same of an answer that never came
        return CameraFault(fault)

    def close(self) -> None:
        with contextlib.suppress(av.error.FFmpegError, OSError):
            self._container.close()


class Converter:
    """Frames to pictures of one size; keeps the scaler of the last size. One thread."""

    def __init__(self, longer_side_px: int) -> None:
        self._longer_side_px = longer_side_px
        self._scaler = VideoReformatter()

    def bgr(self, frame: VideoFrame) -> Image:
        """The frame as (height, width, 3) uint8, no larger than it is searched."""
        scale = min(1.0, self._longer_side_px / max(frame.width, frame.height))
        scaled = self._scaler.reformat(
            frame,
            max(2, round(frame.width * scale)),
            max(2, round(frame.height * scale)),
            "bgr24",
            interpolation=Interpolation.AREA if scale < 1 else Interpolation.BILINEAR,
        )
        return np.asarray(scaled.to_ndarray(), np.uint8)

    def luma(self, frame: VideoFrame) -> Luma:
        """The frame's luma (height, width) uint8, without a copy where the frame has one."""
        if frame.format.is_planar and frame.format.components[0].bits == 8:
            plane = frame.planes[0]
            if not frame.format.is_rgb:
                whole: Luma = np.frombuffer(memoryview(plane), np.uint8)
                rows = whole.reshape(-1, plane.line_size)
                return rows[: frame.height, : frame.width]
        return np.asarray(frame.reformat(format="gray").to_ndarray(), np.uint8)


def answers(url: str) -> bool:
    """Whether anything takes a connection at this address, within ANSWER_S."""
    try:
        cut = urllib.parse.urlsplit(url)
        port = cut.port or _PORTS.get(cut.scheme.lower(), 0)
        socket.create_connection((cut.hostname or "", port), ANSWER_S).close()
    except (OSError, ValueError):
        return False
    return True


def _opened(
    kind: CameraKind, url: str, decoding: str, read_s: float
) -> av.container.InputContainer:
    url, options, given = opening_of(kind, url)
    hardware = hardware_for(decoding)
    if hardware is not None:
        given["hwaccel"] = hardware
    opened: av.container.InputContainer = av.open(
        url, "r", options=options, timeout=(OPEN_S, read_s), **given
    )
    return opened


def opening_of(kind: CameraKind, url: str) -> tuple[str, dict[str, str], dict[str, Any]]:
    """How a camera of this kind is opened: its name for FFmpeg, FFmpeg's options, PyAV's."""
    options: dict[str, str] = {}
    given: dict[str, Any] = {}
    if kind in (CameraKind.RTSP, CameraKind.ONVIF):
        options = dict(_NETWORK)
    elif kind is CameraKind.USB:
        url = f"/dev/video{url}" if url.isdecimal() else url
        options, given = dict(_DEVICE), {"format": "v4l2"}
    elif kind is CameraKind.FILE:
        # a file is one, and not a list of others that FFmpeg would open
        options = {"protocol_whitelist": "file"}
    else:
        options = {"protocol_whitelist": "http,https,tcp,tls"}
    return url, options, given
