"""What a user can set of Frigate's companion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lookout.server.frigate.event import FrigateEvent


@dataclass(frozen=True, slots=True)
class FrigateOptions:
    """url: Frigate's address, without a password. go2rtc: the address of its go2rtc, from which
    frames come in full resolution; empty: not asked.

    cameras:   only these; empty: all.
    zones:     only who has been in one of these zones, by camera; a camera that is not named: all.
    labels:    the objects to look at.
    attempts:  looks at the snapshot, and as many at the full-resolution frame.
    pause_s:   between two looks at an event.
    clip_frames: frames of the clip that are looked at when the event has ended; 0: none.
    topics:    how Frigate's topics begin.
    overwrite: whether a name that somebody else has given is replaced.
    writes:    whether names are written to Frigate; else they are only told.
    """

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    go2rtc: str = ""
    cameras: frozenset[str] = frozenset()
    zones: Mapping[str, frozenset[str]] = field(default_factory=dict)
    labels: frozenset[str] = frozenset({"person"})
    attempts: int = 10
    pause_s: float = 0.5
    clip_frames: int = 12
    topics: str = "frigate"
    overwrite: bool = False
    writes: bool = True

    def why_not(self, event: FrigateEvent) -> str:
        """Why this event is not looked at; empty where it is."""
        if event.false_positive:
            return "Frigate calls it a false positive"
        if event.label not in self.labels:
            return f"it is a {event.label}"
        if self.cameras and event.camera not in self.cameras:
            return "its camera is not one of those"
        zones = self.zones.get(event.camera)
        if zones and not zones & event.zones:
            return "it has been in none of the zones"
        return ""
