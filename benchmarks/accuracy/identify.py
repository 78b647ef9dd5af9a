"""Open-set identification with one photograph a person: rank-k, and DIR at FPIR."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.accuracy.original import first_match_rule
from benchmarks.support.arguments import add_accuracy_options, chosen, evenly, measured
from benchmarks.support.command import command_parser
from benchmarks.support.encodings import EncodingCache
from benchmarks.support.pairs import BadProtocol, Portrait, read_portraits
from benchmarks.support.plots import draw_curves
from benchmarks.support.report import percent, table, write_json
from lookout.faces.detections import Floats
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.metrics.identification import nearest_within, rank_share, rates_at_fpir
from lookout.faces.metrics.threshold import Numbers

_EPILOG = """example:
  python -m benchmarks.identify --images lfw --protocol lfw/identify_dev.csv --json identify.json

The CSV has the columns path (a picture under --images), identity and role: "gallery" enrols the
picture; every other role is a probe, of a stranger if nobody of its identity is enrolled.
DIR is the share of the enrolled people's probes that get their own name, FPIR the share of the
strangers' probes that get any name. The rules: the nearest person within the encoder's own
tolerance, and the original design (every photograph within the tolerance is one vote; the
first with the most votes wins).
"""

_RANKS = (1, 5, 10)


@dataclass(frozen=True, slots=True)
class Distances:
    """mated: (M, people), truth: (M,) columns, strangers: (S, people); infinite without a face."""

    mated: Numbers
    truth: npt.NDArray[np.intp]
    strangers: Numbers
    tolerance: float
    without_face: dict[str, int]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        portraits = read_portraits(options.protocol, options.images)
    except (BadProtocol, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    results: list[dict[str, Any]] = []
    curves: dict[str, tuple[Numbers, Numbers]] = {}
    try:
        for names, distances in measured(
            chosen(options),
            lambda names: measure(portraits, names, options.degrade, options.device, options.limit),
        ):
            detector, encoder = names
            setting = {"detector": detector, "encoder": encoder, "degrade": options.degrade}
            results.append(setting | figures(distances))
            curves[" × ".join(names)] = dir_curve(distances)
    except FacesError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if results:
        print(_table(results))
    write_json(options.json, "identify", {"results": results})
    draw_curves(
        options.plot,
        f"Open-set identification, one photograph a person, degrade: {options.degrade}",
        ("false positive identification rate (FPIR)", "detection and identification rate (DIR)"),
        curves,
    )
    return 0 if results else 1


def measure(
    portraits: Sequence[Portrait],
    names: tuple[str, str],
    recipe: str,
    device: str,
    limit: int | None,
) -> Distances:
    """Distances of all probes, degraded by `recipe`, to all gallery pictures."""
    gallery = [p for p in portraits if p.role == "gallery"]
    probes = evenly([p for p in portraits if p.role == "probe"], limit)
    strangers = evenly([p for p in portraits if p.role == "stranger"], limit)
    encoder = open_encoder(names[1], device)
    cache = EncodingCache(open_detector(names[0], device), encoder)
    people = cache.encodings([p.path for p in gallery])
    mated = cache.encodings([p.path for p in probes], recipe)
    others = cache.encodings([p.path for p in strangers], recipe)
    column = {portrait.identity: index for index, portrait in enumerate(gallery)}
    return Distances(
        distance_matrix(mated, people, encoder.dimension),
        np.array([column[p.identity] for p in probes], np.intp),
        distance_matrix(others, people, encoder.dimension),
        encoder.tolerance,
        {
            "gallery": sum(e is None for e in people),
            "probes": sum(e is None for e in mated),
            "strangers": sum(e is None for e in others),
        },
    )


def distance_matrix(
    probes: Sequence[Floats | None], people: Sequence[Floats | None], dimension: int
) -> Numbers:
    """Euclidean distances (probes, people), infinite where either has no face."""
    nobody = np.full(dimension, np.nan, np.float32)
    a = np.array([nobody if e is None else e for e in probes], np.float64).reshape(-1, dimension)
    b = np.array([nobody if e is None else e for e in people], np.float64).reshape(-1, dimension)
    squared = np.square(a).sum(1)[:, None] + np.square(b).sum(1)[None] - 2 * a @ b.T
    return np.where(np.isnan(squared), np.inf, np.sqrt(np.clip(squared, 0, None)))


def figures(distances: Distances) -> dict[str, Any]:
    """Every figure of one encoder and detector, ready for JSON."""
    d = distances
    result: dict[str, Any] = {
        "people": d.mated.shape[1],
        "probes": len(d.mated),
        "strangers": len(d.strangers),
        "without_face": d.without_face,
    }
    for rank in _RANKS:
        result[f"rank_{rank}"] = rank_share(d.mated, d.truth, rank)
    for name, fpir in (("fpir_1_percent", 0.01), ("fpir_10_percent", 0.1)):
        rates, threshold = rates_at_fpir(d.mated, d.truth, d.strangers, fpir)
        result[f"dir_at_{name}"] = rates.named_right
        result[f"threshold_at_{name}"] = threshold
    nearest = nearest_within(d.mated, d.truth, d.strangers, d.tolerance)
    result["tolerance"] = d.tolerance
    result["threshold_rule"] = asdict(nearest)
    result["original_rule"] = asdict(
        first_match_rule(d.mated, d.truth, d.strangers, tolerance=d.tolerance)
    )
    return result


def dir_curve(distances: Distances) -> tuple[Numbers, Numbers]:
    """FPIR (rising) and DIR at rank 1."""
    d = distances
    fpir = np.unique(np.geomspace(1 / max(len(d.strangers), 1), 1, 60))
    dirs = [rates_at_fpir(d.mated, d.truth, d.strangers, rate)[0].named_right for rate in fpir]
    return fpir, np.array(dirs)


def _table(results: Sequence[dict[str, Any]]) -> str:
    head = ("detector", "encoder", "rank-1 %", "rank-5 %", "rank-10 %", "DIR % @ FPIR 1 %",
            "DIR % @ FPIR 10 %", "nearest within tolerance: right / wrong / strangers named %",
            "original rule: right / wrong / strangers named %", "no face")  # fmt: skip
    rows = []
    for r in results:
        rules = [
            " / ".join(
                percent(r[rule][k]) for k in ("named_right", "named_wrong", "strangers_named")
            )
            for rule in ("threshold_rule", "original_rule")
        ]
        rows.append(
            (r["detector"], r["encoder"], *(percent(r[f"rank_{rank}"]) for rank in _RANKS),
             percent(r["dir_at_fpir_1_percent"]), percent(r["dir_at_fpir_10_percent"]), *rules,
             sum(r["without_face"].values()))
        )  # fmt: skip
    return table(head, rows)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("identify", __doc__, _EPILOG)
    parser.add_argument("--images", type=Path, required=True, metavar="DIR")
    parser.add_argument("--protocol", type=Path, required=True, metavar="CSV")
    add_accuracy_options(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
