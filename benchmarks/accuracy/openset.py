"""Open-set decision on enrolled people and strangers: the original rule beside the default."""

from __future__ import annotations

import argparse
import sys
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.accuracy.smaller_galleries import rules_of, smaller_galleries
from benchmarks.support.arguments import add_protocol_options
from benchmarks.support.command import command_parser
from benchmarks.support.degrade import RECIPES
from benchmarks.support.pairs import BadProtocol, Portrait, read_portraits
from benchmarks.support.plots import draw_curves
from benchmarks.support.portraits import faces_of, gallery_and_shown
from benchmarks.support.report import table, write_json
from benchmarks.support.trials import Faces, run_trials
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.metrics.share import Share
from lookout.faces.metrics.threshold import Numbers
from lookout.faces.metrics.trials import Trials
from lookout.faces.protocols import Detector, Encoder

_EPILOG = """example:
  python -m benchmarks.openset --images lfw --protocol lfw/identify_dev.csv --json openset.json

The protocol is that of benchmarks.identify: one photograph a person is enrolled, strangers are
probes whose identity is not. FPIR: strangers that get a name. DIR: probes of enrolled people that
get their own. In brackets the 95 % interval (Wilson). "default" is the server's own configuration;
"at FPIR 1 %" moves what is allowed until one stranger in a hundred is named. The rule before is the
original system's: most votes within the fixed tolerance win.
"""
ENCODERS = (
    "sface",
    "sface+reid-0095",
    "dlib-128",
    "dlib-128-mirrored",
    "reid-0095",
    "dlib-128+reid-0095",
    "dlib-128-mirrored+reid-0095-mirrored",
)
TARGET = 0.01
HALVES = ("all", "first half", "second half")
HEAD = (
    *("degrade", "encoder", "people", "before: FPIR %", "before: DIR %", "default: FPIR %"),
    *("default: DIR %", "default: wrong name %", "DIR % at FPIR 1 %"),
)
SIZES_HEAD = (
    "degrade",
    "encoder",
    "people",
    "photographs",
    "before: FPIR %",
    "before: DIR %",
    *HEAD[5:8],
)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        results, sizes, curves = _results(options)
    except (BadProtocol, FacesError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(table(HEAD, [_row(r) for r in results]))
    if sizes:
        print()
        print(table(SIZES_HEAD, [_size_row(r) for r in sizes]))
    print()
    print(promise([*results, *sizes]))
    write_json(options.json, "openset", {"results": results, "sizes": sizes})
    draw_curves(
        options.plot,
        "Open set, one photograph a person: the decision",
        ("false positive identification rate (FPIR)", "detection and identification rate (DIR)"),
        curves,
    )
    return 0


def _results(
    options: argparse.Namespace,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, tuple[Numbers, Numbers]]]:
    """Rows of the whole gallery, rows of smaller ones, and DIR over FPIR of each setting."""
    results: list[dict[str, Any]] = []
    sizes: list[dict[str, Any]] = []
    curves: dict[str, tuple[Numbers, Numbers]] = {}
    portraits = read_portraits(options.protocol, options.images)
    detector = open_detector(options.detector, options.device)
    for name in options.encoder or ENCODERS:
        encoder = open_encoder(name, options.device)
        for recipe in options.degrade or RECIPES:
            gallery, probes = _faces(portraits, detector, encoder, recipe, options)
            for who in HALVES if options.halves else HALVES[:1]:
                before, after = _measure(encoder, _half(gallery, who), _half(probes, who))
                results.append(
                    {"degrade": recipe, "encoder": name, "identities": who}
                    | {"people": len(_half(gallery, who))}
                    | _figures(before, after, rules_of(encoder)[1].fpir)
                )
                print(table(HEAD, [_row(results[-1])]).splitlines()[-1], flush=True)
                if who == "all":
                    curves[f"{name}, {recipe}"] = _curve(after)
            if options.sizes:
                sizes += _sizes(encoder, recipe, gallery, probes)
    return results, sizes, curves


def _faces(
    portraits: Sequence[Portrait],
    detector: Detector,
    encoder: Encoder,
    recipe: str,
    options: argparse.Namespace,
) -> tuple[Faces, Faces]:
    """The gallery, and all probes after `recipe`."""
    enrolled, shown = gallery_and_shown(portraits, options.limit)
    return (
        faces_of(enrolled, detector, encoder, "none", options.device),
        faces_of(shown, detector, encoder, recipe, options.device),
    )


