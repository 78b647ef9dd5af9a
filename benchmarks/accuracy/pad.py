"""Presentation attack detection: APCER, BPCER and non-response (ISO/IEC 30107-3)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.support.arguments import evenly
from benchmarks.support.command import command_parser
from benchmarks.support.composed_attacks import drawn
from benchmarks.support.liveness_page import write_page
from benchmarks.support.liveness_views import PRODUCT, RULES, USUAL, Rule, View, look_at, score_of
from benchmarks.support.pairs import BadProtocol
from benchmarks.support.plots import draw_curves
from benchmarks.support.presentations import (
    BONA_FIDE,
    Presentation,
    read_clip,
    read_folder,
    read_protocol,
    shown,
    tracks,
)
from benchmarks.support.report import table, write_json
from lookout.faces.engine import open_detector
from lookout.faces.errors import FacesError
from lookout.faces.liveness.open import open_liveness
from lookout.faces.liveness.track import MAX_LOOKS
from lookout.faces.metrics.presentation import (
    PresentationFigures,
    bpcer_at_apcer,
    detection_curve,
    middle_threshold,
    presentation_figures,
)
from lookout.faces.metrics.share import Share
from lookout.faces.metrics.threshold import Numbers
from lookout.faces.photo.picture import read_picture
from lookout.faces.runtime.session import RuntimeChoice

_EPILOG = """example:
  python -m benchmarks.pad --images nuaa_dev --protocol nuaa_dev/labels.csv --json pad.json
  python -m benchmarks.pad --bona-fide live --attack print=prints --attack phone=replays

