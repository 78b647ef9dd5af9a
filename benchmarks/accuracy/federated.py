"""Calibration of strangers at eight sites: alone, together, with noise, with a liar, with infrared.

Each site has people of its own and some strangers by whom it decides which chance to allow; what is
measured is how many strangers whom nobody knew get a name there (realised FPIR; 1 % is wanted), and
how many probes of its own people get theirs (DIR)."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.support.arguments import add_protocol_options
from benchmarks.support.command import command_parser
from benchmarks.support.federated_attack import Attacks, attacked
from benchmarks.support.federated_sites import TARGET, Site, Sites, make_site
from benchmarks.support.pairs import BadProtocol, read_portraits
from benchmarks.support.plots import draw_sorted
from benchmarks.support.portraits import faces_of, gallery_and_shown
from benchmarks.support.report import percent, table, write_json
from benchmarks.support.trials import Faces
from lookout.faces.decision.rule import Rule
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.metrics.trials import joined
from lookout.faces.protocols import Encoder
from lookout.server.federated.aggregate import Aggregation
from lookout.server.federated.histogram import (
    BINS,
    LARGEST_ALLOWED,
    LEAST_ALLOWED,
    SHAPE,
    STRANGER,
    UNIT,
)
from lookout.server.federated.plan import RoundPlan

ENCODERS = ("sface", "reid-0095", "dlib-128")
SITES = 8
SPLITS = 6
EPSILONS = (10.0, 3.0, 1.0)
LIAR, SPECIAL = 3, 0
LIE_PEOPLE = 2000
"""So many strangers the liar claims, none of whom comes near anybody: an invitation to allow more.
"""
HEAD = ("encoder", "calibration", "FPIR % mean", "FPIR % max", "± between sites", "DIR %")
INFRARED_HEAD = ("encoder", "calibration", "FPIR % there", "max", "DIR % there", "FPIR % elsewhere")
ATTACK_HEAD = ("encoder", "what is seen", "member or not: AUC", "newcomer's bin found %", "bound")
_EPILOG = """example:
  python -m benchmarks.federated --images lfw --protocol lfw/identify_dev.csv \\
      --json federated.json --plot federated.png

