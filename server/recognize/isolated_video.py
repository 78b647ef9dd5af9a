"""An uploaded video file, decoded in a process of its own because a stranger may have made it.

FFmpeg has hundreds of decoders, and a file made to break one of them would end whatever process it
is in. Here that is a child with no other task: its death or silence is an error of this one video,
its memory has a limit, and it gives way to the live cameras. The pipe holds one frame, so the child
decodes the next one while the last is being recognized.
"""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from lookout.server.errors import ChildGone
from lookout.server.recognize.errors import BadVideo
from lookout.server.recognize.footage import VideoFile, VideoFrame, VideoLimits, be_quiet
from lookout.server.threads.child_process import ChildProcess

OPEN_TIMEOUT_S = 60.0
FRAME_TIMEOUT_S = 60.0
MEMORY_BYTES = 4 << 30
"""Of address space, beyond what libraries and their threads have reserved when it begins."""
NICENESS = 5

DIED = "the decoder crashed or hangs on this video: it is damaged, or made to do harm"


@dataclass(frozen=True, slots=True)
class _DecodeRequest:
    path: Path
    name: str
    looks_per_s: float
    every: bool
    limits: VideoLimits

    def open(self) -> VideoFile:
        return VideoFile(
            self.path,
            self.name,
            looks_per_s=self.looks_per_s,
            every=self.every,
            limits=self.limits,
        )


@dataclass(frozen=True, slots=True)
class _Header:
    rate: float
    looks_per_s: float
    duration_s: float | None


_Reply = _Header | VideoFrame | str | BadVideo
"""A string is the note at the end of the video."""
_Child = ChildProcess[None, _Reply]


class IsolatedVideo:
    """A `server.recognize.footage.Footage`; what VideoFile is, by a child process.

    The header is read by a child that ends again; the frames by another, while they are wanted.
    """

    def __init__(
        self, path: Path, name: str, *, looks_per_s: float, every: bool, limits: VideoLimits
    ) -> None:
        """Raises BadVideo as VideoFile does."""
        self.name = name
        self.note = ""
        self._request = _DecodeRequest(path, name, looks_per_s, every, limits)
        header = self._header()
        self.rate = header.rate
        self.looks_per_s = header.looks_per_s
        self.duration_s = header.duration_s

    def _header(self) -> _Header:
        child: _Child = ChildProcess("video", _send_header, self._request)
        try:
            header = _received(child, OPEN_TIMEOUT_S)
        finally:
            child.close()
        if not isinstance(header, _Header):
            raise BadVideo(DIED)
        return header

    def frames(self, stop: threading.Event) -> Iterator[VideoFrame]:
        child: _Child = ChildProcess("video", _send_frames, self._request)
        try:
            while not stop.is_set():
                reply = _received(child, FRAME_TIMEOUT_S)
                if not isinstance(reply, VideoFrame):
                    self.note = str(reply)
                    return
                yield reply
        finally:
            child.close()


def _received(child: _Child, timeout_s: float) -> _Header | VideoFrame | str:
    """Raises BadVideo: the child's own, or because it died or was silent for too long."""
    try:
        reply = child.receive(timeout_s)
    except ChildGone as error:
        raise BadVideo(DIED) from error
    if isinstance(reply, BadVideo):
        raise reply
    return reply


def _send_header(pipe: Connection[_Reply, None], request: _DecodeRequest) -> None:
    """The child that reads the header."""
    confine()
    try:
        video = request.open()
        pipe.send(_Header(video.rate, video.looks_per_s, video.duration_s))
    except BadVideo as error:
        pipe.send(error)


def _send_frames(pipe: Connection[_Reply, None], request: _DecodeRequest) -> None:
    """The child that decodes: every frame, then the note."""
    confine()
    try:
        video = request.open()
        for frame in video.frames(threading.Event()):
            pipe.send(frame)
        pipe.send(video.note)
    except BadVideo as error:
        pipe.send(error)


def confine() -> None:
    """Limits what a hostile file can do to the machine."""
    most = _reserved_bytes() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # its memory holds faces
    os.nice(NICENESS)
    be_quiet()


def _reserved_bytes() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    return int(pages) * resource.getpagesize()
