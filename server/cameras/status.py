"""How a camera does, in the words of the HTTP API."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CameraCondition(StrEnum):
    """online: pictures come; silent: connected, but none came for 5 s; offline: not connected;
    disabled: switched off here; removed: there is no such camera any more."""

    ONLINE = "online"
    SILENT = "silent"
    OFFLINE = "offline"
    DISABLED = "disabled"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class CameraReport:
    """why: what is wrong and what to do, a sentence; empty while all is well.

    last_frame_s: this machine's monotonic clock. size_wh: of the newest picture.
    """

    condition: CameraCondition
    why: str = ""
    fps: float | None = None
    latency_ms: float | None = None
    last_frame_s: float | None = None
    size_wh: tuple[int, int] | None = None