The gallery's people and half of the strangers are dealt to eight sites, afresh for each split; the
other half of the strangers is tried at every site. A site counts three of four of its strangers,
and the rest judge (`taken where better`). Rounds are real ones in one process: signed, masked.
"""


@dataclass(frozen=True, slots=True)
class Realised:
    """fpir, found: of each site and split, 0 to 1."""

    fpir: list[float] = field(default_factory=list)
    found: list[float] = field(default_factory=list)

    def add(self, site: Site, allowed: float) -> None:
        self.fpir.append(site.test.named(allowed).share)
        self.found.append(site.test.found(allowed).share)

    def to_json(self) -> dict[str, float]:
        fpir = np.array(self.fpir)
        return {
            "fpir": float(fpir.mean()),
            "fpir_max": float(fpir.max()),
            "fpir_spread": float(fpir.std()),
            "dir": float(np.mean(self.found)),
        }


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    results: list[dict[str, Any]] = []
    try:
        for name in options.encoder or ENCODERS[:1]:
            results.append({"encoder": name, **_measured(name, options)})
            _print(results[-1])
    except (BadProtocol, FacesError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    write_json(options.json, "federated", {"results": results})
    if options.plot:
        first = results[0]["methods"]
        draw_sorted(
            options.plot,
            f"Strangers that get a name at {SITES} sites, {options.splits} splits "
            f"({results[0]['encoder']})",
            {name: first[name]["sorted"] for name in _DRAWN},
            TARGET,
        )
    return 0


_DRAWN = (
    *("by itself", "together", "together, ε = 3", "central"),
    *("with a liar: sum", "with a liar: median"),
)


def _measured(name: str, options: argparse.Namespace) -> dict[str, Any]:
    encoder = open_encoder(name, options.device)
    detector = open_detector(options.detector, options.device)
    portraits = read_portraits(options.protocol, options.images)
    enrolled, shown = gallery_and_shown(portraits, options.limit)
    gallery = faces_of(enrolled, detector, encoder, "none", options.device)
    faces = faces_of(shown, detector, encoder, "none", options.device)
    methods: dict[str, Realised] = {}
    infrared: dict[str, tuple[Realised, Realised]] = {}
    attacks, costs = Attacks(), []
    for split in range(options.splits):
        random = np.random.default_rng(split)
        dealt = _dealt(gallery, faces, random)
        sites = [_site(encoder, index, part) for index, part in enumerate(dealt)]
        with tempfile.TemporaryDirectory() as folder:
            costs.append(_run_methods(Path(folder), sites, encoder, methods))
            if split < options.infrared:
                wanted = {name for part in dealt[SPECIAL][1:] for name in part.names}
                pictures = [p for p in shown if p.identity in wanted]
                dark = faces_of(pictures, detector, encoder, "infrared", options.device)
                mixed = [*sites]
                mixed[SPECIAL] = _site(encoder, SPECIAL, _seen_by(dealt[SPECIAL], dark))
                _run_infrared(Path(folder) / "infrared", mixed, encoder, infrared)
        attacked(attacks, sites, EPSILONS, random)
    return {
        "methods": {
            name: {**one.to_json(), "sorted": sorted(one.fpir)} for name, one in methods.items()
        },
        "infrared": {
            name: {"there": there.to_json(), "elsewhere": elsewhere.to_json()}
            for name, (there, elsewhere) in infrared.items()
        },
        "attacks": attacks.to_json(),
        "bytes_a_site": float(np.mean([c[0] for c in costs])),
        "seconds_a_round": float(np.mean([c[1] for c in costs])),
        "people_a_site": len(gallery) / SITES,
        "strangers_a_site": sum(n not in set(gallery.names) for n in faces.names) / 2 / SITES,
    }


Dealt = tuple[Faces, Faces, Faces, Faces]


def _seen_by(part: Dealt, faces: Faces) -> Dealt:
    """The same people, their probes and the strangers' as in `faces`."""
    home, *others = part
    names = [set(one.names) for one in others]
    probes, met, later = (faces.where([n in own for n in faces.names]) for own in names)
    return home, probes, met, later


