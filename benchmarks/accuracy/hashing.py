"""Accuracy, memory and time of hash codes in place of encodings.

Probes and the first thousand people are real (LFW); the galleries are filled up to their size with
synthetic people, each drawn between two real ones, so that they lie as real people do. FAISS's
binary index searches the same codes in the same run."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from benchmarks.support.command import command_parser
from benchmarks.support.filled_gallery import Faces, filled, rank_and_dir, real_faces
from benchmarks.support.pairs import BadProtocol, read_portraits
from benchmarks.support.plots import draw_lines
from benchmarks.support.report import percent, table, write_json
from lookout.faces.detections import Floats
from lookout.faces.errors import FacesError
from lookout.faces.gallery.hashing import Codes, HashMethod, hamming, learn_hasher
from lookout.faces.gallery.match import RERANKED

BITS = (64, 128, 256, 512, 1024)
SIZES = (1_000, 100_000, 1_000_000)
_EPILOG = """example:
  python -m benchmarks.hashing --images lfw --protocol lfw/identify_dev.csv \\
      --json hashing.json --plot hashing.png

rank-1: the share of the enrolled people's probes whose own person is nearest (a tie is no hit).
DIR: the share of them named right where 1 % of the strangers get a name.
With rerank the nearest 256 codes are compared exactly. Times: one probe, the least of several.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        portraits = read_portraits(options.protocol, options.images)
        faces = real_faces(portraits, options.detector, options.encoder, options.probes)
    except (BadProtocol, FacesError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    rows: list[dict[str, Any]] = []
    for size in options.sizes:
        gallery = filled(faces.people, size)
        real = len(faces.people)
        print(f"{len(gallery)} people: {real} real, {len(gallery) - real} synthetic")
        rows += _size_rows(gallery, faces, options.bits)
    print(_table(rows))
    write_json(options.json, "hashing", {"encoder": options.encoder, "rows": rows})
    _plot(options.plot, rows)
    return 0


Distances = Callable[[int], Floats]
"""The place of a probe gives its distances to everybody (P,), whatever their unit."""


def _size_rows(gallery: Floats, faces: Faces, bits_wanted: Sequence[int]) -> list[dict[str, Any]]:
    squared = np.sum(gallery**2, axis=1)

    def exact(place: int) -> Floats:
        probe = faces.everybody[place]
        return np.asarray(squared - 2 * (gallery @ probe) + np.sum(probe**2), np.float32)

    rows = [
        {"people": len(gallery), "codes": "exact float32", "bits": 32 * gallery.shape[1]}
        | {"MB": gallery.nbytes / 1e6, "learn_s": 0.0}
        | _accuracy(exact, None, faces)
        | {"search_ms": _least_ms(lambda: exact(0).argmin()), "faiss_ms": None}
    ]
    for method in tqdm(HashMethod, desc=f"{len(gallery)} people"):
        for bits in bits_wanted:
            rows.append(_code_row(gallery, faces, method, bits))
    return rows


def _code_row(gallery: Floats, faces: Faces, method: HashMethod, bits: int) -> dict[str, Any]:
    began_s = time.perf_counter()
    hasher = learn_hasher(gallery, bits, method)
    codes = hasher.codes(gallery)
    learn_s = time.perf_counter() - began_s
    index, packed = _faiss(codes)

    def search() -> object:
        return hamming(codes, hasher.codes(faces.probes[:1])[:, 0]).argmin()

    def theirs() -> object:
        return index.search(_bytes(hasher.codes(faces.probes[:1])), 1)

    probe = hasher.codes(faces.probes[:1])
    ours_least = int(hamming(codes, probe[:, 0]).min())
    if ours_least != int(index.search(_bytes(probe), 1)[0][0, 0]):
        raise SystemExit("ours and FAISS's Hamming distance differ")

    probes = hasher.codes(faces.everybody)

    def by_code(place: int) -> Floats:
        return hamming(codes, probes[:, place]).astype(np.float32)

    return (
        {"people": len(gallery), "codes": method.value, "bits": bits}
        | {"MB": packed / 1e6, "learn_s": learn_s}
        | _accuracy(by_code, gallery, faces)
        | {"search_ms": _least_ms(search), "faiss_ms": _least_ms(theirs)}
    )


def _accuracy(distances: Distances, rerank_in: Floats | None, faces: Faces) -> dict[str, Any]:
    """rank-1 and DIR of the distances; and, given the encodings, with the nearest compared
    exactly."""
    plain, reranked = [], []
    truth = [*faces.truth.tolist(), *[-1] * len(faces.strangers)]
    for place, (probe, own) in enumerate(zip(faces.everybody, truth, strict=True)):
        all_of = distances(place)
        if rerank_in is not None:
            near = np.argpartition(all_of, RERANKED)[:RERANKED]
            exact = np.linalg.norm(rerank_in[near] - probe, axis=1)
            own_place = np.flatnonzero(near == own)
            mine = float(exact[own_place[0]]) if len(own_place) else np.inf
            others = exact[near != own]
            reranked.append((mine, float(others.min())))
        plain.append(_best(all_of, own))
    result = _figures(plain, len(faces.probes), "")
    if reranked:
        result |= _figures(reranked, len(faces.probes), "reranked_")
    return result


def _best(distances: Floats, own: int) -> tuple[float, float]:
    """The distance to the own person (infinite for a stranger) and to the nearest other one."""
    if own < 0:
        return float("inf"), float(distances.min())
    mine, distances[own] = float(distances[own]), np.inf
    return mine, float(distances.min())


def _figures(best: Sequence[tuple[float, float]], mated: int, prefix: str) -> dict[str, Any]:
    rank_1, dir_at_fpir = rank_and_dir(best, mated)
    return {
        f"{prefix}rank_1": rank_1,
        f"{prefix}dir_at_fpir_1_percent": dir_at_fpir,
    }


def _faiss(codes: Codes) -> tuple[Any, int]:
    import faiss

    faiss.omp_set_num_threads(1)  # ours has one, too
    index = faiss.IndexBinaryFlat(len(codes) * 64)
    index.add(_bytes(codes))
    return index, codes.nbytes


def _bytes(codes: Codes) -> npt.NDArray[np.uint8]:
    """(words, N) uint64 as FAISS wants them: (N, bytes)."""
    return np.ascontiguousarray(codes.T).view(np.uint8)


def _least_ms(search: Callable[[], object], rounds: int = 7) -> float:
    times = []
    for _ in range(rounds):
        began_s = time.perf_counter()
        search()
        times.append(1e3 * (time.perf_counter() - began_s))
    return min(times)


def _table(rows: Sequence[dict[str, Any]]) -> str:
    head = ("people", "codes", "bits", "MB", "search ms", "FAISS ms", "learn s", "rank-1 %",
            "DIR % @ FPIR 1 %", "with rerank: rank-1, DIR %")  # fmt: skip
    body = []
    for row in rows:
        reranked = "–"
        if "reranked_rank_1" in row:
            reranked = (
                f"{percent(row['reranked_rank_1'])}, "
                f"{percent(row['reranked_dir_at_fpir_1_percent'])}"
            )
        theirs = "–" if row["faiss_ms"] is None else f"{row['faiss_ms']:.2f}"
        body.append(
            (row["people"], row["codes"], row["bits"], f"{row['MB']:.1f}",
             f"{row['search_ms']:.2f}", theirs, f"{row['learn_s']:.1f}", percent(row["rank_1"]),
             percent(row["dir_at_fpir_1_percent"]), reranked)
        )  # fmt: skip
    return table(head, body)


def _plot(file: Path | None, rows: Sequence[dict[str, Any]]) -> None:
    lines = {}
    for people in dict.fromkeys(row["people"] for row in rows):
        for method in HashMethod:
            chosen = [r for r in rows if r["people"] == people and r["codes"] == method.value]
            lines[f"{method.value}, {people:,} people"] = (
                [row["bits"] for row in chosen],
                [row["rank_1"] for row in chosen],
            )
    draw_lines(file, "Hash codes: rank-1 by length", ("bits", "rank-1"), lines)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("hashing", __doc__, _EPILOG)
    add = parser.add_argument
    add("--images", type=Path, required=True, metavar="DIR")
    add("--protocol", type=Path, required=True, metavar="CSV")
    add("--detector", default="yunet")
    add("--encoder", default="dlib-128")
    add("--sizes", type=int, nargs="+", default=SIZES, help="people in the gallery")
    add("--bits", type=int, nargs="+", default=BITS)
    add("--probes", type=int, default=300, help="so many probes, and as many strangers (300)")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    add("--plot", type=Path, metavar="FILE.png", help="draw the curves there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
