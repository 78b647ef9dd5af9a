"""One picture of a camera, compressed once and never again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """A JPEG as the camera gave it. `number` counts from 1 for a camera; `captured_at` is Unix
    seconds, UTC."""

    jpeg: bytes
    number: int
    captured_at: float
