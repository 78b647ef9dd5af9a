"""Video from a network camera, by PyAV where it is installed (`edge-rtsp`), else by OpenCV.

Both bring FFmpeg. By PyAV a camera that falls silent is noticed after READ_TIMEOUT_S, by OpenCV
after three times as long.
"""

from __future__ import annotations

import functools
import math
import threading
import time
from collections.abc import Generator
from contextlib import closing
from importlib.util import find_spec
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from lookout.edge.cameras.errors import CameraLost

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

# Less than the camera loop's patience, so that the reading thread has ended when it reopens.
CONNECT_TIMEOUT_S = 4.0
READ_TIMEOUT_S = 4.0
SHARE = 0.9
"""A frame that comes a little early, at this share of the time between two, is shown, too."""

DOES_NOT_OPEN = (
    "does not open: it is offline, wants a user and password, or sends no video at this address"
)
STOPPED = "stopped sending"

Image = npt.NDArray[np.uint8]
Frames = Generator[Image, None, None]


def newest_frames(url: str, fps: float, stop: threading.Event) -> Frames:
    """The frames of a stream as (height, width, 3) uint8 BGR, as they come, at most `fps` a second,
    until `stop` is set. All others are read, and neither converted nor shown.

    Raises CameraLost, which never holds the address: it may hold the password.
    """
    return pyav_frames(url, fps, stop) if has_pyav() else opencv_frames(url, fps, stop)


@functools.cache
def has_pyav() -> bool:
    """Whether the extra `edge-rtsp` is installed."""
    return find_spec("av") is not None


def pyav_frames(url: str, fps: float, stop: threading.Event) -> Frames:
    """`newest_frames` by PyAV."""
    import av
    from av.codec.context import Flags

    av.logging.set_level(None)  # its lines hold addresses
    options = {}
    if url.lower().startswith("rtsp"):
        # over UDP, lost packets smear faces
        options = {
            "rtsp_transport": "tcp",
            "analyzeduration": "1000000",
            "probesize": "1000000",
        }
    # FFmpeg hands out the frame that it has kept back when nothing comes, and waits as long again
    limits = (CONNECT_TIMEOUT_S, READ_TIMEOUT_S / 2)
    try:
        container = av.open(url, "r", options=options, timeout=limits)
    except (av.FFmpegError, OSError, ValueError):
        raise CameraLost(DOES_NOT_OPEN) from None
    shown = -math.inf
    with closing(container):
        if not container.streams.video:
            raise CameraLost(DOES_NOT_OPEN)
        video = container.streams.video[0]
        video.codec_context.flags |= Flags.low_delay
        try:
            for packet in container.demux(video):
                if stop.is_set():
                    return
                for frame in _decoded(packet):
                    if time.monotonic() - shown >= SHARE / fps:
                        shown = time.monotonic()
                        yield np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
        except (av.FFmpegError, OSError):
            raise CameraLost(STOPPED) from None
    raise CameraLost(STOPPED)


def _decoded(packet: Packet[VideoStream]) -> list[VideoFrame]:
    """The frames that are whole with this packet; none for a damaged one, as after a lost one."""
    from av.error import InvalidDataError

    try:
        return packet.decode()
    except InvalidDataError:
        return []


def opencv_frames(url: str, fps: float, stop: threading.Event) -> Frames:
    """`newest_frames` by OpenCV, which asks RTSP servers for TCP by itself."""
    limits = [
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
        round(CONNECT_TIMEOUT_S * 1000),
        cv2.CAP_PROP_READ_TIMEOUT_MSEC,
        round(READ_TIMEOUT_S * 1000),
    ]
    capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, limits)
    shown = -math.inf
    try:
        if not capture.isOpened():
            raise CameraLost(DOES_NOT_OPEN)
        while not stop.is_set():
            if not capture.grab():
                raise CameraLost(STOPPED)
            if time.monotonic() - shown < SHARE / fps:
                continue
            done, image_bgr = capture.retrieve()
            if done:
                shown = time.monotonic()
                yield image_bgr.astype(np.uint8, copy=False)
    finally:
        capture.release()
