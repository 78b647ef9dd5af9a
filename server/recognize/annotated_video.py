"""The annotated copy of a footage: every frame, with the faces of its recognized frames.

Only a few frames a second are recognized. Those in between wait for the next one, so that a box
moves evenly from where the face was to where it is; what waits is bounded.
`server.recognize.video_writer` encodes them, `server.recognize.sound` adds the sound.
"""

from __future__ import annotations

import contextlib
import logging
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
from lookout.server.recognize.sound import add_sound
from lookout.server.recognize.video_writer import (
    NOT_FOR_BROWSERS,
    VideoWriter,
    is_for_browsers,
    open_writer,
)
from lookout.wire.records import Face

log = logging.getLogger(__name__)

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
    `note` says so. sound_of: the file whose sound it gets.
    """

    def __init__(
        self,
        path: Path,
        rate: float,
        max_bytes: float = math.inf,
        sound_of: Path | None = None,
    ) -> None:
        self.note = "" if is_for_browsers() else NOT_FOR_BROWSERS
        self._path = path
        self._max_bytes = max_bytes
        self._sound_of = sound_of if is_for_browsers() else None
        self._part = path.with_name(f".{path.stem}.part.mp4")
        self._with_sound = path.with_name(f".{path.stem}.sound.mp4")
        self._rate = rate
        self._full = False
        self._writer: VideoWriter | None = None
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
        self._close()
        capture = cv2.VideoCapture(str(self._part), cv2.CAP_FFMPEG)
        try:
            if not capture.grab():  # the writer reports nothing when the disk is full
                raise CannotKeep(f"the annotated copy {self._path} could not be written")
        finally:
            capture.release()
        with _translated(self._path):
            self._add_sound()
            self._part.replace(self._path)
        return True

    def discard(self) -> None:
        """Deletes what is half-written."""
        with contextlib.suppress(CannotKeep):
            self._close()
        for path in (self._part, self._with_sound):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()

    def _close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _add_sound(self) -> None:
        if self._sound_of is None:
            return
        _make_private(self._with_sound)
        why_not = add_sound(self._part, self._sound_of, self._with_sound)
        if why_not:
            log.info("the annotated copy %s is silent: %s", self._path.name, why_not)
        else:
            self._with_sound.replace(self._part)

    def _write_waiting(self, faces_at: _FacesAt) -> None:
        for frame in self._waiting:
            self._write(frame, faces_at(frame.time_s))
        self._waiting.clear()
        self._waiting_bytes = 0

    def _write(self, frame: VideoFrame, faces: Sequence[Face]) -> None:
        due = round(frame.time_s * self._rate) + 1 - self._written
        if due <= 0 or self._full:
            return
        image_bgr = frame.image_bgr
        draw_faces(image_bgr, faces)
        writer = self._open(image_bgr)
        if _even_size(image_bgr) != self._size_wh:
            image_bgr = np.asarray(cv2.resize(image_bgr, self._size_wh), np.uint8)
        image_bgr = image_bgr[: self._size_wh[1], : self._size_wh[0]]
        for _ in range(min(due, round(MAX_REPEATED_S * self._rate) + 1)):
            writer.write(image_bgr)
        self._written += due
        self._full = writer.written_bytes > self._max_bytes
        if self._full:
            self.note = (
                f"the annotated copy ends after {frame.time_s:.0f} s: it was growing too big"
            )

    def _open(self, image_bgr: Image) -> VideoWriter:
        if self._writer is not None:
            return self._writer
        with _translated(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            _make_private(self._part)
        self._size_wh = _even_size(image_bgr)
        self._writer = open_writer(self._part, self._rate, self._size_wh)
        return self._writer


def _even_size(image_bgr: Image) -> tuple[int, int]:
    """Width and height without the odd row or column, which H.264 cannot hold."""
    return image_bgr.shape[1] & ~1, image_bgr.shape[0] & ~1


def _make_private(path: Path) -> None:
    """An empty file that its owner alone may read; encoders would make one for everybody."""
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))


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
