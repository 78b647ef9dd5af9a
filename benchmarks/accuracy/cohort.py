"""The cohort that ships, made from photographs, and the model of strangers fitted to it.

The people of the cohort are those of LFW who are not in the list of identification, one photograph
each; only centres of groups are kept, each the mean of several people.
"""

from __future__ import annotations

import argparse
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from benchmarks.support.arguments import add_protocol_options
from benchmarks.support.command import command_parser
from benchmarks.support.pairs import BadProtocol, Portrait, read_portraits
from benchmarks.support.portraits import faces_of, gallery_and_shown
from benchmarks.support.report import write_json
from benchmarks.support.trials import Faces
from lookout.faces.decision.cohort import Cohort, Numbers
from lookout.faces.detections import Floats
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.protocols import Detector, Encoder

_EPILOG = """example:
  python -m benchmarks.cohort --images lfw --protocol lfw/identify_dev.csv \\
      --output faces/decision/cohort.npz

Photographs under IMAGES/images whose person is not in the protocol make the cohort. The first half
of the protocol's people, as benchmarks.openset --halves divides them, fits the two numbers of each
encoder, which stand in faces/decision/stranger_model.py.
"""
ENCODERS = ("sface", "sface+reid-0095")
CONDITIONS = {"none": 150, "night": 100, "blur": 100, "dark+blur": 100}
"""Of each recipe so many groups are sought; those of fewer than LEAST people are dropped."""
LEAST = 3
ROUNDS = 15
QUANTILES = (1e-5, 1e-2)
LEAST_IN_TAIL = 4
FEWEST_PAIRS = 2000
BOTH_FAULTY = 0.25
"""Where both faces have a fault the mean is set lower by this share of the spread: a chance a third
as large. Strangers differ more there than one distribution says."""
FAULTY_BESIDE_CLEAR = {"sface+reid-0095": 0.1}
"""Where only the probe has a fault the mean is set higher by this share of the spread: the most
that kept both halves of the strangers under the promise (docs/decisions.md)."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    stored: dict[str, Numbers] = {}
    figures: dict[str, dict[str, Any]] = {}
    try:
        portraits = read_portraits(options.protocol, options.images)
        detector = open_detector(options.detector, options.device)
        others = _nobody_of(portraits, options.images)
        for name in options.encoder or ENCODERS:
            encoder = open_encoder(name, options.device)
            faces = {
                recipe: _found(faces_of(others, detector, encoder, recipe, options.device))
                for recipe in CONDITIONS
            }
            conditions = tuple(centres(faces[r], count) for r, count in CONDITIONS.items())
            usual = usual_of(conditions, faces["none"])
            pairs = fit(
                *_choosers(portraits, detector, encoder, options), Cohort(conditions, usual)
            )
            pairs[1:, 0, 0] += FAULTY_BESIDE_CLEAR.get(name, 0.0) * pairs[1:, 0, 1]
            for number, groups in enumerate(conditions):
                stored[f"{name}/{number}"] = groups.astype(np.float16)
            stored |= {f"usual/{name}": np.array(usual), f"pairs/{name}": pairs}
            figures[name] = {"usual": usual, "pairs": pairs.tolist()}
            print(f"{name}: usual {usual:.4f}, groups {[len(c) for c in conditions]}")
            print(f"means\n{pairs[..., 0].round(4)}\nspreads\n{pairs[..., 1].round(4)}", flush=True)
    except (BadProtocol, FacesError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if options.output:
        with options.output.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **stored)
    write_json(options.json, "cohort", {"results": figures})
    return 0


def centres(encodings: Floats, count: int) -> Numbers:
    """(K, D): the means of groups of LEAST people or more. Method: k-means (Lloyd 1957)."""
    points = encodings.astype(np.float64)
    random = np.random.default_rng(0)
    groups = points[random.choice(len(points), min(count, len(points)), replace=False)]
    for _ in range(ROUNDS):
        nearest = _nearest(points, groups)
        groups = np.stack(
            [
                points[nearest == g].mean(axis=0) if (nearest == g).any() else groups[g]
                for g in range(len(groups))
            ]
        )
    nearest = _nearest(points, groups)
    sizes = np.bincount(nearest, minlength=len(groups))
    return np.stack([points[nearest == g].mean(axis=0) for g in np.flatnonzero(sizes >= LEAST)])


def usual_of(conditions: tuple[Numbers, ...], clear: Floats) -> float:
    """`Cohort.usual` by the (N, D) encodings of clear photographs. Which of them count as clear
    depends on it a little, so it is taken twice."""
    usual = 0.0
    for _ in range(2):
        usual += float(Cohort(conditions, usual).place(clear).crowding[:, 0].mean())
    return usual


def fit(strangers: Floats, enrolled: Floats, cohort: Cohort) -> Numbers:
    """(C, C, 2) mean and spread of the normal distribution whose lower tail is that of strangers'
    scores, for each condition of the stranger and of the enrolled face."""
    shown, known = cohort.place(strangers), cohort.place(enrolled)
    a, b = strangers.astype(np.float64), enrolled.astype(np.float64)
    squared = np.square(a).sum(axis=1)[:, None] + np.square(b).sum(axis=1) - 2 * a @ b.T
    scores = cohort.scores(squared, shown, known)
    count = len(cohort.conditions)
    pairs = np.empty((count, count, 2))
    for one in range(count):
        for other in range(count):
            of_pair = scores[np.ix_(shown.condition == one, known.condition == other)].ravel()
            pairs[one, other] = _tail(of_pair if of_pair.size >= FEWEST_PAIRS else scores.ravel())
    faulty = pairs[1:, 1:]
    faulty[..., 0] -= BOTH_FAULTY * faulty[..., 1]
    return pairs


def _tail(scores: Numbers) -> tuple[float, float]:
    lowest = max(QUANTILES[0], LEAST_IN_TAIL / scores.size)
    shares = np.geomspace(lowest, QUANTILES[1], 50)
    places = [NormalDist().inv_cdf(float(share)) for share in shares]
    spread, mean = np.polyfit(places, np.quantile(scores, shares), 1)
    return float(mean), float(spread)


def _choosers(
    portraits: Sequence[Portrait],
    detector: Detector,
    encoder: Encoder,
    options: argparse.Namespace,
) -> tuple[Floats, Floats]:
    """Of the first half of the people, in every condition: strangers, and what may be enrolled: the
    clear photograph of the gallery and one more of everybody who has one."""
    half = [p for p in portraits if zlib.crc32(p.identity.encode()) % 2 == 0]
    gallery, _ = gallery_and_shown(half)
    strangers = [p for p in half if p.role == "stranger"]
    more = list({p.identity: p for p in reversed(half) if p.role == "probe"}.values())
    shown, enrolled = [], [_found(faces_of(gallery, detector, encoder, device=options.device))]
    for recipe in CONDITIONS:
        shown.append(_found(faces_of(strangers, detector, encoder, recipe, options.device)))
        enrolled.append(_found(faces_of(more, detector, encoder, recipe, options.device)))
    return np.concatenate(shown), np.concatenate(enrolled)


def _nobody_of(portraits: Sequence[Portrait], images: Path) -> list[Portrait]:
    """The photographs of people who are not in the protocol."""
    listed = {p.identity for p in portraits}
    return [
        Portrait(path, path.parent.name, "stranger")
        for path in sorted((images / "images").glob("*/*.jpg"))
        if path.parent.name not in listed
    ]


def _found(faces: Faces) -> Floats:
    return np.stack([e for e in faces.encodings if e is not None])


def _nearest(points: Numbers, groups: Numbers) -> Numbers:
    squared = np.square(groups).sum(axis=1) - 2 * points @ groups.T
    return np.asarray(squared.argmin(axis=1))


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("cohort", __doc__, _EPILOG)
    add_protocol_options(parser, ENCODERS)
    parser.add_argument("--output", type=Path, metavar="FILE.npz", help="write the cohort there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
