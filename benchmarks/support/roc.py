"""The figures of verification and identification, as pure functions of distances.

Distances may be infinite: a face that was not found is like nobody. Definitions: ISO/IEC 19795-1,
and NIST's FRVT reports for open-set identification.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Verification:
    """accuracy and its standard error over ten folds; tar at two FARs; auc: all shares 0..1."""

    accuracy: float
    accuracy_error: float
    tar_at_far_1e2: float
    tar_at_far_1e3: float
    auc: float
    threshold_at_far_1e3: float


def verification(distance: Numbers, same: Flags) -> Verification:
    """All figures of a list of pairs: their distances (P,) and whether each is one person (P,)."""
    accuracies = fold_accuracies(distance, same)
    threshold = threshold_at(distance[~same], 1e-3)
    return Verification(
        accuracy=float(accuracies.mean()),
        accuracy_error=float(accuracies.std(ddof=1) / np.sqrt(len(accuracies))),
        tar_at_far_1e2=tar_at(distance, same, 1e-2),
        tar_at_far_1e3=tar_at(distance, same, 1e-3),
        auc=auc(distance, same),
        threshold_at_far_1e3=threshold,
    )


def fold_accuracies(distance: Numbers, same: Flags, folds: int = 10) -> Numbers:
    """LFW's protocol: the best threshold of nine folds judges the tenth. Returns (folds,).

    Each fold takes its share of the same and of the different pairs, in the order of the list.
    """
    fold = np.empty(len(same), np.intp)
    for members in (np.flatnonzero(same), np.flatnonzero(~same)):
        if len(members) < folds:
            raise ValueError(f"{folds} folds need {folds} pairs of each kind, got {len(members)}")
        fold[members] = np.arange(len(members)) * folds // len(members)
    accuracies = []
    for held_out in range(folds):
        training = fold != held_out
        threshold = best_threshold(distance[training], same[training])
        judged = distance[~training] <= threshold
        accuracies.append(float((judged == same[~training]).mean()))
    return np.array(accuracies)


def best_threshold(distance: Numbers, same: Flags) -> float:
    """The threshold with the most right answers; between two distances, the middle."""
    order = np.argsort(distance, kind="stable")
    ordered, right = distance[order], same[order]
    gain = np.cumsum(np.where(right, 1, -1))
    # a cut may only lie where the distance changes
    cut = np.append(ordered[1:] != ordered[:-1], True) & np.isfinite(ordered)
    if not cut.any() or gain[cut].max() <= 0:
        return float(np.nextafter(ordered[0], -np.inf))
    best = int(np.flatnonzero(cut)[gain[cut].argmax()])
    following = ordered[best + 1] if best + 1 < len(ordered) else np.inf
    if not np.isfinite(following):
        return float(ordered[best])
    return float((ordered[best] + following) / 2)


def threshold_at(impostor_distance: Numbers, far: float) -> float:
    """The largest threshold at which at most `far` of the impostors pass (distance ≤ threshold)."""
    ordered = np.sort(impostor_distance)
    allowed = int(np.floor(far * len(ordered) + 1e-9))
    if allowed >= len(ordered):
        return float("inf")
    return float(np.nextafter(ordered[allowed], -np.inf))


def tar_at(distance: Numbers, same: Flags, far: float) -> float:
    """The share of the same-person pairs that pass when at most `far` of the others do."""
    return float((distance[same] <= threshold_at(distance[~same], far)).mean())


def auc(distance: Numbers, same: Flags) -> float:
    """The chance that a same-person pair is nearer than another; ties count one half."""
    ordered = np.sort(distance[~same])
    nearer = len(ordered) - np.searchsorted(ordered, distance[same], side="right")
    ties = np.searchsorted(ordered, distance[same], side="right") - np.searchsorted(
        ordered, distance[same], side="left"
    )
    return float((nearer + ties / 2).mean() / len(ordered))


def roc_curve(distance: Numbers, same: Flags) -> tuple[Numbers, Numbers]:
    """False accept rates (rising) and the true accept rates that go with them."""
    thresholds = np.unique(distance[np.isfinite(distance)])
    far = np.searchsorted(np.sort(distance[~same]), thresholds, side="right") / (~same).sum()
    tar = np.searchsorted(np.sort(distance[same]), thresholds, side="right") / same.sum()
    return np.asarray(far, np.float64), np.asarray(tar, np.float64)


@dataclass(frozen=True, slots=True)
class Decisions:
    """What one rule does: shares of the probes.

    named_right, named_wrong: of the probes of enrolled people; the rest was called unknown.
    strangers_named: of the probes of strangers (FPIR).
    """

    named_right: float
    named_wrong: float
    strangers_named: float


def rank_share(distance: Numbers, truth: npt.NDArray[np.intp], rank: int) -> float:
    """The share of probes whose own person is among the `rank` nearest.

    distance: (probes, people); truth: (probes,) column of the right person, -1 if not enrolled.
    A tie counts against the right person; an infinite distance is never a match.
    """
    known = np.flatnonzero(truth >= 0)
    hit = np.zeros(len(truth), bool)
    own = distance[known, truth[known]]
    nearer = (distance[known] <= own[:, None]).sum(axis=1)
    hit[known] = (nearer <= rank) & np.isfinite(own)
    return float(hit.mean())


def threshold_rule(
    mated: Numbers, truth: npt.NDArray[np.intp], strangers: Numbers, threshold: float
) -> Decisions:
    """The nearest person, if at most `threshold` away.

    mated: (M, people), strangers: (S, people), distances.
    """
    nearest = mated.argmin(axis=1)
    named = mated.min(axis=1) <= threshold
    right = named & (nearest == truth)
    return Decisions(
        float(right.mean()),
        float((named & ~right).mean()),
        float((strangers.min(axis=1) <= threshold).mean()),
    )


def first_match_rule(
    mated: Numbers, truth: npt.NDArray[np.intp], strangers: Numbers, tolerance: float = 0.6
) -> Decisions:
    """The original design: every photograph within `tolerance` votes, the first of the most wins.

    With one photograph a person all matches have one vote, so that the first in the gallery wins.
    """
    matches = mated <= tolerance
    named = matches.any(axis=1)
    right = named & (matches.argmax(axis=1) == truth)
    return Decisions(
        float(right.mean()),
        float((named & ~right).mean()),
        float((strangers <= tolerance).any(axis=1).mean()),
    )


def at_fpir(
    mated: Numbers, truth: npt.NDArray[np.intp], strangers: Numbers, fpir: float
) -> tuple[Decisions, float]:
    """The threshold rule where at most `fpir` of the strangers are named, and that threshold.

    `named_right` is then DIR, the detection and identification rate at rank 1.
    """
    threshold = threshold_at(strangers.min(axis=1), fpir)
    return threshold_rule(mated, truth, strangers, threshold), threshold
