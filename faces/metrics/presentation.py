"""Presentation attack detection: APCER, BPCER and non-response, as ISO/IEC 30107-3 defines them.

A presentation is one trial: a picture, or a track of several. Its score is higher the more it looks
like a bona fide presentation, and NaN where the detector gave no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lookout.faces.metrics.share import Share
from lookout.faces.metrics.threshold import Numbers


@dataclass(frozen=True, slots=True)
class PresentationFigures:
    """Figures at a threshold.

    apcer:        of each species, attacks that were taken for bona fide.
    bpcer:        bona fide presentations that were taken for attacks.
    attack_silence, bona_fide_silence: presentations that got no answer (APNRR, BPNRR); they are
                  neither right nor wrong, but count among the trials of the rates above.
    """

    apcer: Mapping[str, Share]
    bpcer: Share
    attack_silence: Mapping[str, Share]
    bona_fide_silence: Share

    @property
    def worst(self) -> tuple[str, Share]:
        """The species of the highest APCER, which is the one to report."""
        return max(self.apcer.items(), key=lambda item: item[1].share)


def presentation_figures(
    bona_fide: Numbers, attacks: Mapping[str, Numbers], live_from: float, spoof_to: float
) -> PresentationFigures:
    """The figures of a detector that calls scores from `live_from` bona fide and scores up to
    `spoof_to` attacks, and gives no answer between them.

    Raises ValueError if `spoof_to` is above `live_from`, or there is no species.
    """
    if spoof_to > live_from:
        raise ValueError(f"spoof_to ({spoof_to}) must not be above live_from ({live_from})")
    if not attacks:
        raise ValueError("there is no attack species")

    def silent(scores: Numbers) -> Share:
        answered = (scores >= live_from) | (scores <= spoof_to)
        return _share(~answered)

    return PresentationFigures(
        {species: _share(scores >= live_from) for species, scores in attacks.items()},
        _share((bona_fide <= spoof_to) & (bona_fide < live_from)),
        {species: silent(scores) for species, scores in attacks.items()},
        silent(bona_fide),
    )


def threshold_at_apcer(attacks: Mapping[str, Numbers], apcer: float) -> float:
    """The lowest threshold at which of no species more than `apcer` scores lie at or above it."""
    return max(
        _threshold(scores[np.isfinite(scores)], apcer, len(scores)) for scores in attacks.values()
    )


def bpcer_at_apcer(bona_fide: Numbers, attacks: Mapping[str, Numbers], apcer: float) -> Share:
    """The bona fide presentations below the threshold at which the worst species has `apcer`."""
    return _share(bona_fide < threshold_at_apcer(attacks, apcer))


def middle_threshold(bona_fide: Numbers, attacks: Mapping[str, Numbers]) -> float:
    """The middle between the lowest 1 % of bona fide scores and the highest 1 % of all attacks'."""
    attack = np.concatenate(list(attacks.values()))
    low = np.percentile(bona_fide[np.isfinite(bona_fide)], 1)
    return float((low + np.percentile(attack[np.isfinite(attack)], 99)) / 2)


def detection_curve(bona_fide: Numbers, attacks: Mapping[str, Numbers]) -> tuple[Numbers, Numbers]:
    """(T,) APCER of the worst species, rising, and (T,) 1 − BPCER, at every threshold."""
    every = np.concatenate([bona_fide, *attacks.values()])
    thresholds = np.unique(every[np.isfinite(every)])[::-1]
    worst = np.max([_at_least(scores, thresholds) for scores in attacks.values()], axis=0)
    return np.asarray(worst, np.float64), _at_least(bona_fide, thresholds)


def _at_least(scores: Numbers, thresholds: Numbers) -> Numbers:
    heard = np.sort(scores[np.isfinite(scores)])
    return np.asarray((len(heard) - np.searchsorted(heard, thresholds)) / len(scores), np.float64)


def _threshold(scores: Numbers, rate: float, trials: int) -> float:
    allowed = int(np.floor(rate * trials + 1e-9))
    if allowed >= len(scores):
        return float("-inf")
    return float(np.nextafter(np.sort(scores)[::-1][allowed], np.inf))


def _share(hits: np.ndarray) -> Share:
    return Share(int(hits.sum()), len(hits))
