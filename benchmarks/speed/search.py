"""The time to find the nearest of many encodings, and to decide who it is.

One matrix product over all, FAISS's flat index, and the first pass in 8-bit integers whose finds
are compared exactly, in one run on the same encodings: synthetic ones with the spread of real ones,
because time does not depend on whose they are. Half of the probes are strangers.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.support.command import command_parser
from benchmarks.support.report import table, write_json
from lookout.faces.decision.decide import Decision, Probe, Rule, decide
from lookout.faces.decision.nearby import COUNTS
from lookout.faces.detections import Floats
from lookout.faces.gallery.first_pass import FirstPass
from lookout.faces.gallery.gallery import Gallery

SEARCH_MS, DECISION_MS, RECALL = 10.0, 20.0, 0.999
SIZES = (1_000, 10_000, 100_000, 200_000, 1_000_000)
DIMENSION = 128
SPREADS = {"dlib-128": 0.57, "sface": 1.0}
"""How far an encoding lies from the middle of all: two people are √2 as far apart."""
LENGTHS = {"dlib-128": 1.41, "sface": 1.0}
OWN_DISTANCE = 0.5
"""A known probe's distance to its own encoding, of the distance of two people."""
_EPILOG = """example:
  python -m benchmarks.search --json search.json
  python -m benchmarks.search --sizes 1000000 --encoder dlib-128

Exit status 1 if in the largest gallery the median of a probe is over 10 ms, that of a decision over
20 ms, recall@1 under 0.999, or a name differs from that of the decision without a first pass.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    rows = []
    for size in options.sizes:
        rows.append(_measure(size, options.encoder, options.rounds, options.recall_probes))
        print(table(tuple(rows[-1]), [tuple(rows[-1].values())]), file=sys.stderr)
    print("Times: the least and the median of single probes, in ms.")
    print(table(tuple(rows[0]), [tuple(row.values()) for row in rows]))
    write_json(options.json, "search", {"encoder": options.encoder, "rows": rows})
    last = rows[-1]
    kept = last["first pass"][1] <= SEARCH_MS and last["decision"][1] <= DECISION_MS
    return 0 if kept and last["recall@1"] >= RECALL and last["other names"] == 0 else 1


def _measure(size: int, encoder: str, rounds: int, recall_probes: int) -> dict[str, Any]:
    random = np.random.default_rng(1)
    encodings = _people(size, encoder, random)
    probes = _probes(encodings, encoder, rounds, random)
    gallery = Gallery(encodings, tuple(f"person {i}" for i in range(size)), encoder)
    began_s = time.perf_counter()
    first_pass = FirstPass.of(encodings)
    built_s = time.perf_counter() - began_s
    fast = gallery.with_first_pass(first_pass)
    rule = Rule.for_encoder(encoder, 0.6 if encoder == "dlib-128" else 1.17)
    flat = _faiss(encodings)

    def by_first_pass(probe: Floats) -> int:
        rows, _ = first_pass.nearest(probe[None], COUNTS[0])
        return int(rows[np.linalg.norm(encodings[rows] - probe, axis=1).argmin()])

    def decided(probe: Floats, among: Gallery) -> Decision:
        return decide([Probe(probe)], among, rule)

    many = _probes(encodings, encoder, recall_probes, random)
    hits = sum(
        by_first_pass(p) == best for p, best in zip(many, _nearest(encodings, many), strict=True)
    )
    different = sum(decided(p, gallery).name != decided(p, fast).name for p in probes)
    return {
        "encodings": size,
        "MB": f"{encodings.nbytes / 1e6:.0f} + {first_pass.nbytes / 1e6:.0f}",
        "built s": round(built_s, 2),
        "product": _times(lambda p: int(gallery.distances(p).argmin()), probes),
        "FAISS flat": _times(lambda p: flat.search(p[None], 1), probes),
        "first pass": _times(by_first_pass, probes),
        "recall@1": hits / len(many),
        "decision, all compared": _times(lambda p: decided(p, gallery), probes),
        "decision": _times(lambda p: decided(p, fast), probes),
        "named": sum(decided(p, fast).name is not None for p in probes),
        "other names": different,
        "while enrolling: decision, enrolled s": _while_enrolling(fast, probes, decided),
    }


def _people(size: int, encoder: str, random: np.random.Generator) -> Floats:
    """(size, D): one encoding each of so many people."""
    drawn = random.standard_normal((size, DIMENSION), np.float32)
    drawn *= SPREADS[encoder] / np.linalg.norm(drawn, axis=1, keepdims=True)
    drawn[:, 0] += np.sqrt(LENGTHS[encoder] ** 2 - SPREADS[encoder] ** 2)
    return drawn


def _probes(encodings: Floats, encoder: str, count: int, random: np.random.Generator) -> Floats:
    """(count, D): another look at somebody enrolled, a stranger, and so on in turn."""
    probes = _people(count, encoder, random)
    known = encodings[random.integers(0, len(encodings), count)]
    off = random.standard_normal(known.shape, np.float32)
    off *= OWN_DISTANCE * np.sqrt(2) * SPREADS[encoder] / np.linalg.norm(off, axis=1, keepdims=True)
    probes[::2] = (known + off)[::2]
    return probes


def _nearest(encodings: Floats, probes: Floats) -> list[int]:
    """The row nearest to each probe, by comparing all."""
    lengths = np.square(encodings).sum(axis=1)
    nearest: list[int] = []
    for start in range(0, len(probes), 50):
        nearest += (lengths - 2 * probes[start : start + 50] @ encodings.T).argmin(axis=1).tolist()
    return nearest


def _while_enrolling(
    gallery: Gallery, probes: Floats, decided: Callable[[Floats, Gallery], Decision]
) -> tuple[float, float, float]:
    """Median and longest decision in ms while another thread enrols one person after another, and
    the median of the seconds that one takes."""
    stop, newest = threading.Event(), [gallery]
    taken_s: list[float] = []

    def enrol() -> None:
        while not stop.is_set():
            began_s = time.perf_counter()
            before = newest[0]
            if not isinstance(before.first_pass, FirstPass):
                return
            after = before.added(f"newcomer {len(taken_s)}", probes[:1] + np.float32(0.1))
            newest[0] = after.with_first_pass(FirstPass.of(after.encodings, before.first_pass))
            taken_s.append(time.perf_counter() - began_s)

    thread = threading.Thread(target=enrol, name="enrols", daemon=True)
    thread.start()
    times_ms = []
    for probe in np.repeat(probes, 4, axis=0):
        began_s = time.perf_counter()
        decided(probe, newest[0])
        times_ms.append(1e3 * (time.perf_counter() - began_s))
    stop.set()
    thread.join(60)
    return (
        round(statistics.median(times_ms), 1),
        round(max(times_ms), 1),
        round(statistics.median(taken_s), 3),
    )


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
    parser.add_argument(
        "--encoder", choices=tuple(SPREADS), default="sface", help="whose rule and spread (sface)"
    )
    parser.add_argument("--rounds", type=int, default=30, help="probes a size (30)")
    parser.add_argument("--recall-probes", type=int, default=1000, help="(%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
