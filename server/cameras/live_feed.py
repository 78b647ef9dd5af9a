"""Which picture a viewer of several cameras gets next, and when: no sockets, no clock.

One connection carries all cameras of a page, because browsers open six connections to a server at
most. Each camera comes at the rate that the viewer wishes, the most overdue first, and never more
than two pictures are on their way: who acknowledges slowly gets fewer pictures, not older ones.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from lookout.server.cameras.views import CameraView

MOST_UNACKNOWLEDGED = 2
MOST_WISHES = 64
"""Cameras that one viewer watches at a time."""
FASTEST_FPS, SLOWEST_FPS = 30.0, 0.05
WIDEST_PX, NARROWEST_PX = 4096, 80
CHECK_S = 1.0
"""So often the condition of the cameras is looked at."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One camera that a viewer watches. width_px: None for the picture as it came."""

    camera: str
    fps: float = 1.0
    width_px: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FrameDelivery:
    """What is to be sent next. view: None where only the condition has changed."""

    camera: str
    seq: int
    condition: str
    view: CameraView | None
    width_px: int | None


@dataclass(slots=True)
class _Watched:
    wish: Wish
    due_s: float
    number: int = 0
    condition: str = ""


class LiveFeed:
    """The state of one connection. The event loop's thread only.

    newest: the newest view of the camera with this id. condition: how it does, a word.
    """

    def __init__(
        self, newest: Callable[[str], CameraView | None], condition: Callable[[str], str]
    ) -> None:
        self._newest = newest
        self._condition = condition
        self._watched: dict[str, _Watched] = {}
        self._seq = self._acknowledged = 0

    @property
    def cameras(self) -> tuple[str, ...]:
        """The ids of the cameras that are watched."""
        return tuple(self._watched)

    def watch(self, wishes: Iterable[Wish], now_s: float) -> None:
        """Replaces what is watched."""
        before = self._watched
        self._watched = {}
        for wish in wishes:
            known = before.get(wish.camera)
            due_s = now_s if known is None else min(known.due_s, now_s + 1 / wish.fps)
            self._watched[wish.camera] = _Watched(wish, due_s)
            if known is not None:
                self._watched[wish.camera].condition = known.condition
                if known.wish.width_px == wish.width_px:
                    self._watched[wish.camera].number = known.number

    def acknowledge(self, seq: int) -> None:
        """Everything up to `seq` has been shown."""
        self._acknowledged = max(self._acknowledged, min(seq, self._seq))

    def next(self, now_s: float) -> FrameDelivery | None:
        """What to send now; None where there is nothing, or the viewer has enough to show."""
        if self._seq - self._acknowledged >= MOST_UNACKNOWLEDGED:
            return None
        due = [watched for watched in self._watched.values() if watched.due_s <= now_s]
        for watched in sorted(due, key=lambda watched: watched.due_s):
            camera = watched.wish.camera
            view, condition = self._newest(camera), self._condition(camera)
            fresh = view is not None and view.number > watched.number and condition == "online"
            if not fresh and condition == watched.condition:
                continue
            watched.condition = condition
            watched.due_s = max(watched.due_s + 1 / watched.wish.fps, now_s)
            if view is not None and fresh:
                watched.number = view.number
            self._seq += 1
            return FrameDelivery(
                camera, self._seq, condition, view if fresh else None, watched.wish.width_px
            )
        return None

    def wait_s(self, now_s: float) -> float:
        """The time after which `next` may have something though no camera has sent anything."""
        if self._seq - self._acknowledged >= MOST_UNACKNOWLEDGED:
            return CHECK_S
        later = [one.due_s - now_s for one in self._watched.values() if one.due_s > now_s]
        return min([CHECK_S, *later])


def read_wishes(message: Mapping[str, object]) -> list[Wish] | None:
    """The wishes in a client's message; None where it holds none. What is out of range is taken as
    the nearest that is possible, what is no wish is left out."""
    listed = message.get("watch")
    if not isinstance(listed, list):
        return None
    wishes = []
    for entry in listed[:MOST_WISHES]:
        match entry:
            case {"camera": str(camera)}:
                width = _number(entry.get("width"))
                wishes.append(
                    Wish(
                        camera,
                        _within(_number(entry.get("fps")) or 1.0, SLOWEST_FPS, FASTEST_FPS),
                        None if width is None else round(_within(width, NARROWEST_PX, WIDEST_PX)),
                    )
                )
    return wishes


def frame_message(header: bytes, jpeg: bytes) -> bytes:
    """4 bytes big-endian length of the JSON, the JSON, the JPEG."""
    return struct.pack(">I", len(header)) + header + jpeg


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _within(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
