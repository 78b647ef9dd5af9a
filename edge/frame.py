"""One picture of a camera, compressed once and never again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Frame:
    """A JPEG as the camera gave it. `number` counts from 1 for a camera.

    Two clocks, because a Pi's own jumps when it finds the time: `captured_at` is Unix seconds, UTC,
    for people and the server; `taken_s` is the monotonic clock, for all that measures.
    """

    jpeg: bytes
    number: int
    captured_at: float
    taken_s: float = field(default_factory=time.monotonic)