def _half(faces: Faces, who: str) -> Faces:
    """The faces of all identities, or of one of two halves that have nobody in common."""
    if who == "all":
        return faces
    wanted = 0 if who == "first half" else 1
    return faces.where([zlib.crc32(name.encode()) % 2 == wanted for name in faces.names])


def _measure(encoder: Encoder, gallery: Faces, probes: Faces) -> tuple[Trials, Trials]:
    """The trials by the rule before, and by the server's default."""
    before, after = rules_of(encoder)
    known = gallery.as_gallery(encoder.name)
    return (
        run_trials(known, probes, before, f"before, {encoder.name}"),
        run_trials(known, probes, after, f"now, {encoder.name}"),
    )


def _figures(before: Trials, after: Trials, allowed: float) -> dict[str, Any]:
    return {
        "before_fpir": _share(before.named(1.0)),
        "before_dir": _share(before.found(1.0)),
        "default_fpir": _share(after.named(allowed)),
        "default_dir": _share(after.found(allowed)),
        "default_confused": _share(after.confused(allowed)),
        "dir_at_1_percent": _share(after.found(after.allowed_for(TARGET))),
        "allowed_at_1_percent": after.allowed_for(TARGET),
    }


def _share(share: Share) -> dict[str, Any]:
    low, high = share.interval
    return {"share": share.share, "low": low, "high": high, "of": share.trials, "text": str(share)}


def _curve(trials: Trials) -> tuple[Numbers, Numbers]:
    """FPIR and DIR as far as they go: some faces get no name whatever chance is allowed."""
    strangers = int((~trials.mated).sum())
    rates = np.geomspace(1 / max(strangers, 1), 1, 60)
    allowed = np.unique([min(trials.allowed_for(float(rate)), 1.0) for rate in rates])
    fpir = [trials.named(float(chance)).share for chance in allowed]
    return np.array(fpir), np.array([trials.found(float(chance)).share for chance in allowed])


def _sizes(encoder: Encoder, recipe: str, gallery: Faces, probes: Faces) -> list[dict[str, Any]]:
    """The same for smaller galleries drawn from it, of one and of several photographs a person."""
    return [
        {"degrade": recipe, "encoder": encoder.name}
        | {"people": size, "photographs": photographs}
        | _figures(before, after, rules_of(encoder)[1].fpir)
        for size, photographs, before, after in smaller_galleries(encoder, gallery, probes)
    ]


def _row(r: dict[str, Any]) -> tuple[str, ...]:
    who = "" if r["identities"] == "all" else f" ({r['identities']})"
    return (
        r["degrade"],
        r["encoder"] + who,
        str(r["people"]),
        *_cells(r),
        r["dir_at_1_percent"]["text"],
    )


def _size_row(r: dict[str, Any]) -> tuple[str, ...]:
    head = (r["degrade"], r["encoder"], str(r["people"]), str(r["photographs"]))
    return (*head, *_cells(r))


def _cells(r: dict[str, Any]) -> tuple[str, ...]:
    keys = ("before_fpir", "before_dir", "default_fpir", "default_dir", "default_confused")
    return tuple(r[key]["text"] for key in keys)


def promise(rows: Sequence[dict[str, Any]]) -> str:
    """The rows in which the server's default names more strangers than it promises to."""
    over = [r for r in rows if r["default_fpir"]["share"] > TARGET]
    if not over:
        return f"The default named at most 1 % of the strangers in each of {len(rows)} rows."
    lines = [
        f"  {r['degrade']}, {r['encoder']}, {r['people']} people: {r['default_fpir']['text']}"
        + (", surely" if r["default_fpir"]["low"] > TARGET else "")
        for r in over
    ]
    head = f"The default named more than 1 % of the strangers in {len(over)} of {len(rows)} rows:"
    return "\n".join([head, *lines])


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("openset", __doc__, _EPILOG)
    add_protocol_options(parser, ENCODERS)
    add = parser.add_argument
    add("--degrade", action="append", choices=tuple(RECIPES), help="of probes; default: every one")
    add("--halves", action="store_true", help="also each half of the identities by itself")
    add("--sizes", action="store_true", help="also smaller galleries, and 2 photographs a person")
    return parser


if __name__ == "__main__":
    sys.exit(main())
