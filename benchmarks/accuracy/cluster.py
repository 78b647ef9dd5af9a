"""Faces that sort themselves: how well, beside other methods, how fast, and what work it saves."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.support.album import (
    Album,
    actors,
    album_of,
    enlarged,
    fewer,
    people_of_lfw,
)
from benchmarks.support.command import command_parser
from benchmarks.support.data import test_data
from benchmarks.support.report import percent, table, write_json
from benchmarks.support.sorters import SORTERS, Labels, Sorter, labels_of, ours, score_matrix
from lookout.faces.cluster.clusters import CHANCE, FaceClusters
from lookout.faces.cluster.scores import score_limit
from lookout.faces.cluster.unsorted_face import UnsortedFace
from lookout.faces.decision.stranger_model import StrangerModel, stranger_model
from lookout.faces.detections import Floats
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.metrics.clustering import Sorting, judge_sorting

_EPILOG = """example:
  python -m benchmarks.cluster                          the room as it is, on all three sets
  python -m benchmarks.cluster --methods                beside other methods; needs the extra bench
  python -m benchmarks.cluster --encoder dlib-128 --limit 200

The sets: of LFW the people of several pictures ("lfw"), the same among people of one picture
("lfw, crowd"), and the actors of bbt. Limits are chosen on the first half of LFW's people (by the
CRC-32 of their names, as benchmarks.openset --halves) in the crowd, by the F of B³, and everything
is reported on the second. Encodings are kept in results/.
"""
CHANCES = (1e-4, 1e-3, 5e-3, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 0.95, 0.99, 0.999)
ORDERS = 5
MANY = 10_000


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    results: list[dict[str, Any]] = []
    try:
        for name in options.encoder or ["sface"]:
            results.append(_measured(name, options))
    except FacesError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    write_json(options.json, "cluster", {"results": results})
    return 0


def _measured(name: str, options: argparse.Namespace) -> dict[str, Any]:
    detector, encoder = open_detector(options.detector), open_encoder(name)
    strangers = stranger_model(name, encoder.tolerance)
    data = test_data()
    albums: dict[str, Album] = {"bbt": album_of("bbt", actors(data), detector, encoder)}
    for half, prefix in ((0, "chosen on: "), (1, "")):
        several, one = (fewer(people, options.limit) for people in people_of_lfw(data, half))
        albums[f"{prefix}lfw"] = album_of("lfw", several, detector, encoder)
        albums[f"{prefix}lfw, crowd"] = album_of("crowd", {**several, **one}, detector, encoder)
    document: dict[str, Any] = {"encoder": name, "detector": options.detector, "chance": CHANCE}
    print(f"\n{name}: the room, chance {CHANCE:g}\n")
    shown = {key: albums[key] for key in ("lfw", "lfw, crowd", "bbt", "chosen on: lfw, crowd")}
    sorted_by_us = {
        key: judge_sorting(ours(album.encodings, strangers, CHANCE), album.person)
        for key, album in shown.items()
    }
    print(_table("faces", sorted_by_us))
    document["sets"] = {key: _figures(sorting) for key, sorting in sorted_by_us.items()}
    if options.methods:
        document["methods"] = _methods(albums, strangers)
    document["trickling"] = _trickling(albums["lfw, crowd"], strangers)
    document["many"] = _many(albums["lfw, crowd"], strangers)
    return document


def _methods(albums: dict[str, Album], strangers: StrangerModel) -> dict[str, Any]:
    """Every method with the limit that was best for it on the first half."""
    choose, report = albums["chosen on: lfw, crowd"], albums["lfw, crowd"]
    scores = score_matrix(choose.encodings, strangers), score_matrix(report.encodings, strangers)
    found: dict[str, Sorting] = {}
    chosen: dict[str, Any] = {}
    for name, sorter in SORTERS.items():
        chance = _best(sorter, scores[0], choose.person, strangers)
        labels = sorter(scores[1].copy(), score_limit(strangers, chance, len(report)))
        found[f"{name}, chance {chance:g}"] = judging = judge_sorting(labels, report.person)
        chosen[name] = {"chance": chance, **_figures(judging)}
    print("\nevery method with the chance that was best on the first half; second half, crowd\n")
    print(_table("method", found))
    return chosen


def _best(sorter: Sorter, scores: Floats, person: Sequence[str], strangers: StrangerModel) -> float:
    """The chance with the highest F of B³."""

    def f_at(chance: float) -> float:
        labels = sorter(scores.copy(), score_limit(strangers, chance, len(person)))
        return judge_sorting(labels, person).b3.f

    return max(CHANCES, key=f_at)


def _trickling(album: Album, strangers: StrangerModel) -> dict[str, Any]:
    """One face after another, in several orders: is the end the same, and how long it took."""
    whole = _sets(ours(album.encodings, strangers, CHANCE), range(len(album)))
    same, moved, times = 0, 0, []
    for seed in range(ORDERS):
        order = np.random.default_rng(seed).permutation(len(album)).tolist()
        clusters = FaceClusters(strangers)
        before: list[tuple[int, ...]] = []
        for row in order:
            began = time.perf_counter()
            clusters.add([UnsortedFace(album.encodings[row])])
            after = clusters.clusters()
            times.append(time.perf_counter() - began)
            moved += _parted(before, after)
            before = after
        same += _sets(labels_of(before, len(album)), order) == whole
    figures = {
        "orders": ORDERS,
        "same_in_the_end": same,
        "faces": len(album),
        "moved_per_100_faces": 100 * moved / (ORDERS * len(album)),
        "mean_ms": 1e3 * float(np.mean(times)),
        "p99_ms": 1e3 * float(np.quantile(times, 0.99)),
    }
    print(
        f"\none by one, {len(album)} faces in {ORDERS} orders: the same clusters as all at once in "
        f"{same} of {ORDERS}; {figures['moved_per_100_faces']:.1f} faces parted from others for "
        f"each 100 that came; {figures['mean_ms']:.1f} ms a face on average, "
        f"{figures['p99_ms']:.1f} ms for the slowest in a hundred"
    )
    return figures


def _parted(before: list[tuple[int, ...]], after: list[tuple[int, ...]]) -> int:
    """How many faces left the larger part of the cluster that they were in."""
    now = {face: number for number, cluster in enumerate(after) for face in cluster}
    known = set(after)
    left = 0
    for cluster in before:
        if cluster not in known:
            places = [now[face] for face in cluster]
            left += len(places) - max(map(places.count, places))
    return left


def _sets(labels: Labels, faces: Sequence[int]) -> set[frozenset[int]]:
    """The clusters as sets; `faces` says which face each label is of."""
    found: dict[int, set[int]] = {}
    for face, label in zip(faces, labels, strict=True):
        found.setdefault(label, set()).add(face)
    return set(map(frozenset, found.values()))


def _many(album: Album, strangers: StrangerModel) -> dict[str, Any]:
    many = enlarged(album, MANY)
    began = time.perf_counter()
    labels = ours(many.encodings, strangers, CHANCE)
    seconds = time.perf_counter() - began
    print(f"\n{MANY:,} faces ({len(album):,} real): {seconds:.1f} s, {len(set(labels)):,} clusters")
    return {"faces": MANY, "real": len(album), "seconds": seconds, "clusters": len(set(labels))}


def _figures(sorting: Sorting) -> dict[str, Any]:
    return {
        **asdict(sorting),
        "pairs_f": sorting.pairs.f,
        "b3_f": sorting.b3.f,
        "work_saved": sorting.work_saved,
    }


def _table(first: str, sortings: dict[str, Sorting]) -> str:
    head = (first, "faces / people", "clusters", "pairs: P / R / F %", "B³: P / R / F %", "clicks",
            "work saved %")  # fmt: skip
    rows = []
    for name, s in sortings.items():
        pairs, b3 = (
            " / ".join(percent(share) for share in (part.precision, part.recall, part.f))
            for part in (s.pairs, s.b3)
        )
        rows.append((name, f"{s.faces} / {s.people}", s.clusters, pairs, b3, s.clicks,
                     percent(s.work_saved)))  # fmt: skip
    return table(head, rows)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("cluster", __doc__, _EPILOG)
    add = parser.add_argument
    add("--detector", default="yunet", help="(%(default)s)")
    add("--encoder", action="append", help="may be repeated; default: sface")
    add("--limit", type=int, metavar="PEOPLE", help="at most so many of each kind and half")
    add("--methods", action="store_true", help="other methods, too: needs scipy and scikit-learn")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
