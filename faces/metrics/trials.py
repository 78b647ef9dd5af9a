"""Outcomes of an open-set decision that allows a chance of error, and their FPIR and DIR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lookout.faces.metrics.share import Share
from lookout.faces.metrics.threshold import Flags, Numbers, threshold_at


@dataclass(frozen=True, slots=True)
class Trials:
    """The answers to N probes.

    chances: (N,) float64 that a stranger comes as near as this; infinite where there is no name
             whatever chance is allowed (no face, two people alike, too few votes).
    right:   (N,) bool, the person who came first is the right one; never for strangers.
    mated:   (N,) bool, the person is enrolled.
    """

    chances: Numbers
    right: Flags
    mated: Flags

    def named(self, allowed: float) -> Share:
        """FPIR: the strangers that get a name if this chance is allowed."""
        return self._count(self.chances[~self.mated] <= allowed)

    def found(self, allowed: float) -> Share:
        """DIR: the probes of enrolled people that get their own name."""
        return self._count((self.chances <= allowed)[self.mated] & self.right[self.mated])

    def confused(self, allowed: float) -> Share:
        """The probes of enrolled people that get another's name."""
        return self._count((self.chances <= allowed)[self.mated] & ~self.right[self.mated])

    def allowed_for(self, fpir: float) -> float:
        """The largest chance to allow at which at most `fpir` of the strangers are named."""
        return threshold_at(self.chances[~self.mated], fpir)

    @staticmethod
    def _count(hits: Flags) -> Share:
        return Share(int(hits.sum()), len(hits))


def joined(trials: Sequence[Trials]) -> Trials:
    """All of them as one, in their order."""
    return Trials(
        np.concatenate([t.chances for t in trials]),
        np.concatenate([t.right for t in trials]),
        np.concatenate([t.mated for t in trials]),
    )
