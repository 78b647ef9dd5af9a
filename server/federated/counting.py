"""A gallery to a site's counts: each person once as a stranger to the others, each photograph once
as a probe, as `lookout calibrate` measures it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lookout.faces.calibrate.measure import measure
from lookout.faces.decision.cohort import Cohort
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Floats
from lookout.faces.gallery.gallery import Gallery
from lookout.server.federated.counted import Counted, SiteTrials
from lookout.server.federated.histogram import BANDS


def count_gallery(
    gallery: Gallery,
    strangers: Floats,
    rule: Rule,
    secret: bytes,
    target: float,
    stranger_labels: Sequence[str] | None = None,
) -> Counted:
    """What a site has to say.

    strangers: (S, D) float32, all of different people who are not enrolled; their labels decide who
    of them is held out. secret: the site's own. Raises ValueError for fewer than two people.
    """
    measured = measure(gallery, strangers, rule, target)
    given = stranger_labels or [f"stranger {index}" for index in range(len(strangers))]
    labels = [*gallery.people, *(f"\0{label}" for label in given)]
    rows = measured.stranger_rows
    probes = np.concatenate([gallery.encodings[rows], strangers]) if len(strangers) else (
        gallery.encodings[rows]
    )  # fmt: skip
    outside = SiteTrials(
        measured.strangers.chance,
        tuple(labels[index] for index in measured.strangers.subject),
        bands_of(probes, rule.strangers.cohort),
    )
    own = SiteTrials(
        measured.own.chance,
        tuple(labels[index] for index in measured.own.subject),
        bands_of(gallery.encodings[measured.own_rows], rule.strangers.cohort),
    )
    return Counted.of(gallery.encoder, outside, own, secret, rule.fpir)


def bands_of(encodings: Floats, cohort: Cohort | None) -> npt.NDArray[np.intp]:
    """(N,) the condition of each picture, 0 to BANDS − 1, as its encoding tells; all 0 where no
    cohort ships for the encoder."""
    if cohort is None or not len(encodings):
        return np.zeros(len(encodings), np.intp)
    return np.array([BANDS.index(word) for word in cohort.conditions_of(encodings)], np.intp)
