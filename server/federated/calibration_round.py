"""A round's outcome: numbered, signed, tied to the round before it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lookout.server.federated.errors import BadRoundMessage
from lookout.server.federated.histogram import (
    EDGES,
    GENUINE,
    SHAPE,
    STRANGER,
    Numbers,
    allowed_for,
    mixed,
    people_in,
    rising,
)
from lookout.server.federated.plan import RoundPlan
from lookout.server.federated.signing import canonical, checked

FIRST = ""
"""What stands for the round before the first."""


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationRound:
    """version: 1, 2, … counts: (KINDS, BANDS, BINS) float64 of everybody, smoothed nowhere.

    sites: whose counts are in it. missing: who was asked and is not in it, and why. previous: the
    digest of the round before, so that none can be taken out of the chain unseen.
    reverts: the version whose counts these are again, where this is no round of new counts.
    """

    version: int
    at: float
    plan: RoundPlan
    counts: Numbers
    sites: tuple[str, ...]
    missing: Mapping[str, str]
    groups: int
    previous: str
    reverts: int | None = None

    def allowed(self, mix: Numbers | None = None) -> float:
        """The chance to allow at a site whose probes are of the bands in these proportions; without
        them in everybody's."""
        strangers = self.counts[STRANGER]
        mix = np.maximum(strangers.sum(axis=1), 0) if mix is None else mix
        return allowed_for(mixed(strangers, mix), self.plan.target)

    @property
    def strangers(self) -> int:
        return round(people_in(self.counts[STRANGER]))

    @property
    def people(self) -> int:
        """Known people whose own probes were counted."""
        return round(people_in(self.counts[GENUINE]))

    def found(self, allowed: float) -> float:
        """DIR by everybody's counts, 0 to 1: the share of known people with their name."""
        shares = rising(self.counts[GENUINE].sum(axis=0))
        return float(np.interp(np.log(allowed), np.log(EDGES), shares))

    def to_json(self) -> dict[str, Any]:
        """The body that is signed."""
        return {
            "kind": "round",
            "version": self.version,
            "at": self.at,
            "plan": self.plan.to_json(),
            "counts": self.counts.round(3).ravel().tolist(),
            "sites": list(self.sites),
            "missing": dict(self.missing),
            "groups": self.groups,
            "previous": self.previous,
            "reverts": self.reverts,
        }

    @property
    def digest(self) -> str:
        return hashlib.sha256(canonical(self.to_json())).hexdigest()

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> CalibrationRound:
        """Raises BadMessage."""
        try:
            counts = np.array(body["counts"], np.float64).reshape(SHAPE)
            if not np.isfinite(counts).all():
                raise BadRoundMessage("a round's counts hold what is no number")
            reverts = body["reverts"]
            return cls(
                int(body["version"]),
                float(body["at"]),
                RoundPlan.from_json(body["plan"]),
                counts,
                tuple(map(str, body["sites"])),
                {str(site): str(why) for site, why in body["missing"].items()},
                int(body["groups"]),
                str(body["previous"]),
                None if reverts is None else int(reverts),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadRoundMessage(f"a round cannot be read: {error!r}") from error

    @classmethod
    def from_message(cls, message: bytes, public: bytes) -> CalibrationRound:
        """The round that the coordinator with this key has signed. Raises BadMessage."""
        return cls.from_json(checked(message, public))
