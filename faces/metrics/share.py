"""A share of trials and its confidence interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Z_95 = 1.96
"""The normal quantile of a two-sided 95 % interval."""


def wilson_interval(share: float, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share (0..1) of so many independent trials; 0..1 if there are none.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    if trials == 0:
        return 0.0, 1.0
    z2 = Z_95**2
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    variance = share * (1 - share) / trials + z2 / (4 * trials**2)
    half = Z_95 * math.sqrt(variance) / (1 + z2 / trials)
    return max(0.0, middle - half), min(1.0, middle + half)


def share_by_person(hits: npt.NDArray[np.bool_], person: npt.NDArray[np.intp]) -> tuple[float, int]:
    """The mean over people of each one's share of hits, and how many people there are.

    hits: (N,) bool, one a photograph; person: (N,) whose photograph it is, by number. Every person
    counts once, because the photographs of one person are no independent trials. Without any the
    share is 0.
    """
    if not len(person):
        return 0.0, 0
    people, index = np.unique(person, return_inverse=True)
    shares = np.bincount(index, weights=hits) / np.bincount(index)
    return float(shares.mean()), len(people)


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `trials`; NaN if there were no trials."""

    hits: int
    trials: int

    @property
    def share(self) -> float:
        """`hits` over `trials`, 0 to 1."""
        return self.hits / self.trials if self.trials else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the share (`wilson_interval`)."""
        return wilson_interval(self.share, self.trials)

    def __str__(self) -> str:
        if not self.trials:
            return "–"
        low, high = self.interval
        return f"{100 * self.share:.1f} [{100 * low:.1f}–{100 * high:.1f}]"
