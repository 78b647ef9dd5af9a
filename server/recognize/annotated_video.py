"""The annotated copy of a footage: every frame, with the faces of its recognized frames.

Only a few frames a second are recognized. Those in between wait for the next one, so that a box
moves evenly from where the face was to where it is; what waits is bounded.

MPEG-4 Part 2 (`mp4v`), without sound: the one encoder for MP4 in OpenCV's wheels that is quick
(3 ms a frame of 640×480; VP9 takes 340). Media players show it, browsers do not.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

import cv2
import numpy as np

from lookout.faces.detections import Image
from lookout.overlay.draw import draw_faces
from lookout.server.errors import CannotKeep
from lookout.server.recognize.footage import VideoFrame
from lookout.wire.records import Face

CODEC = "mp4v"
MAX_WAITING_BYTES = 96 * 2**20
"""Of frames that wait for the next recognized one: 104 of 640×480, 15 of 1920×1080."""
MAX_REPEATED_S = 10.0
"""A longer pause of a stream is shortened to this."""

_FacesAt = Callable[[float], Sequence[Face]]


class AnnotatedCopy:
    """Writes one file; nothing is at `path` until `finish`; leaving its `with` discards what is
    not finished. One thread.

    rate: frames a second of the copy. Frames that come late stand in for those that are missing,
    so that the copy keeps the time of what it is a copy of. max_bytes: it ends there, about, and
    `note` says so.
    """

    def __init__(self, path: Path, rate: float, max_bytes: float = math.inf) -> None:
        self.note = ""
        self._path = path
        self._max_bytes = max_bytes
        self._part = path.with_name(f".{path.stem}.part.mp4")
        self._rate = rate
        self._writer: cv2.VideoWriter | None = None
        self._size_wh = (0, 0)
        self._written = 0
        self._waiting: list[VideoFrame] = []
        self._waiting_bytes = 0
        self._recognized_s = 0.0
        self._faces: Sequence[Face] = ()

    def skipped(self, frame: VideoFrame) -> None:
        """Takes a frame that is not recognized. Its image is drawn on later."""
        self._waiting.append(frame)
        self._waiting_bytes += frame.image_bgr.nbytes
        if self._waiting_bytes > MAX_WAITING_BYTES:
            self._write_waiting(lambda _: self._faces)

    def recognized(self, frame: VideoFrame, faces: Sequence[Face]) -> None:
        """Takes a recognized frame, and the faces in it. Its image is drawn on."""
        before_s, before = self._recognized_s, self._faces
        span_s = max(frame.time_s - before_s, 1e-6)
        self._write_waiting(lambda at_s: between(before, faces, (at_s - before_s) / span_s))
        self._write(frame, faces)
        self._recognized_s, self._faces = frame.time_s, faces

    def finish(self) -> bool:
        """Puts the copy into its place; False if there was not one frame. Raises CannotKeep."""
        self._write_waiting(lambda _: self._faces)
        if self._writer is None:
            return False
        self._writer.release()
        self._writer = None
        capture = cv2.VideoCapture(str(self._part), cv2.CAP_FFMPEG)
        try:
            if not capture.grab():  # the writer reports nothing when the disk is full
                raise CannotKeep(f"the annotated copy {self._path} could not be written")
        finally:
            capture.release()
        with _translated(self._path):
            self._part.replace(self._path)
        return True

    def discard(self) -> None:
        """Deletes what is half-written."""
        if self._writer is not None:
            self._writer.release()
            self._writer = None
        with contextlib.suppress(OSError):
            self._part.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()

    def _write_waiting(self, faces_at: _FacesAt) -> None:
        for frame in self._waiting:
            self._write(frame, faces_at(frame.time_s))
        self._waiting.clear()
        self._waiting_bytes = 0

    def _write(self, frame: VideoFrame, faces: Sequence[Face]) -> None:
        due = round(frame.time_s * self._rate) + 1 - self._written
        if due <= 0 or self.note:
            return
        image_bgr = frame.image_bgr
        draw_faces(image_bgr, faces)
        writer = self._open(image_bgr)
        if (image_bgr.shape[1], image_bgr.shape[0]) != self._size_wh:
            image_bgr = np.asarray(cv2.resize(image_bgr, self._size_wh), np.uint8)
        for _ in range(min(due, round(MAX_REPEATED_S * self._rate) + 1)):
            writer.write(image_bgr)
        self._written += due
        with _translated(self._path):
            full = self._part.stat().st_size > self._max_bytes
        if full:
            self.note = (
                f"the annotated copy ends after {frame.time_s:.0f} s: it was growing too big"
            )

    def _open(self, image_bgr: Image) -> cv2.VideoWriter:
        if self._writer is not None:
            return self._writer
        with _translated(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # made here, because OpenCV would make it readable for everybody
            os.close(os.open(self._part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
        self._size_wh = (image_bgr.shape[1], image_bgr.shape[0])
        fourcc = cv2.VideoWriter.fourcc(*CODEC)
        writer = cv2.VideoWriter(str(self._part), cv2.CAP_FFMPEG, fourcc, self._rate, self._size_wh)
        if not writer.isOpened():
            raise CannotKeep(f"this OpenCV cannot write an MP4 video ({CODEC})")
        self._writer = writer
        return writer


def between(before: Sequence[Face], after: Sequence[Face], share: float) -> list[Face]:
    """The faces of a moment between two frames, `share` of the way from the first to the second.

    A face that is in both moves evenly from box to box, and already has the name of the second. A
    face that came is there from the middle on, one that left until then.
    """
    earlier = {face.track: face for face in before if face.track is not None}
    faces = [
        _moved(earlier[face.track], face, share) if face.track in earlier else face
        for face in after
        if face.track in earlier or share >= 0.5
    ]
    if share < 0.5:
        later = {face.track for face in after}
        faces += [face for face in before if face.track not in later]
    return faces


def _moved(before: Face, after: Face, share: float) -> Face:
    x0, y0, x1, y1 = (
        (1 - share) * a + share * b for a, b in zip(before.box_xyxy, after.box_xyxy, strict=True)
    )
    return replace(after, box_xyxy=(x0, y0, x1, y1))


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotKeep(f"cannot write {path}: {error.strerror}") from error
