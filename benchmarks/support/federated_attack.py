"""What a server could learn of a person from histograms: two attacks, with all it could know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from benchmarks.support.federated_sites import Site
from lookout.server.federated.histogram import BINS, UNIT, count
from lookout.server.federated.privacy import largest_advantage, noise_share

Numbers = npt.NDArray[np.float64]
NEWCOMERS = 40
"""A site, so many strangers who come one at a time."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one kind of attacker has got: scores of people who were counted and who were not, and
    whether the bin of a newcomer was found."""

    members: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    found: list[bool] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Attacks:
    """By what is seen. The attacker knows in which bin a person would be counted, as it would if it
    had the site's gallery and a photograph of the person.

    Member or not: how full is that bin beside the same bin of everybody? Newcomer: of two rounds
    between which one person has come, which bin has grown most?
    """

    seen: dict[str, Seen] = field(default_factory=dict)

    def to_json(self) -> dict[str, dict[str, float]]:
        return {
            name: {
                "auc": _auc(np.array(one.members), np.array(one.others)),
                "bin_found": float(np.mean(one.found)),
                "bound": bound_of(name),
            }
            for name, one in self.seen.items()
        }


def attacked(
    attacks: Attacks, sites: Sequence[Site], epsilons: Sequence[float], random: np.random.Generator
) -> None:
    """Both attacks at each of the sites of one split."""
    each = [_bins(site) for site in sites]
    totals = [UNIT * np.bincount(members, minlength=BINS) for members, _ in each]
    everybody = np.sum(totals, axis=0)
    usual = everybody / everybody.sum()
    for own, (members, others) in zip(totals, each, strict=True):
        views: dict[str, tuple[npt.NDArray[np.int64], float | None]] = {
            "one site's counts, without masks": (own, None),
            "the sum of all": (everybody, None),
        }
        views |= {f"the sum of all, ε = {e:g}": (everybody, e) for e in epsilons}
        for name, (counts, epsilon) in views.items():
            seen = attacks.seen.setdefault(name, Seen())
            noisy = counts + _noise(len(counts), epsilon, random)
            surplus = noisy / UNIT - usual * counts.sum() / UNIT
            scaled = surplus / np.sqrt(usual * counts.sum() / UNIT + 1)
            seen.members.extend(scaled[members])
            seen.others.extend(scaled[others])
            for place in random.choice(others, NEWCOMERS):
                before = counts + _noise(len(counts), epsilon, random)
                after = counts + _noise(len(counts), epsilon, random)
                after[place] += UNIT
                seen.found.append(bool((after - before).argmax() == place))


def bound_of(name: str) -> float:
    """The largest AUC that differential privacy leaves to any attacker; 1 without it."""
    _, mark, epsilon = name.partition("ε = ")
    return (1 + largest_advantage(float(epsilon))) / 2 if mark else 1.0


def _bins(site: Site) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The bins of strangers who were counted, and of as many who were not."""
    strangers = site.test.chances[~site.test.mated]
    learnt = site.learn.chances
    return _bins_of(learnt), _bins_of(strangers[: len(learnt)])


def _bins_of(chances: Numbers) -> npt.NDArray[np.intp]:
    one = np.zeros(1, np.intp)
    return np.array([count(c[None], one, one)[0].argmax() for c in chances], np.intp)


def _noise(size: int, epsilon: float | None, random: np.random.Generator) -> npt.NDArray[np.int64]:
    if epsilon is None:
        return np.zeros(size, np.int64)
    return noise_share((size,), epsilon, 1, random)


def _auc(members: Numbers, others: Numbers) -> float:
    """The chance that a member's score is above another's; ties count half."""
    above = (members[:, None] > others).mean() + (members[:, None] == others).mean() / 2
    return float(above)
