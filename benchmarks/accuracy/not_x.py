"""The effect of one rejection, "this is not X", on a stranger's other photographs and on X's.

Half of the people are enrolled with one photograph each, the others are strangers with several. A
stranger whose first photograph gets somebody's name is rejected there, once; then come the
stranger's other photographs, and those of the person whose name was given.
"""

from __future__ import annotations

import argparse
import sys
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from benchmarks.support.arguments import add_protocol_options
from benchmarks.support.command import command_parser
from benchmarks.support.pairs import BadProtocol, read_portraits
from benchmarks.support.plots import Bar, draw_bars
from benchmarks.support.portraits import faces_of, gallery_and_shown
from benchmarks.support.report import table, write_json
from lookout.faces.decision.decide import Probe, decide
from lookout.faces.decision.negatives import Negatives
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Floats
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.metrics.share import Share
from lookout.faces.protocols import Encoder

ENCODERS = ("dlib-128", "reid-0095", "dlib-128-mirrored+reid-0095-mirrored")
HEAD = ("encoder", "rule", "strangers", "first photo named", "others named X: before",
        "after one rejection", "X right: before", "after")  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    results: list[dict[str, Any]] = []
    try:
        gallery, shown = gallery_and_shown(
            read_portraits(options.protocol, options.images), options.limit
        )
        detector = open_detector(options.detector, options.device)
        for name in options.encoder or ENCODERS:
            encoder = open_encoder(name, options.device)
            faces = faces_of([*gallery, *shown], detector, encoder, device=options.device)
            photographs: dict[str, list[Floats]] = {}
            for identity, encoding in zip(faces.names, faces.encodings, strict=True):
                if encoding is not None:
                    photographs.setdefault(identity, []).append(encoding)
            results += [
                {"rule": label, "encoder": name} | measure(photographs, name, rule)
                for label, rule in _rules(encoder).items()
            ]
    except (BadProtocol, FacesError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(table(HEAD, [_row(r) for r in results]))
    write_json(options.json, "not_x", {"results": results})
    _plot(options.plot, results)
    return 0


def _rules(encoder: Encoder) -> dict[str, Rule]:
    usual = Rule.for_encoder(encoder.name, encoder.tolerance)
    return {
        "default": usual,
        "ten times as lax": replace(usual, fpir=10 * usual.fpir),
        "original": Rule.for_encoder(encoder.name, encoder.tolerance, original=True),
    }


def measure(
    photographs: Mapping[str, Sequence[Floats]], encoder: str, rule: Rule
) -> dict[str, Any]:
    """Counts over all strangers; `photographs` has each person's encodings."""
    enrolled = [name for name in sorted(photographs) if zlib.crc32(name.encode()) % 2 == 0]
    strangers = [n for n in sorted(photographs) if n not in enrolled and len(photographs[n]) > 1]
    gallery = Gallery(np.stack([photographs[n][0] for n in enrolled]), tuple(enrolled), encoder)
    count: Counter[str] = Counter()
    for stranger in tqdm(strangers, desc="strangers", unit="person", mininterval=1):
        first, *others = photographs[stranger]
        x = _name(first, gallery, rule)
        if x is None:
            continue
        rejected = Negatives(encoder).rejected(x, first[None], 0.0)
        count["named"] += 1
        count["others"] += len(others)
        count["named before"] += sum(_name(e, gallery, rule) == x for e in others)
        count["named after"] += sum(_name(e, gallery, rule, rejected) == x for e in others)
        own = photographs[x][1:]
        count["own"] += len(own)
        count["right before"] += sum(_name(e, gallery, rule) == x for e in own)
        count["right after"] += sum(_name(e, gallery, rule, rejected) == x for e in own)
    return {"strangers": len(strangers)} | {
        key: count[key]
        for key in ("named", "others", "named before", "named after", "own", "right before")
    } | {"right after": count["right after"]}  # fmt: skip


def _name(
    encoding: Floats, gallery: Gallery, rule: Rule, negatives: Negatives | None = None
) -> str | None:
    return decide([Probe(encoding)], gallery, rule, negatives).name


def _shares(r: dict[str, Any]) -> dict[str, Share]:
    return {
        "others named X before": Share(r["named before"], r["others"]),
        "others named X after one rejection": Share(r["named after"], r["others"]),
        "X right before": Share(r["right before"], r["own"]),
        "X right after": Share(r["right after"], r["own"]),
    }


def _row(r: dict[str, Any]) -> tuple[str, ...]:
    cells = (f"{s.hits} of {s.trials}: {s} %" for s in _shares(r).values())
    return (r["encoder"], r["rule"], str(r["strangers"]), str(r["named"]), *cells)


def _plot(file: Path | None, results: Sequence[dict[str, Any]]) -> None:
    bars: dict[str, dict[str, Bar]] = {}
    for r in results:
        for label, share in _shares(r).items():
            if share.trials:
                bar = (share.share, *share.interval)
                bars.setdefault(label, {})[f"{r['encoder']}, {r['rule']}"] = bar
            else:
                bars.setdefault(label, {})[f"{r['encoder']}, {r['rule']}"] = (0.0, 0.0, 0.0)
    draw_bars(file, '"This is not X": one rejection', "share of photographs", bars)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("not_x", __doc__)
    add_protocol_options(parser, ENCODERS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
