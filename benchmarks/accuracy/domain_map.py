"""Whether a linear map from infrared encodings to usual ones helps people it was not learnt of.

Eight sites whose cameras are infrared know their people by ordinary photographs. With half of its
people each site learns a ridge map from what its camera shows to the photograph: by itself, from
the sum of all sites' normal equations under masks, and as if all pairs lay in one place. The other
half of its people, and strangers, are then recognized through the map.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.support.arguments import add_protocol_options
from benchmarks.support.command import command_parser
from benchmarks.support.degrade import RECIPES
from benchmarks.support.normal_equations import NormalEquations, Numbers, masked_sum
from benchmarks.support.pairs import BadProtocol, read_portraits
from benchmarks.support.plots import draw_lines
from benchmarks.support.portraits import faces_of, gallery_and_shown
from benchmarks.support.report import percent, table, write_json
from benchmarks.support.trials import Faces, run_trials_at_once
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Floats
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.metrics.trials import Trials, joined
from lookout.faces.protocols import Encoder

ENCODERS = ("sface", "reid-0095", "dlib-128")
SITES, SPLITS, TARGET = 8, 5, 0.01
STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0)
"""Of the ridge, in means of the Gram matrix's diagonal."""
UNCHANGED, SHIFTED = "as it is", "the difference of the means off, all sites'"
WAYS = ("by itself", "together, under masks", "central")
HEAD = ("encoder", "map", "strength", "DIR %, the rule", "±", "DIR %, distance", "±")
_EPILOG = """example:
  python -m benchmarks.domain_map --images lfw --protocol lfw/identify_dev.csv --limit 600

DIR where one stranger in a hundred is named, with hindsight: by Lookout's rule, and by the distance
of the nearest alone. ± is between splits. Every strength of the ridge is shown, so the best row is
more than could be had without knowing the answers.
"""


@dataclass(frozen=True, slots=True)
class Site:
    """gallery: photographs of its people. learn: probes of half of them, test: of the others, and
    strangers; both through the site's camera."""

    gallery: Faces
    learn: Faces
    test: Faces

    def equations(self) -> NormalEquations:
        """Of each probe to learn from and the photograph of the same person."""
        known = dict(zip(self.gallery.names, self.gallery.encodings, strict=True))
        pairs = [
            (probe, photograph)
            for probe, name in zip(self.learn.encodings, self.learn.names, strict=True)
            if probe is not None and (photograph := known[name]) is not None
        ]
        x, y = (np.array(side, np.float64) for side in zip(*pairs, strict=True))
        return NormalEquations.of(x, y)


def dealt(gallery: Faces, probes: Faces, random: np.random.Generator) -> list[Site]:
    """People dealt to the sites, and at each site by halves to learning and testing."""
    enrolled = set(gallery.names)
    people = random.permutation(sorted(enrolled))
    strangers = set(probes.names) - enrolled

    def part(own: Sequence[str]) -> Site:
        learning, tested = set(own[::2]), set(own[1::2])
        return Site(
            gallery.where([name in learning | tested for name in gallery.names]),
            probes.where([name in learning for name in probes.names]),
            probes.where([name in tested | strangers for name in probes.names]),
        )

    return [part([str(name) for name in people[index::SITES]]) for index in range(SITES)]


def mapped(faces: Faces, change: Numbers, shift: Numbers, unit: bool) -> Faces:
    """The faces through the map x ↦ x · change + shift; on the unit sphere where they lay there."""
    result: list[Floats | None] = []
    for encoding in faces.encodings:
        if encoding is None:
            result.append(None)
            continue
        moved = encoding @ change + shift
        moved = moved / np.linalg.norm(moved) if unit else moved
        result.append(moved.astype(np.float32))
    return Faces(tuple(result), faces.names)


def by_distance(site: Site, probes: Faces, encoder: str) -> Trials:
    """The trials of whoever names the nearest, if near enough."""
    gallery = site.gallery.as_gallery(encoder)
    people, names = np.array(gallery.names), np.array(probes.names)
    rows = [i for i, encoding in enumerate(probes.encodings) if encoding is not None]
    distances = gallery.distances(np.stack([e for e in probes.encodings if e is not None]))
    nearest, right = np.full(len(probes), np.inf), np.zeros(len(probes), bool)
    nearest[rows] = distances.min(axis=1)
    right[rows] = people[distances.argmin(axis=1)] == names[rows]
    return Trials(nearest, right, np.isin(names, people))


def measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """The DIR of each map of one encoder, and the bytes that a site would send."""
    encoder = open_encoder(name, options.device)
    detector = open_detector(options.detector, options.device)
    enrolled, shown = gallery_and_shown(
        read_portraits(options.protocol, options.images), options.limit
    )
    gallery = faces_of(enrolled, detector, encoder, "none", options.device)
    probes = faces_of(shown, detector, encoder, options.recipe, options.device)
    found: dict[tuple[str, float], list[tuple[float, float]]] = {}
    sent = pairs = 0
    for split in range(options.splits):
        sites = dealt(gallery, probes, np.random.default_rng(split))
        each = [site.equations() for site in sites]
        together, sent = masked_sum(each)
        pairs = round(together.pairs)
        for key, maps in _maps(each, together).items():
            figures = _found(sites, maps, encoder)
            found.setdefault(key, []).append(figures)
    return {
        "rows": [
            {"map": way, "strength": strength, **_summary(np.array(figures))}
            for (way, strength), figures in found.items()
        ],
        "pairs": pairs,
        "bytes_a_site": sent,
    }


Map = tuple[Numbers, Numbers]


def _maps(
    each: Sequence[NormalEquations], together: NormalEquations
) -> Mapping[tuple[str, float], Sequence[Map]]:
    """For each way the map of each site."""
    size = len(together.x)
    still, none = np.eye(size), np.zeros(size)
    central = NormalEquations.from_numbers(np.sum([one.numbers() for one in each], axis=0), size)
    maps: dict[tuple[str, float], Sequence[Map]] = {
        (UNCHANGED, 0.0): [(still, none)] * SITES,
        (SHIFTED, 0.0): [(still, together.shift())] * SITES,
    }
    for strength in STRENGTHS:
        own = [(one.ridge(strength), none) for one in each]
        for way, chosen in zip(
            WAYS,
            (own, *([(one.ridge(strength), none)] * SITES for one in (together, central))),
            strict=True,
        ):
            maps[way, strength] = chosen
    return maps


def _found(sites: Sequence[Site], maps: Sequence[Map], encoder: Encoder) -> tuple[float, float]:
    """DIR at 1 % of all sites' strangers, by the rule and by distance."""
    rule = Rule.for_encoder(encoder.name, encoder.tolerance)
    ruled, near = [], []
    for site, (change, shift) in zip(sites, maps, strict=True):
        unit = encoder.name != "dlib-128"
        seen = mapped(site.test, change, shift, unit)
        ruled.append(run_trials_at_once(site.gallery.as_gallery(encoder.name), seen, rule))
        near.append(by_distance(site, seen, encoder.name))
    by_rule, by_nearest = (
        trials.found(trials.allowed_for(TARGET)).share for trials in (joined(ruled), joined(near))
    )
    return by_rule, by_nearest


def _summary(figures: Numbers) -> dict[str, float]:
    spread = figures.std(axis=0)
    return {
        "rule": float(figures[:, 0].mean()),
        "rule_spread": float(spread[0]),
        "distance": float(figures[:, 1].mean()),
        "distance_spread": float(spread[1]),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    results: list[dict[str, Any]] = []
    try:
        for name in options.encoder or ENCODERS[:1]:
            results.append({"encoder": name, **measure(name, options)})
            _print(results[-1])
    except (BadProtocol, FacesError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    _draw(options, results[0])
    write_json(options.json, "domain_map", {"recipe": options.recipe, "results": results})
    return 0


def _draw(options: argparse.Namespace, result: Mapping[str, Any]) -> None:
    def line(way: str) -> tuple[Sequence[float], Sequence[float]]:
        rows = [row for row in result["rows"] if row["map"] == way]
        return [row["strength"] or STRENGTHS[0] for row in rows], [row["rule"] for row in rows]

    draw_lines(
        options.plot,
        f"Own names where 1 % of strangers get one, {options.recipe} ({result['encoder']})",
        ("strength of the ridge", "DIR"),
        {way: line(way) for way in (UNCHANGED, SHIFTED, *WAYS)},
    )


def _print(result: Mapping[str, Any]) -> None:
    rows = [
        (
            *(result["encoder"], row["map"], f"{row['strength']:g}" if row["strength"] else "–"),
            *(percent(row[key]) for key in ("rule", "rule_spread", "distance", "distance_spread")),
        )
        for row in result["rows"]
    ]
    print(table(HEAD, rows))
    print(f"\n{result['pairs']} pairs in all; a site sends {result['bytes_a_site'] / 1024:.0f} KiB")


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("domain_map", __doc__, _EPILOG)
    add_protocol_options(parser, ENCODERS)
    parser.add_argument("--splits", type=int, default=SPLITS, help="(%(default)s)")
    parser.add_argument(
        "--recipe", default="infrared", choices=tuple(RECIPES), help="of the cameras (%(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
