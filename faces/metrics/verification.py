"""Verification: accuracy, TAR at a FAR, ROC and AUC, from the distances of pairs.

Every `distance` is (P,) float64, one a pair, and may be infinite: a face that was not found is like
nobody. Every `same` is (P,) bool: the pair shows one person. Definitions: ISO/IEC 19795-1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lookout.faces.metrics.threshold import Flags, Numbers, threshold_at


@dataclass(frozen=True, slots=True)
class VerificationFigures:
    """Figures of a list of pairs; all but the threshold are shares (0..1).

    accuracy and its standard error are over ten folds; tar is given at two FARs.
    """

    accuracy: float
    accuracy_error: float
    tar_at_far_1e2: float
    tar_at_far_1e3: float
    auc: float
    threshold_at_far_1e3: float


def verification(distance: Numbers, same: Flags) -> VerificationFigures:
    """All figures of a list of pairs. Raises ValueError if there are fewer than ten of a kind."""
    accuracies = fold_accuracies(distance, same)
    threshold = threshold_at(distance[~same], 1e-3)
    return VerificationFigures(
        accuracy=float(accuracies.mean()),
        accuracy_error=float(accuracies.std(ddof=1) / np.sqrt(len(accuracies))),
        tar_at_far_1e2=tar_at_far(distance, same, 1e-2),
        tar_at_far_1e3=tar_at_far(distance, same, 1e-3),
        auc=auc(distance, same),
        threshold_at_far_1e3=threshold,
    )


def fold_accuracies(distance: Numbers, same: Flags, folds: int = 10) -> Numbers:
    """(folds,) the accuracy of each fold, judged by the best threshold of all the others.

    LFW's protocol (G. B. Huang et al., "Labeled Faces in the Wild", 2007). Each fold takes its
    share of the same and of the different pairs, in the order of the list. Raises ValueError if
    there are fewer pairs of a kind than folds.
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


def tar_at_far(distance: Numbers, same: Flags, far: float) -> float:
    """TAR: the share of the same-person pairs that pass when at most `far` of the others do."""
    return float((distance[same] <= threshold_at(distance[~same], far)).mean())


def auc(distance: Numbers, same: Flags) -> float:
    """The chance that a same-person pair is nearer than another, ties counting one half (AUC).

    J. A. Hanley and B. J. McNeil, "The meaning and use of the area under a ROC curve", 1982.
    """
    ordered = np.sort(distance[~same])
    nearer = len(ordered) - np.searchsorted(ordered, distance[same], side="right")
    ties = np.searchsorted(ordered, distance[same], side="right") - np.searchsorted(
        ordered, distance[same], side="left"
    )
    return float((nearer + ties / 2).mean() / len(ordered))


def roc_curve(distance: Numbers, same: Flags) -> tuple[Numbers, Numbers]:
    """(T,) false accept rates, rising, and (T,) the true accept rates that go with them."""
    thresholds = np.unique(distance[np.isfinite(distance)])
    far = np.searchsorted(np.sort(distance[~same]), thresholds, side="right") / (~same).sum()
    tar = np.searchsorted(np.sort(distance[same]), thresholds, side="right") / same.sum()
    return np.asarray(far, np.float64), np.asarray(tar, np.float64)
