"""A video file that is decoded in a process of its own, because somebody else sent it.

FFmpeg has hundreds of decoders, and a file made to break one of them would end whatever process it
is in. Here that is a child without a part in anything: its death or silence is an error of this one
video, its memory has a limit, and it gives way to the live cameras. The pipe between holds one
frame; so the child decodes the next one while the one before is being looked at.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from lookout.server.recognize.errors import BadVideo
from lookout.server.recognize.footage import VideoFile, VideoFrame, VideoLimits, be_quiet

OPEN_TIMEOUT_S = 60.0
FRAME_TIMEOUT_S = 60.0
END_TIMEOUT_S = 2.0
MEMORY_BYTES = 4 << 30
"""Of address space, beyond what libraries and their threads have reserved when it begins."""
NICENESS = 5

DIED = "the decoder ended or hangs on this video: it is damaged, or made to do harm"


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


_Tell = Callable[[Connection, _DecodeRequest], None]


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
        self._wanted = _DecodeRequest(path, name, looks_per_s, every, limits)
        child = _Child(_tell_header, self._wanted)
        try:
            header: _Header = child.next(OPEN_TIMEOUT_S)
        finally:
            child.close()
        self.rate = header.rate
        self.looks_per_s = header.looks_per_s
        self.duration_s = header.duration_s

    def frames(self, stop: threading.Event) -> Iterator[VideoFrame]:
        child = _Child(_tell_frames, self._wanted)
        try:
            while not stop.is_set():
                told = child.next(FRAME_TIMEOUT_S)
                if not isinstance(told, VideoFrame):
                    self.note = str(told)
                    return
                yield told
        finally:
            child.close()


class _Child:
    """A process that sends things until it has no more. `close` ends it, whatever it does."""

    def __init__(self, work: _Tell, wanted: _DecodeRequest) -> None:
        # a fresh interpreter, because a fork of a process with threads may inherit held locks
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe(duplex=False)
        self._process: BaseProcess = context.Process(
            target=_work, args=(theirs, work, wanted), name="video", daemon=True
        )
        self._process.start()
        theirs.close()

    def next(self, timeout_s: float) -> Any:
        """What it sent next. Raises BadVideo: its own, or that it died or was silent for long."""
        try:
            told = self._ours.recv() if self._ours.poll(timeout_s) else None
        except (OSError, EOFError) as error:
            raise BadVideo(DIED) from error
        if told is None:
            raise BadVideo(DIED)
        if isinstance(told, BadVideo):
            raise told
        return told

    def close(self) -> None:
        self._ours.close()
        self._process.kill()
        self._process.join(END_TIMEOUT_S)


def _work(connection: Connection, work: _Tell, wanted: _DecodeRequest) -> None:
    """The child."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C is for the parent, which ends this
    most = _reserved_bytes() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # its memory holds faces
    os.nice(NICENESS)
    be_quiet()
    try:
        work(connection, wanted)
    except BadVideo as error:
        connection.send(error)
    except BrokenPipeError:
        return  # the parent has heard enough


def _reserved_bytes() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    return int(pages) * resource.getpagesize()


def _tell_header(connection: Connection, wanted: _DecodeRequest) -> None:
    video = wanted.open()
    connection.send(_Header(video.rate, video.looks_per_s, video.duration_s))


def _tell_frames(connection: Connection, wanted: _DecodeRequest) -> None:
    video = wanted.open()
    for frame in video.frames(threading.Event()):
        connection.send(frame)
    connection.send(video.note)
