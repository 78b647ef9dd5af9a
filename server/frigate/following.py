"""One event of Frigate, from its first message until somebody is named or nothing is left to see.

The best of what Frigate has is looked at first: the snapshot, then the frame of this moment in full
resolution, then, when the event has ended, frames of its clip.
"""

from __future__ import annotations

import hashlib
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lookout.faces.detections import Image
from lookout.faces.errors import BadImage
from lookout.faces.photo.picture import read_picture
from lookout.server.errors import ChildGone
from lookout.server.frigate.api import FrigateApi
from lookout.server.frigate.errors import FrigateError, FrigateLost
from lookout.server.frigate.event import BoxPixels, FrigateEvent
from lookout.server.frigate.evidence import EXACT, MOVED, BoxShares, EventVerdict, Evidence
from lookout.server.frigate.options import FrigateOptions
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.recognize.errors import BadVideo
from lookout.server.recognize.footage import VideoLimits
from lookout.server.recognize.isolated_video import IsolatedVideo

SNAPSHOT, FRAME, CLIP = "snapshot", "full resolution", "clip"
CLIP_TRIES, CLIP_PAUSE_S = 5, 1.0
"""Frigate needs a few seconds to put a clip together."""
LONGEST_CLIP_S = 600.0
USUAL_CLIP_S, PADDING_S = 10.0, 5.0
"""The length of a clip where Frigate does not say it, and what it records before and after."""
WRITE_TRIES, WRITE_PAUSE_S = 3, 0.3
MOST_ATTEMPTS = 64
"""Of an event that are told."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One look: at what, how long it took in seconds, and what it said."""

    source: str
    at_s: float
    took_s: float
    verdict: EventVerdict


@dataclass(slots=True)
class Following:
    """What is known of one event. For one thread at a time.

    first_face_s: when the first picture with a usable face was asked for; named_s: when Frigate had
    the name. Both are times of `clock`.
    """

    event: FrigateEvent
    recognition: RecognitionContext
    api: FrigateApi
    options: FrigateOptions
    clock: Callable[[], float] = time.time
    attempts: list[Attempt] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    first_face_s: float | None = None
    named_s: float | None = None
    named: EventVerdict | None = None
    trouble: str = ""
    _evidence: Evidence = field(init=False)
    _last: dict[str, bytes] = field(default_factory=dict)
    _size_wh: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        self._evidence = Evidence(self.recognition)

    @property
    def verdict(self) -> EventVerdict:
        """What all pictures say so far."""
        return self.named or self._evidence.verdict

    @property
    def has_looks_left(self) -> bool:
        """Whether it may still be looked at while it goes on."""
        most = self.options.attempts
        sources = (SNAPSHOT, FRAME) if self.options.go2rtc else (SNAPSHOT,)
        return any(self.counts.get(source, 0) < most for source in sources)

    def look(self) -> bool:
        """Looks at what there is at this moment; whether it is sure."""
        if self._counted(SNAPSHOT) and self._see(SNAPSHOT, self._snapshot):
            return True
        full = self.options.go2rtc and self._counted(FRAME)
        return bool(full) and self._see(FRAME, self._full_frame)

    def look_at_clip(self, stop: threading.Event) -> bool:
        """Looks at frames of the clip, when the event has ended; whether it is sure then."""
        with tempfile.TemporaryDirectory(prefix="lookout-") as folder:
            path = Path(folder) / "clip.mp4"
            if not self._fetched(path, stop):
                return False
            try:
                for image_bgr in self._frames(path, stop):
                    self._note(CLIP, image_bgr, None, EXACT, self.clock())
            except (BadVideo, ChildGone) as error:
                self.trouble = str(error)
        return self._evidence.verdict.name is not None

    def write_name(self, stop: threading.Event) -> bool:
        """Writes the name that it is sure of on the event; whether Frigate took it."""
        verdict = self._evidence.verdict
        if verdict.name is None:
            return False
        if self.options.writes:
            for tried in range(WRITE_TRIES):
                try:
                    self.api.set_sub_label(self.event.id, verdict.name, verdict.score)
                    break
                except FrigateLost as error:
                    self.trouble = str(error)
                    if tried == WRITE_TRIES - 1 or stop.wait(WRITE_PAUSE_S):
                        return False
                except FrigateError as error:
                    self.trouble = str(error)
                    return False
        self.named, self.named_s = verdict, self.clock()
        return True

    def _counted(self, source: str) -> bool:
        return self.counts.get(source, 0) < self.options.attempts

    def _snapshot(self) -> tuple[bytes, BoxPixels | None, float]:
        return self.api.snapshot(self.event.id), self.event.best_box, EXACT

    def _full_frame(self) -> tuple[bytes, BoxPixels | None, float]:
        return self.api.full_frame(self.event.camera), self.event.box, MOVED

    def _see(self, source: str, fetch: Callable[[], tuple[bytes, BoxPixels | None, float]]) -> bool:
        """One look at a picture of this source, unless it is the one of the last look."""
        began_s = self.clock()
        try:
            content, box, slack = fetch()
            mark = hashlib.blake2b(content, digest_size=16).digest()
            if self._last.get(source) == mark:
                return False
            self._last[source] = mark
            picture = read_picture(content)
        except (FrigateError, BadImage) as error:
            self.trouble = str(error)
            return False
        if source == SNAPSHOT:
            self._size_wh = picture.size_wh
        self._note(source, picture.image_bgr, self._shares(box), slack, began_s)
        return self._evidence.verdict.name is not None

    def _note(
        self,
        source: str,
        image_bgr: Image,
        box: BoxShares | None,
        slack: float,
        began_s: float,
    ) -> None:
        verdict = self._evidence.look(image_bgr, box, began_s, slack)
        self.counts[source] = self.counts.get(source, 0) + 1
        if len(self.attempts) < MOST_ATTEMPTS:
            self.attempts.append(Attempt(source, began_s, self.clock() - began_s, verdict))
        if self.first_face_s is None and verdict.words != "no face":
            self.first_face_s = began_s

    def _shares(self, box: BoxPixels | None) -> BoxShares | None:
        """A box in shares of the picture; the snapshot has the size in which Frigate detects."""
        if box is None or self._size_wh is None:
            return None
        width, height = self._size_wh
        return box[0] / width, box[1] / height, box[2] / width, box[3] / height

    def _fetched(self, path: Path, stop: threading.Event) -> bool:
        for _ in range(CLIP_TRIES):
            try:
                self.api.clip(self.event.id, path)
            except FrigateError as error:
                self.trouble = str(error)
            else:
                if path.stat().st_size:
                    return True
            if stop.wait(CLIP_PAUSE_S):
                break
        return False

    def _frames(self, path: Path, stop: threading.Event) -> Iterator[Image]:
        """Frames of the clip, evenly over it. Decoded in a process of its own."""
        count = self.options.clip_frames
        rate = count / max(1.0, (self.event.lasted_s or USUAL_CLIP_S) + PADDING_S)
        video = IsolatedVideo(
            path,
            "clip",
            looks_per_s=rate,
            every=False,
            limits=VideoLimits(duration_s=LONGEST_CLIP_S),
        )
        for number, frame in enumerate(video.frames(stop)):
            if number >= count:
                return
            yield frame.image_bgr
