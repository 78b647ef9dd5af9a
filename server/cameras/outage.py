"""Which cameras are to be told of as lost, and when many at once are one thing: the network.

Pure: what is online goes in with the time, what is to be told comes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LOST_AFTER_S = 60.0
"""A camera that restarts or whose network hiccups is back before. Whoever is told of every gap does
not read the messages after a week."""
FEWEST = 3
"""Cameras that must be gone at once before it is called the network."""
TOGETHER_S = 15.0
"""Cameras that go within so long have gone at once."""


@dataclass(frozen=True, slots=True)
class CameraBack:
    """A camera sends, as was noticed at `at_s`. away_s: for how long it sent nothing; None where
    nobody was told of that."""

    camera: str
    at_s: float
    away_s: float | None


@dataclass(frozen=True, slots=True)
class LostCamera:
    """A camera has sent nothing since `at_s`."""

    camera: str
    at_s: float


@dataclass(frozen=True, slots=True)
class NetworkLost:
    """More than half of all cameras have gone at once, the first at `at_s`."""

    cameras: tuple[str, ...]
    at_s: float


Change = CameraBack | LostCamera | NetworkLost


class Outages:
    """What has been told so far. One thread; time is an argument, of the cameras' clock."""

    def __init__(self, lost_after_s: float = LOST_AFTER_S) -> None:
        self._lost_after_s = lost_after_s
        self._online: set[str] = set()
        self._lost: dict[str, float] = {}

    def changes(self, last_frames_s: Mapping[str, float], now_s: float) -> list[Change]:
        """What is to be told at `now_s`. last_frames_s: of every camera that has sent a frame, the
        time of its last; one that was removed or switched off is not in it and is told of no more.
        """
        for gone in (self._online | set(self._lost)) - set(last_frames_s):
            self._online.discard(gone)
            self._lost.pop(gone, None)
        told: list[Change] = []
        for camera, frame_s in sorted(last_frames_s.items()):
            if now_s - frame_s <= self._lost_after_s and camera not in self._online:
                since_s = self._lost.pop(camera, None)
                away_s = None if since_s is None else frame_s - since_s
                told.append(CameraBack(camera, now_s, away_s))
                self._online.add(camera)
        return told + self._losses(last_frames_s, now_s)

    def _losses(self, last_frames_s: Mapping[str, float], now_s: float) -> list[Change]:
        gone = {
            camera: last_frames_s[camera]
            for camera in self._online
            if now_s - last_frames_s[camera] > self._lost_after_s
        }
        if not gone:
            return []
        # those that went with it and whose time comes in a moment
        first_s = min(gone.values())
        together = {
            camera: frame_s
            for camera, frame_s in last_frames_s.items()
            if camera in self._online
            and frame_s <= first_s + TOGETHER_S
            and now_s - frame_s > self._lost_after_s / 2
        }
        network = len(together) >= FEWEST and 2 * len(together) > len(self._online)
        lost = together if network else gone
        self._online -= set(lost)
        self._lost |= lost
        if network:
            return [NetworkLost(tuple(sorted(lost)), first_s)]
        return [LostCamera(camera, at_s) for camera, at_s in sorted(lost.items())]
