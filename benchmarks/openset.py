"""`python -m benchmarks.openset`: does it name strangers? The rule before beside the new one."""

from __future__ import annotations

import argparse
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.arguments import evenly
from benchmarks.degrade import RECIPES
from benchmarks.encodings import EncodingCache
from benchmarks.pairs import BadProtocol, Portrait, read_portraits
from benchmarks.plots import draw_curves
from benchmarks.report import table, write_json
from benchmarks.trials import Faces, Numbers, Share, Trials, joined, run_trials
from faces.encode.fusion import FusedEncoder
from faces.engine import open_detector, open_encoder
from faces.errors import FacesError
from faces.rule import Rule
from faces.seams import Detector, Encoder

_EPILOG = """example:
  python -m benchmarks.openset --images lfw --protocol lfw/identify_dev.csv --json openset.json

The protocol is that of benchmarks.identify: one photograph a person is enrolled, strangers are
probes whose identity is not. FPIR: strangers that get a name. DIR: probes of enrolled people that
get their own. In brackets the 95 % interval (Wilson). "default" is the server's own configuration;
"at FPIR 1 %" moves what is allowed until one stranger in a hundred is named. The rule before is the
original system's: most votes within the fixed tolerance win.
"""
ENCODERS = (
    "dlib-128",
    "dlib-128-mirrored",
    "reid-0095",
    "dlib-128+reid-0095",
    "dlib-128-mirrored+reid-0095-mirrored",
)
SIZES = (2, 10, 50, 300)
TRIALS_A_SIZE = 2000
PHOTOGRAPHS = (1, 2)
TARGET = 0.01
HEAD = (
    *("degrade", "encoder", "people", "before: FPIR %", "before: DIR %", "default: FPIR %"),
    *("default: DIR %", "default: wrong name %", "DIR % at FPIR 1 %"),
)
SIZES_HEAD = ("encoder", "people", "photographs", "before: FPIR %", "before: DIR %", *HEAD[5:8])


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    results: list[dict[str, Any]] = []
    sizes: list[dict[str, Any]] = []
    curves: dict[str, tuple[Numbers, Numbers]] = {}
    try:
        portraits = read_portraits(options.protocol, options.images)
        detector = open_detector(options.detector, options.device)
        for name in options.encoder or ENCODERS:
            encoder = open_encoder(name, options.device)
            for recipe in options.degrade or RECIPES:
                gallery, probes = _faces(portraits, detector, encoder, recipe, options)
                for who in ("all", "first half", "second half") if options.halves else ("all",):
                    before, after = _measure(encoder, _half(gallery, who), _half(probes, who))
                    results.append(
                        {"degrade": recipe, "encoder": name, "identities": who}
                        | {"people": len(_half(gallery, who))}
                        | _figures(before, after)
                    )
                    if who == "all":
                        curves[f"{name}, {recipe}"] = _curve(after)
                if options.sizes and recipe == "none":
                    sizes += _sizes(encoder, gallery, probes)
    except (BadProtocol, FacesError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(table(HEAD, [_row(r) for r in results]))
    if sizes:
        print()
        print(table(SIZES_HEAD, [_size_row(r) for r in sizes]))
    write_json(options.json, "openset", {"results": results, "sizes": sizes})
    draw_curves(
        options.plot,
        "Open set, one photograph a person: the decision",
        ("false positive identification rate (FPIR)", "detection and identification rate (DIR)"),
        curves,
    )
    return 0


def _faces(
    portraits: Sequence[Portrait],
    detector: Detector,
    encoder: Encoder,
    recipe: str,
    options: argparse.Namespace,
) -> tuple[Faces, Faces]:
    """The gallery, and all probes after `recipe`."""
    enrolled = [p for p in portraits if p.role == "gallery"]
    shown = evenly([p for p in portraits if p.role == "probe"], options.limit)
    shown += evenly([p for p in portraits if p.role == "stranger"], options.limit)
    return (
        _encoded(enrolled, detector, encoder, "none", options.device),
        _encoded(shown, detector, encoder, recipe, options.device),
    )


def _encoded(
    portraits: Sequence[Portrait], detector: Detector, encoder: Encoder, recipe: str, device: str
) -> Faces:
    paths, names = [p.path for p in portraits], tuple(p.identity for p in portraits)
    if not isinstance(encoder, FusedEncoder):
        return Faces(tuple(EncodingCache(detector, encoder).encodings(paths, recipe)), names)
    one, other = (
        EncodingCache(detector, open_encoder(part, device)).encodings(paths, recipe)
        for part in encoder.name.split("+")
    )
    return Faces(
        tuple(
            None if a is None or b is None else encoder.join(a[None], b[None])[0]
            for a, b in zip(one, other, strict=True)
        ),
        names,
    )


def _half(faces: Faces, who: str) -> Faces:
    """Of the identities all, or one of two halves that have nobody in common."""
    if who == "all":
        return faces
    wanted = 0 if who == "first half" else 1
    return faces.where([zlib.crc32(name.encode()) % 2 == wanted for name in faces.names])


def _measure(encoder: Encoder, gallery: Faces, probes: Faces) -> tuple[Trials, Trials]:
    """By the rule before, and by the server's default."""
    known = gallery.as_gallery(encoder.name)
    before = Rule.for_encoder(encoder.name, encoder.tolerance, original=True)
    after = Rule.for_encoder(encoder.name, encoder.tolerance)
    return (
        run_trials(known, probes, before, f"before, {encoder.name}"),
        run_trials(known, probes, after, f"now, {encoder.name}"),
    )


def _figures(before: Trials, after: Trials) -> dict[str, Any]:
    allowed = Rule().fpir
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


def _sizes(encoder: Encoder, gallery: Faces, probes: Faces) -> list[dict[str, Any]]:
    """The same for smaller galleries drawn from it, of one and of several photographs a person."""
    enrolled = set(gallery.names)
    strangers = probes.where([name not in enrolled for name in probes.names])
    random = np.random.default_rng(1)
    rows = []
    for photographs in PHOTOGRAPHS:
        everybody, shown = _with_more(gallery, probes, photographs - 1)
        people = sorted({n for n in everybody.names if everybody.names.count(n) == photographs})
        for size in (s for s in SIZES if s <= len(people)):
            runs: list[tuple[Trials, Trials]] = []
            while sum(len(after.mated) for _, after in runs) < 2 * TRIALS_A_SIZE:
                drawn = set(random.choice(people, size, replace=False))
                few = random.random(len(strangers)) < 200 / len(strangers)
                mated = shown.where([name in drawn for name in shown.names])
                seen = strangers.where(few.tolist())
                tried = Faces(mated.encodings + seen.encodings, mated.names + seen.names)
                known = everybody.where([name in drawn for name in everybody.names])
                runs.append(_measure_quietly(encoder, known, tried))
            before, after = joined([b for b, _ in runs]), joined([a for _, a in runs])
            rows.append(
                {"encoder": encoder.name, "people": size, "photographs": photographs}
                | _figures(before, after)
            )
    return rows


def _measure_quietly(encoder: Encoder, gallery: Faces, probes: Faces) -> tuple[Trials, Trials]:
    known = gallery.as_gallery(encoder.name)
    before = Rule.for_encoder(encoder.name, encoder.tolerance, original=True)
    after = Rule.for_encoder(encoder.name, encoder.tolerance)
    return run_trials(known, probes, before), run_trials(known, probes, after)


def _with_more(gallery: Faces, probes: Faces, more: int) -> tuple[Faces, Faces]:
    """`more` probes of each person who has some to spare enrolled, too; and the probes left."""
    taken: dict[str, int] = {}
    enrol = []
    for name, encoding in zip(probes.names, probes.encodings, strict=True):
        chosen = encoding is not None and taken.get(name, 0) < more
        taken[name] = taken.get(name, 0) + chosen
        enrol.append(chosen)
    extra, left = probes.where(enrol), probes.where([not chosen for chosen in enrol])
    extra = extra.where([name in set(gallery.names) for name in extra.names])
    both = Faces(gallery.encodings + extra.encodings, gallery.names + extra.names)
    return both, left


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
    return (r["encoder"], str(r["people"]), str(r["photographs"]), *_cells(r))


def _cells(r: dict[str, Any]) -> tuple[str, ...]:
    keys = ("before_fpir", "before_dir", "default_fpir", "default_dir", "default_confused")
    return tuple(r[key]["text"] for key in keys)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.openset",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--images", type=Path, required=True, metavar="DIR")
    add("--protocol", type=Path, required=True, metavar="CSV")
    add("--detector", default="yunet", help="(%(default)s)")
    add("--encoder", action="append", help="may be repeated; default: " + ", ".join(ENCODERS))
    add("--degrade", action="append", choices=tuple(RECIPES), help="of probes; default: every one")
    add("--device", default="auto", choices=("auto", "cpu", "cuda"))
    add("--halves", action="store_true", help="also each half of the identities by itself")
    add("--sizes", action="store_true", help="also smaller galleries, and 2 photographs a person")
    add("--limit", type=int, help="only so many probes of each kind, for a quick look")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    add("--plot", type=Path, metavar="FILE.png", help="draw the curves there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
