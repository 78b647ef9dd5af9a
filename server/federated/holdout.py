"""What a site keeps for itself: the people by whom it judges a calibration, and the judgement."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lookout.faces.metrics.share import share_by_person, wilson_interval
from lookout.server.federated.histogram import Numbers
from lookout.server.federated.reasons import because

HELD_OUT = 4
"""One person in so many is never counted, and judges what the others have learned."""
LEAST_JUDGES = 8
"""Fewer held-out strangers cannot show that a calibration is better."""


def role_of(label: str, secret: bytes) -> str:
    """Whether a person is "held out", counted as a "stranger" or as "genuine": by a keyed digest,
    so that it is always the same and nobody else can tell. Each person is in one of the three."""
    digest = hmac.new(secret, label.encode(), hashlib.sha256).digest()
    if digest[0] % HELD_OUT == 0:
        return "held out"
    return "stranger" if digest[1] % 2 else "genuine"


@dataclass(frozen=True, slots=True)
class Judges:
    """The trials of the people held out: (N,) chances and whose, of strangers and of probes of
    known people whose own person came first (else infinite)."""

    stranger: Numbers
    stranger_subject: npt.NDArray[np.intp]
    genuine: Numbers
    genuine_subject: npt.NDArray[np.intp]

    def named(self, allowed: float) -> tuple[float, int]:
        """FPIR: the share of held-out strangers with a name, and how many there are."""
        return share_by_person(self.stranger <= allowed, self.stranger_subject)

    def found(self, allowed: float) -> tuple[float, int]:
        """DIR: the share of held-out people with their own name, and how many there are."""
        return share_by_person(self.genuine <= allowed, self.genuine_subject)


@dataclass(frozen=True, slots=True)
class HoldoutVerdict:
    """Whether a calibration is taken, and why, in words."""

    taken: bool
    why: str


def judged(now: float, offered: float, judges: Judges, target: float) -> HoldoutVerdict:
    """Whether the site is better off with the chance `offered` than with `now`.

    Better is: it names fewer of the held-out strangers where the rate of now is above `target`; or
    it names more of the held-out people and not surely more strangers than `target` (the lower end
    of Wilson's interval). What changes nothing is not better.
    """
    named_now, strangers = judges.named(now)
    named_then, _ = judges.named(offered)
    if strangers < LEAST_JUDGES:
        few = because("few_judges", strangers=strangers, needed=LEAST_JUDGES)
        return HoldoutVerdict(False, few)
    found_now, people = judges.found(now)
    found_then, _ = judges.found(offered)
    figures = {
        "named_before": f"{named_now:.1%}",
        "named_then": f"{named_then:.1%}",
        "strangers": strangers,
        "found_before": f"{found_now if people else 0:.1%}",
        "found_then": f"{found_then if people else 0:.1%}",
        "people": people,
    }
    if named_now > target and named_then < named_now:
        return HoldoutVerdict(True, because("fewer_strangers", **figures))
    low, _ = wilson_interval(named_then, strangers)
    if people and found_then > found_now and (low <= target or named_then <= named_now):
        return HoldoutVerdict(True, because("more_people", **figures))
    return HoldoutVerdict(False, because("not_better", **figures))
