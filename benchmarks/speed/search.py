"""The time to find the nearest of many encodings.

The gallery's one matrix product, FAISS's flat index, and the whole decision, in one run on the same
encodings: synthetic ones, because time does not depend on whose they are."""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.support.command import command_parser
from benchmarks.support.report import table, write_json
from lookout.faces.decision.decide import Probe, decide
from lookout.faces.detections import Floats
from lookout.faces.gallery.gallery import Gallery

LIMIT_MS = 20.0
SIZES = (1_000, 10_000, 100_000, 200_000)
_EPILOG = """example:
  python -m benchmarks.search --json search.json

Exit status 1 if the median of the largest gallery's search is over 20 ms a probe.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    rows = [_measure(size, options.dimension, options.rounds) for size in options.sizes]
    print("Times: the least and the median of single probes.")
    print(table(tuple(rows[0]), [tuple(row.values()) for row in rows]))
    write_json(options.json, "search", {"dimension": options.dimension, "rows": rows})
    return 0 if rows[-1]["search ms"][1] <= LIMIT_MS else 1


def _measure(size: int, dimension: int, rounds: int) -> dict[str, Any]:
    random = np.random.default_rng(1)
    encodings = random.standard_normal((size, dimension), np.float32)
    encodings *= 1.4 / np.linalg.norm(encodings, axis=1, keepdims=True)
    gallery = Gallery(encodings, tuple(f"person {i}" for i in range(size)), "synthetic")
    probes = encodings[random.integers(0, size, rounds)] + np.float32(0.02)
    gallery.nearer_half_of_each(gallery.distances(probes[:1]))  # what is worked out once
    flat = _faiss(encodings)

    def ours(probe: Floats) -> int:
        return int(gallery.distances(probe).argmin())

    def theirs(probe: Floats) -> int:
        return int(flat.search(probe[None], 1)[1][0, 0])

    agree = [ours(probe) == theirs(probe) for probe in probes]
    if not all(agree):
        raise SystemExit(f"ours and FAISS's nearest differ for {agree.count(False)} probes")
    return {
        "encodings": size,
        "MB": f"{encodings.nbytes / 1e6:.0f}",
        "search ms": _times(ours, probes),
        "FAISS flat ms": _times(theirs, probes),
        "decide ms": _times(lambda probe: decide([Probe(probe)], gallery), probes),
    }


def _faiss(encodings: Floats) -> Any:
    import faiss

    index = faiss.IndexFlatL2(encodings.shape[1])
    index.add(encodings)
    return index


def _times(search: Callable[[Floats], object], probes: Floats) -> tuple[float, float]:
    """The least and the median over the probes, in ms; the first does not count."""
    times = []
    for probe in probes:
        began_s = time.perf_counter()
        search(probe)
        times.append(1e3 * (time.perf_counter() - began_s))
    return round(min(times[1:]), 2), round(statistics.median(times[1:]), 2)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("search", __doc__, _EPILOG)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="encodings")
    parser.add_argument("--dimension", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=30, help="probes a size (30)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
