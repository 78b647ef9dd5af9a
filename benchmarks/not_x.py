"""`python -m benchmarks.not_x`: after "this is not X", is he left alone, and X still known?

Half of the people are enrolled with one photograph each, the others are strangers with several. A
stranger whose first photograph gets somebody's name is rejected there, once; then come his other
photographs, and those of the person whose name he got.
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

from benchmarks.encodings import EncodingCache
from benchmarks.pairs import BadProtocol, read_portraits
from benchmarks.report import table, write_json
from benchmarks.trials import Share
from faces.decide import Probe, decide
from faces.detections import Floats
from faces.engine import open_detector, open_encoder
from faces.errors import FacesError
from faces.gallery import Gallery
from faces.negatives import Negatives
from faces.rule import Rule

HEAD = (
    *("rule", "strangers", "first photo named", "others named X: before", "after one rejection"),
    *("X right: before", "after"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        portraits = read_portraits(options.protocol, options.images)
        encoder = open_encoder(options.encoder, options.device)
        cache = EncodingCache(open_detector(options.detector, options.device), encoder)
        encodings = cache.encodings([p.path for p in portraits])
    except (BadProtocol, FacesError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    photographs: dict[str, list[Floats]] = {}
    for portrait, encoding in zip(portraits, encodings, strict=True):
        if encoding is not None:
            photographs.setdefault(portrait.identity, []).append(encoding)
    usual = Rule.for_encoder(encoder.name, encoder.tolerance)
    rules = {
        "default": usual,
        "ten times as lax": replace(usual, fpir=10 * usual.fpir),
        "original": Rule.for_encoder(encoder.name, encoder.tolerance, original=True),
    }
    results = [
        {"rule": name, "encoder": encoder.name} | measure(photographs, encoder.name, rule)
        for name, rule in rules.items()
    ]
    print(table(HEAD, [_row(r) for r in results]))
    write_json(options.json, "not_x", {"results": results})
    return 0


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


def _row(r: dict[str, Any]) -> tuple[str, ...]:
    shares = [
        Share(r[key], r[total])
        for key, total in (
            ("named before", "others"),
            ("named after", "others"),
            ("right before", "own"),
            ("right after", "own"),
        )
    ]
    cells = (f"{s.hits} of {s.trials}: {s} %" for s in shares)
    return (r["rule"], str(r["strangers"]), str(r["named"]), *cells)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.not_x",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--images", type=Path, required=True, metavar="DIR")
    add("--protocol", type=Path, required=True, metavar="CSV", help="as for benchmarks.identify")
    add("--detector", default="yunet", help="(%(default)s)")
    add("--encoder", default="dlib-128", help="(%(default)s)")
    add("--device", default="auto", choices=("auto", "cpu", "cuda"))
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
