"""Verification of pairs of photographs: LFW's ten folds, TAR at FAR, AUC."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.support.arguments import add_accuracy_options, chosen, evenly, measured
from benchmarks.support.command import command_parser
from benchmarks.support.encodings import EncodingCache
from benchmarks.support.pairs import BadProtocol, Pair, read_pairs
from benchmarks.support.plots import draw_curves
from benchmarks.support.report import percent, table, write_json
from lookout.faces.detections import Floats
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.metrics.threshold import Numbers
from lookout.faces.metrics.verification import roc_curve, verification
from lookout.faces.runtime.session import PRECISIONS, RuntimeChoice

_EPILOG = """example:
  python -m benchmarks.verify --images lfw --pairs lfw/verify_dev.csv --all --json verify.json
  python -m benchmarks.verify --images lfw --pairs lfw/verify_dev.csv --precision float32 \\
      --precision int8 --limit 1000

The CSV has the columns a, b (pictures under --images) and same (1 or 0). A pair with a face that is
not found counts as "different people"; how many there were is in the table. Encodings are kept in
results/, so that an interrupted run goes on where it was.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        pairs = picked(read_pairs(options.pairs, options.images), options.limit)
    except (BadProtocol, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    try:
        results, curves = _results(options, pairs)
    except FacesError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if results:
        print(_table(results))
    write_json(options.json, "verify", {"results": results})
    draw_curves(
        options.plot,
        f"Verification, {len(pairs)} pairs, degrade: {options.degrade}",
        ("false accept rate", "true accept rate"),
        curves,
    )
    return 0 if results else 1


def _results(
    options: argparse.Namespace, pairs: Sequence[Pair]
) -> tuple[list[dict[str, Any]], dict[str, tuple[Numbers, Numbers]]]:
    """The figures of each detector, encoder and precision, and its ROC curve by their names."""

    def measure_choice(choice: tuple[str, str, str]) -> tuple[Numbers, int, float]:
        runtime = RuntimeChoice(options.device, precision=choice[2])
        return measure(pairs, choice[:2], options.degrade, runtime)

    same = np.array([pair.same for pair in pairs])
    precisions = options.precision or ["float32"]
    choices = [(*names, p) for names, p in product(chosen(options), precisions)]
    results: list[dict[str, Any]] = []
    curves: dict[str, tuple[Numbers, Numbers]] = {}
    for choice, (distance, missed, tolerance) in measured(choices, measure_choice):
        detector, encoder, precision = choice
        at_tolerance = float(((distance <= tolerance) == same).mean())
        results.append(
            {"detector": detector, "encoder": encoder, "precision": precision,
             "degrade": options.degrade, "pairs": len(pairs),
             **asdict(verification(distance, same)), "tolerance": tolerance,
             "accuracy_at_tolerance": at_tolerance, "pictures_without_face": missed}
        )  # fmt: skip
        curves[" × ".join(choice)] = roc_curve(distance, same)
    return results, curves


def measure(
    pairs: Sequence[Pair], names: tuple[str, str], recipe: str, choice: RuntimeChoice
) -> tuple[Numbers, int, float]:
    """The Euclidean distance of each pair, infinite where a face is missing; the number of pictures
    without a face; the encoder's tolerance. The recipe is applied to each pair's second picture.
    """
    encoder = open_encoder(names[1], runtime=choice)
    cache = EncodingCache(open_detector(names[0], choice.device), encoder)
    firsts, seconds = sorted({p.a for p in pairs}), sorted({p.b for p in pairs})
    first = dict(zip(firsts, cache.encodings(firsts), strict=True))
    second = dict(zip(seconds, cache.encodings(seconds, recipe), strict=True))
    distance = np.array([_distance(first[pair.a], second[pair.b]) for pair in pairs])
    missed = [p for p, e in [*first.items(), *second.items()] if e is None]
    # without a recipe a picture may stand on both sides, and is one picture
    count = len(set(missed)) if recipe == "none" else len(missed)
    return distance, count, encoder.tolerance


def _distance(a: Floats | None, b: Floats | None) -> float:
    return float("inf") if a is None or b is None else float(np.linalg.norm(a - b))


def picked(pairs: list[Pair], limit: int | None) -> list[Pair]:
    """At most `limit` pairs, spread over the list, half of them of one person."""
    if limit is None:
        return pairs
    same = [pair for pair in pairs if pair.same]
    different = [pair for pair in pairs if not pair.same]
    return evenly(same, limit // 2) + evenly(different, limit - limit // 2)


def _table(results: Sequence[dict[str, Any]]) -> str:
    head = ("detector", "encoder", "precision", "accuracy %", "±", "TAR % @ FAR 1e-2",
            "TAR % @ FAR 1e-3", "AUC", "accuracy % at its tolerance",
            "pictures without face")  # fmt: skip
    rows = [
        (r["detector"], r["encoder"], r["precision"], percent(r["accuracy"], 2),
         percent(r["accuracy_error"], 2), percent(r["tar_at_far_1e2"]),
         percent(r["tar_at_far_1e3"]), f"{r['auc']:.4f}",
         percent(r["accuracy_at_tolerance"], 2), r["pictures_without_face"])
        for r in results
    ]  # fmt: skip
    return table(head, rows)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("verify", __doc__, _EPILOG)
    parser.add_argument("--images", type=Path, required=True, metavar="DIR")
    parser.add_argument("--pairs", type=Path, required=True, metavar="CSV")
    add_accuracy_options(parser)
    parser.add_argument(
        "--precision",
        action="append",
        choices=PRECISIONS,
        help="what the encoder computes in; default: float32; may be repeated",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
