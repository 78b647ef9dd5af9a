"""Footage of a camera that hangs upside down or on its side, or looks into a mirror."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

from lookout.overlay.turn import Turn
from lookout.server.recognize.footage import Footage, VideoFrame


def turned(footage: Footage, turn: Turn) -> Footage:
    """The footage with its frames turned; the footage itself where there is nothing to turn."""
    return footage if turn.is_none else _TurnedFootage(footage, turn)


class _TurnedFootage:
    def __init__(self, footage: Footage, turn: Turn) -> None:
        self._footage = footage
        self._turn = turn
        self.name = footage.name
        self.rate = footage.rate
        self.looks_per_s = footage.looks_per_s
        self.duration_s = footage.duration_s

    @property
    def note(self) -> str:
        return self._footage.note

    def frames(self, stop: threading.Event) -> Iterator[VideoFrame]:
        for frame in self._footage.frames(stop):
            yield replace(frame, image_bgr=self._turn.of(frame.image_bgr))