A folder holds pictures and clips; the first folder below it is the person. The CSV has the columns
path, identity and label (`live`, else the species). Pictures whose names differ in the last number
alone are one sequence, taken at 20 a second. A frame is judged by itself; a track is five frames
that follow one another, of a clip 0.4 s apart. A presentation without an answer (no face, too
small, undecided) is in the column "no answer". "Other people's threshold": each person is judged
by the middle between the faces of all others.
"""

APCER = 0.05


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        presentations = _presentations(options)
        choice = RuntimeChoice("cpu", threads=1)
        detector = open_detector(options.detector, runtime=choice)
        pictures = shown(presentations)
        if options.draw:
            backgrounds = [read_picture(file.read_bytes()).image_bgr for file in options.draw]
            pictures = chain(pictures, drawn(presentations, backgrounds, detector))
        views, milliseconds = look_at(pictures, detector, open_liveness())
    except (BadProtocol, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except FacesError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    results = [
        row
        for unit, grouped in _units(views)
        for rule in RULES
        for row in _rows(unit, rule, grouped)
    ]
    results += [_other_people(unit, grouped) for unit, grouped in _units(views)]
    people = {view.presentation.person for view in views}
    facts = f"{len(views)} frames of {len(people)} people; {milliseconds:.1f} ms a face on one core"
    print(_table(results))
    print(facts)
    write_json(
        options.json,
        "pad",
        {
            "people": len(people),
            "frames": len(views),
            "ms_a_face": milliseconds,
            "results": results,
        },
    )
    _plot(options.plot, views)
    if options.page:
        write_page(options.page, f"{facts}.", results)
    return 0


def _units(views: Sequence[View]) -> tuple[tuple[str, list[list[View]]], ...]:
    """Frames by themselves, and tracks; without those that have no live face or no attack."""
    places = tracks([view.presentation for view in views], MAX_LOOKS)
    together = [[views[place] for place in track] for track in places]
    units = (("frame", [[view] for view in views]), ("track", together))
    return tuple((name, groups) for name, groups in units if _both_kinds(groups))


def _both_kinds(groups: Sequence[Sequence[View]]) -> bool:
    species = {group[0].presentation.species for group in groups}
    return BONA_FIDE in species and len(species) > 1


def _scores(groups: Sequence[Sequence[View]], rule: Rule) -> tuple[Numbers, dict[str, Numbers]]:
    """The scores of bona fide presentations, and of each species."""
    scores = np.array([score_of(group, rule) for group in groups])
    species = np.array([group[0].presentation.species for group in groups])
    attacks = {
        str(name): scores[species == name] for name in np.unique(species) if name != BONA_FIDE
    }
    return scores[species == BONA_FIDE], attacks


def _rows(unit: str, rule: Rule, groups: Sequence[Sequence[View]]) -> list[dict[str, Any]]:
    bona_fide, attacks = _scores(groups, rule)
    figures = presentation_figures(bona_fide, attacks, rule.live_from, rule.spoof_to)
    return [_row(unit, rule.name, figures, bpcer_at_apcer(bona_fide, attacks, APCER))]


def _other_people(unit: str, groups: Sequence[Sequence[View]]) -> dict[str, Any]:
    """Each person judged by the middle between the faces of the others."""
    rule = PRODUCT
    people = sorted({group[0].presentation.person for group in groups})
    live: list[Numbers] = []
    attack: dict[str, list[Numbers]] = {}
    thresholds: dict[str, float] = {}
    for person in people:
        others = [g for g in groups if g[0].presentation.person != person]
        if {BONA_FIDE} >= {g[0].presentation.species for g in others}:
            continue
        threshold = middle_threshold(*_scores(others, rule))
        thresholds[person] = threshold
        own, attacks = _scores([g for g in groups if g[0].presentation.person == person], rule)
        live.append(own - threshold)
        for name, scores in attacks.items():
            attack.setdefault(name, []).append(scores - threshold)
    bona_fide = np.concatenate([np.zeros(0), *live])
    joined = {name: np.concatenate(parts) for name, parts in attack.items()}
    if not joined:
        return {}
    figures = presentation_figures(bona_fide, joined, 0.0, -1e-9)
    row = _row(
        unit,
        "the product, other people's threshold",
        figures,
        bpcer_at_apcer(bona_fide, joined, APCER),
    )
    return row | {"thresholds": thresholds}


def _row(unit: str, rule: str, figures: PresentationFigures, bpcer_at: Share) -> dict[str, Any]:
    return {
        "unit": unit,
        "rule": rule,
        "worst_species": figures.worst[0],
        "apcer": {name: _as_json(share) for name, share in figures.apcer.items()},
        "bpcer": _as_json(figures.bpcer),
        "bpcer_at_apcer_5": _as_json(bpcer_at),
        "attack_no_answer": {n: _as_json(share) for n, share in figures.attack_silence.items()},
        "bona_fide_no_answer": _as_json(figures.bona_fide_silence),
    }


def _as_json(share: Share) -> dict[str, float | int | list[float]]:
    low, high = share.interval
    return {
        "hits": share.hits,
        "trials": share.trials,
        "share": share.share,
        "interval": [low, high],
    }


def _table(results: Sequence[Mapping[str, Any]]) -> str:
    head = ("of", "rule", "APCER % by species", "BPCER %", "BPCER % @ APCER 5 %",
            "no answer %: attacks", "no answer %: bona fide")  # fmt: skip
    return table(
        head,
        [
            (row["unit"], row["rule"], _by_species(row["apcer"]), _text(row["bpcer"]),
             _text(row["bpcer_at_apcer_5"]), _by_species(row["attack_no_answer"]),
             _text(row["bona_fide_no_answer"]))
            for row in results if row
        ],
    )  # fmt: skip


def _by_species(shares: Mapping[str, Mapping[str, Any]]) -> str:
    return ", ".join(f"{name} {_text(share)}" for name, share in shares.items())


def _text(share: Mapping[str, Any]) -> str:
    return str(Share(share["hits"], share["trials"]))


def _plot(file: Path | None, views: Sequence[View]) -> None:
    curves = {
        f"{rule.name}, {unit}": detection_curve(*_scores(groups, rule))
        for unit, groups in _units(views)
        for rule in (USUAL, PRODUCT)
    }
    draw_curves(file, "Presentation attack detection",
                ("APCER of the worst species", "1 - BPCER"), curves)  # fmt: skip


def _presentations(options: argparse.Namespace) -> list[Presentation]:
    found: list[Presentation] = []
    if options.protocol:
        found += read_protocol(options.protocol, options.images, options.live_label)
    for folder in options.bona_fide:
        found += read_folder(folder, BONA_FIDE)
    for species, folder in options.attack:
        found += read_folder(folder, species)
    for clip, truth in options.live_clip:
        found += read_clip(clip, truth)
    species = {presentation.species for presentation in found}
    if BONA_FIDE not in species or len(species) < 2:
        raise BadProtocol("give bona fide presentations and at least one species of attack")
    return evenly(found, options.limit)


def _attack(text: str) -> tuple[str, Path]:
    species, equals, folder = text.partition("=")
    if not equals or not species or species == BONA_FIDE:
        raise argparse.ArgumentTypeError(f"give SPECIES=DIR, like print=prints, got {text!r}")
    return species, Path(folder)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("pad", __doc__, _EPILOG)
    add = parser.add_argument
    add("--bona-fide", type=Path, action="append", default=[], metavar="DIR", help="live faces")
    add("--attack", type=_attack, action="append", default=[], metavar="SPECIES=DIR",
        help="attacks of one species; may be repeated")  # fmt: skip
    add("--images", type=Path, default=Path(), metavar="DIR", help="what the CSV's paths lie under")
    add("--protocol", type=Path, metavar="CSV", help="columns path, identity, label")
    add("--live-label", default="live", help="the label of bona fide presentations (%(default)s)")
    add("--live-clip", type=Path, nargs=2, action="append", default=[], metavar=("CLIP", "CSV"),
        help="a clip of live people; columns first_frame, last_frame and identity")  # fmt: skip
    add("--draw", type=Path, action="append", default=[], metavar="PICTURE",
        help="more species: the live people on sheets and telephones that are drawn before this "
        "background, and still pictures of them; may be repeated")  # fmt: skip
    add("--detector", default="yunet", help="(%(default)s)")
    add("--limit", type=int, help="only so many pictures, evenly picked")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    add("--page", type=Path, metavar="FILE.md",
        help="write the tables into this page, between its two marks")  # fmt: skip
    add("--plot", type=Path, metavar="FILE.png", help="draw the curves there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
