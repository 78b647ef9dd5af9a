"""The protocols of what several servers on one store need: news of changes, and leases.

What holds for the methods of all of them stands in `server.storage.store`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Topic(StrEnum):
    """What may change.

    people:   people and their face samples, the rejected ones among them.
    rules:    rules, lists, zones, fences, channels and silences.
    alerts:   alerts. cameras: cameras. settings: small values. events: what happened.
    """

    PEOPLE = "people"
    RULES = "rules"
    ALERTS = "alerts"
    CAMERAS = "cameras"
    SETTINGS = "settings"
    EVENTS = "events"


class Changes(Protocol):
    """News of changes, by whichever process."""

    def numbers(self) -> Mapping[Topic, int]:
        """Of each topic a number that rises with every change."""

    def wait(self, known: Mapping[Topic, int], timeout_s: float) -> Mapping[Topic, int]:
        """The numbers, as soon as one is not the known one, at the latest after `timeout_s`.

        A change by another process is told of within a second of its commit.
        """


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of one holder to a camera, until `until_s` (Unix seconds).

    term: rises with every new holder, so that what an earlier one still does can be told.
    """

    camera: str
    holder: str
    term: int
    until_s: float


class Leases(Protocol):
    """Who has which camera: never two at once.

    The clocks of the holders must agree: by as much as one is ahead, it takes over too early.
    """

    def acquire(self, camera: str, holder: str, ttl_s: float, now_s: float) -> Lease | None:
        """The lease of a camera that nobody has, whose holder's time is over, or that this holder
        has already; None where another one has it."""

    def renew(self, lease: Lease, ttl_s: float, now_s: float) -> Lease | None:
        """The lease with its new end; None where it is over, or somebody else's."""

    def release(self, lease: Lease) -> None:
        """Gives the camera back; nothing happens where it is somebody else's."""

    def all(self) -> tuple[Lease, ...]:
        """Those that were given and not given back, by camera; their time may be over."""