def _dealt(gallery: Faces, faces: Faces, random: np.random.Generator) -> list[Dealt]:
    """For each site its gallery, the probes of its people, strangers it knows, and later ones."""
    enrolled = set(gallery.names)
    people = random.permutation(sorted(enrolled))
    strangers = random.permutation(sorted(set(faces.names) - enrolled))
    known, later = strangers[: len(strangers) // 2], set(strangers[len(strangers) // 2 :])

    def part(index: int) -> Dealt:
        own, few = set(people[index::SITES]), set(known[index::SITES])
        home = gallery.where([name in own for name in gallery.names])
        probes, met, new = (
            faces.where([name in wanted for name in faces.names]) for wanted in (own, few, later)
        )
        return home, probes, met, new

    return [part(index) for index in range(SITES)]


def _site(encoder: Encoder, index: int, part: Dealt) -> Site:
    home, probes, met, later = part
    return make_site(encoder, home, probes, met, later, bytes([index]) * 32)


def _run_methods(
    folder: Path, sites: Sequence[Site], encoder: Encoder, methods: dict[str, Realised]
) -> tuple[float, float]:
    """All ways to calibrate; the bytes of a site and the seconds of one round."""
    default = Rule.for_encoder(encoder.name, encoder.tolerance).fpir

    def add(name: str, allowed: Callable[[Site], float]) -> None:
        for site in sites:
            methods.setdefault(name, Realised()).add(site, allowed(site))

    add("the default that ships", lambda _: default)
    add("by itself", lambda site: _limited(site.learn.allowed_for(TARGET)))
    everybody = joined([site.learn for site in sites])
    plan = RoundPlan(encoder.name, target=TARGET)
    members = Sites(folder / "plain", [site.counted for site in sites])
    began = time.perf_counter()
    new, taken = members.run(plan)
    cost = members.bytes / SITES, time.perf_counter() - began
    add("together", lambda site: new.allowed(site.counted.mix))
    better = dict(zip(map(id, sites), taken, strict=True))
    add(
        "together, taken where better",
        lambda site: new.allowed(site.counted.mix) if better[id(site)] else default,
    )
    for epsilon in EPSILONS:
        noisy, _ = members.run(replace(plan, epsilon=epsilon))
        add(f"together, ε = {epsilon:g}", lambda site, r=noisy: r.allowed(site.counted.mix))  # type: ignore[misc]
    robust = {how: RoundPlan(encoder.name, how, 2, target=TARGET) for how in
              (Aggregation.MEDIAN, Aggregation.TRIMMED)}  # fmt: skip
    for how, grouped in robust.items():
        one, _ = members.run(grouped)
        add(f"together, {how} of groups of two", lambda site, r=one: r.allowed(site.counted.mix))  # type: ignore[misc]
    add("central", lambda _: _limited(everybody.allowed_for(TARGET)))
    liars = Sites(folder / "liar", _with_liar(sites))
    for how, asked in {Aggregation.SUM: plan, **robust}.items():
        bent, _ = liars.run(asked)
        add(f"with a liar: {how}", lambda site, r=bent: r.allowed(site.counted.mix))  # type: ignore[misc]
    return cost


def _with_liar(sites: Sequence[Site]) -> list[Any]:
    lie = np.zeros(SHAPE, np.int64)
    lie[STRANGER, :, BINS - 1] = LIE_PEOPLE * UNIT // SHAPE[1]
    return [
        replace(site.counted, counts=lie) if index == LIAR else site.counted
        for index, site in enumerate(sites)
    ]


def _run_infrared(
    folder: Path,
    mixed: Sequence[Site],
    encoder: Encoder,
    results: dict[str, tuple[Realised, Realised]],
) -> None:
    """One site with infrared cameras, the others with ordinary ones."""
    new, _ = Sites(folder, [site.counted for site in mixed]).run(
        RoundPlan(encoder.name, target=TARGET)
    )
    default = Rule.for_encoder(encoder.name, encoder.tolerance).fpir
    ways: Mapping[str, Callable[[Site], float]] = {
        "the default that ships": lambda _: default,
        "by itself": lambda site: _limited(site.learn.allowed_for(TARGET)),
        "together, bands as they are everywhere": lambda _: new.allowed(),
        "together, by the site's own bands": lambda site: new.allowed(site.counted.mix),
    }
    for name, allowed in ways.items():
        there, elsewhere = results.setdefault(name, (Realised(), Realised()))
        for index, site in enumerate(mixed):
            (there if index == SPECIAL else elsewhere).add(site, allowed(site))


def _limited(allowed: float) -> float:
    return min(max(allowed, LEAST_ALLOWED), LARGEST_ALLOWED)


def _print(result: Mapping[str, Any]) -> None:
    encoder = result["encoder"]
    rows = [
        (encoder, name, *(percent(r[key], 2) for key in ("fpir", "fpir_max", "fpir_spread")),
         percent(r["dir"]))
        for name, r in result["methods"].items()
    ]  # fmt: skip
    print(table(HEAD, rows))
    print()
    print(table(INFRARED_HEAD, [
        (encoder, name, percent(r["there"]["fpir"], 2), percent(r["there"]["fpir_max"], 2),
         percent(r["there"]["dir"]), percent(r["elsewhere"]["fpir"], 2))
        for name, r in result["infrared"].items()
    ]))  # fmt: skip
    print()
    print(table(ATTACK_HEAD, [
        (encoder, name, f"{r['auc']:.2f}", percent(r["bin_found"], 0), f"{r['bound']:.2f}")
        for name, r in result["attacks"].items()
    ]))  # fmt: skip
    print(f"\na round: {result['bytes_a_site'] / 1024:.0f} KiB a site, all messages both ways; "
          f"{result['seconds_a_round']:.2f} s in one process")  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("federated", __doc__, _EPILOG)
    add_protocol_options(parser, ENCODERS)
    parser.add_argument("--splits", type=int, default=SPLITS, help="(%(default)s)")
    parser.add_argument(
        "--infrared", type=int, default=1, help="splits with an infrared site (%(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
