"""Vector engines against exact search: who is found and named, how fast, and at what cost.

The first people, the probes and the strangers are real (LFW); the galleries are filled up with
synthetic people, each drawn between two real ones. Each engine is filled by the mirror of the
server, loses everything and is filled again, and forgets people of whom nothing may be left.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.support.command import command_parser
from benchmarks.support.filled_gallery import Faces, filled, rank_and_dir, real_faces
from benchmarks.support.pairs import BadProtocol, read_portraits
from benchmarks.support.plots import png
from benchmarks.support.report import percent, table, write_json
from benchmarks.support.vector_peers import PEERS, Peer, PeerMissing
from lookout.faces.decision.nearby import COUNTS
from lookout.faces.detections import Floats
from lookout.faces.errors import FacesError
from lookout.faces.gallery.gallery import Gallery
from lookout.server.vectors.index import NOBODY, Hits, VectorIndex
from lookout.server.vectors.mirror import LOOK_S, VectorMirror

COUNT = COUNTS[0]
"""Hits that a decision asks for."""
FORGOTTEN = 100
TRUTH_BLOCK = 64
_EPILOG = """example:
  python -m benchmarks.vectors --images lfw --protocol lfw/identify_dev.csv \\
      --engines exact pgvector --sizes 100000 --json vectors.json --plot vectors.png

recall@1: of all probes and strangers the share whose nearest encoding is among the engine's 128
hits. DIR: the share of the enrolled people's probes named right where 1 % of the strangers get a
name, after the hits were ordered exactly. Times: one probe a search, in ms. MB: proportional
memory of the engine's processes (of this one where it computes here), less what there was before.
Left: forgotten people who are still found, and whose vectors are still in the engine's own files
(its log of changes left out) once it has settled.
Exit status 1 if an engine finds somebody who was forgotten.
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
        people = filled(faces.people, size)
        exact = _exact_best(people, faces)
        for name in options.engines:
            try:
                with PEERS[name](people.shape[1]) as peer:
                    rows.append(_measured(peer, people, faces, exact, options.loss))
            except PeerMissing as error:
                print(f"{name}: left out, {error}", file=sys.stderr)
                continue
            print(_table(rows[-1:]), file=sys.stderr)
    print(_table(rows))
    write_json(options.json, "vectors", {"encoder": options.encoder, "rows": rows})
    _plot(options.plot, rows)
    return 1 if any(row["still_found"] for row in rows) else 0


class _Door:
    """The way to a peer, as `server.vectors.opening` has it to an engine."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self.name = peer.name

    def open(self, timeout_s: float) -> VectorIndex:  # noqa: ARG002 - a benchmark waits
        return self._peer.open()

    move_in = open


def _measured(
    peer: Peer, people: Floats, faces: Faces, exact: _Exact, loss: bool
) -> dict[str, Any]:
    before = peer.memory_bytes()
    now_s = [0.0]
    mirror = VectorMirror(_Door(peer), least=1, clock=lambda: now_s[0])
    samples = [f"sample {number}" for number in range(len(people))]
    gallery = mirror.prefiltered(Gallery(people, tuple(samples), "of the benchmark"), samples)
    row: dict[str, Any] = {"people": len(people), "engine": peer.name}
    row["built_s"] = _seconds(mirror.step)
    row["memory_mb"] = (peer.memory_bytes() - before) / 1e6
    row["disk_mb"] = peer.disk_bytes() / 1e6
    row |= _found(gallery, faces, exact)
    index = peer.open()
    if loss:
        index.clear()
        now_s[0] += 2 * LOOK_S
        row["rebuilt_s"] = _seconds(mirror.step)
    row |= _forgotten(peer, mirror, gallery, samples, index)
    return row


class _Exact:
    """nearest: (N,) the nearest row of each probe and stranger; rank_1 and dir_1: by comparing
    with everybody."""

    def __init__(self, nearest: npt.NDArray[np.intp], rank_1: float, dir_1: float) -> None:
        self.nearest, self.rank_1, self.dir_1 = nearest, rank_1, dir_1


def _exact_best(people: Floats, faces: Faces) -> _Exact:
    probes, mated = faces.everybody, len(faces.probes)
    lengths = np.square(people).sum(axis=1)
    nearest, best = [], []
    for start in range(0, len(probes), TRUTH_BLOCK):
        part = probes[start : start + TRUTH_BLOCK]
        squared = lengths - 2 * part @ people.T + np.square(part).sum(axis=1, keepdims=True)
        nearest += squared.argmin(axis=1).tolist()
        for place, row in enumerate(squared, start):
            own = float("inf")
            if place < mated:
                own = _root(row[faces.truth[place]])
                row[faces.truth[place]] = np.inf
            best.append((own, _root(row.min())))
    return _Exact(np.array(nearest, np.intp), *rank_and_dir(best, mated))


def _found(gallery: Gallery, faces: Faces, exact: _Exact) -> dict[str, Any]:
    probes, mated = faces.everybody, len(faces.probes)
    first_pass = gallery.first_pass
    if first_pass is None:
        raise SystemExit("the gallery has no first pass")
    times_ms, hits, best = [], 0, []
    for place, probe in enumerate(probes):
        began_s = time.perf_counter()
        found = first_pass.nearest(probe[None], COUNT)
        times_ms.append(1e3 * (time.perf_counter() - began_s))
        rows = np.zeros(0, np.intp) if found is None else found[0]
        hits += int(exact.nearest[place] in rows)
        distances = np.linalg.norm(gallery.encodings[rows] - probe, axis=1)
        is_own = rows == (faces.truth[place] if place < mated else -1)
        best.append(
            (
                float(distances[is_own].min(initial=np.inf)),
                float(distances[~is_own].min(initial=np.inf)),
            )
        )
    rank_1, dir_1 = rank_and_dir(best, mated)
    return {
        "recall_1": hits / len(probes),
        "rank_1": rank_1,
        "dir_at_fpir_1_percent": dir_1,
        "exact_rank_1": exact.rank_1,
        "exact_dir_at_fpir_1_percent": exact.dir_1,
        "p50_ms": float(np.percentile(times_ms[1:], 50)),
        "p99_ms": float(np.percentile(times_ms[1:], 99)),
    }


def _forgotten(
    peer: Peer, mirror: VectorMirror, gallery: Gallery, samples: list[str], index: VectorIndex
) -> dict[str, Any]:
    """How many of FORGOTTEN people the engine still finds, and still has in its files."""
    gone = gallery.encodings[:FORGOTTEN]
    there = _in_files(peer, gone)
    rest = Gallery(gallery.encodings[FORGOTTEN:], gallery.names[FORGOTTEN:], gallery.encoder)
    mirror.prefiltered(rest, samples[FORGOTTEN:])
    took_s = _seconds(mirror.step)
    hits: Hits = index.search(gone, 1)
    still = (hits.ids[:, 0] != NOBODY) & (hits.distances[:, 0] < 1e-3)
    return {
        "forgotten_s": took_s,
        "still_found": int(still.sum()),
        "in_files_before": there,
        "in_files_after": _in_files(peer, gone),
    }


def _in_files(peer: Peer, vectors: Floats) -> int | None:
    """How many of these vectors lie, byte for byte, in the engine's tables and indexes."""
    if peer.folder is None:
        return None
    peer.flush()
    wanted = {vector.astype("<f4").tobytes() for vector in vectors}
    found: set[bytes] = set()
    for path in sorted(peer.folder.rglob("*")):
        if path.is_file() and "wal" not in str(path.relative_to(peer.folder)):
            content = path.read_bytes()
            found |= {one for one in wanted - found if one in content}
    return len(found)


def _root(squared: float) -> float:
    return float(np.sqrt(max(squared, 0.0)))


def _seconds(work: Any) -> float:
    began_s = time.perf_counter()
    work()
    return time.perf_counter() - began_s


def _table(rows: Sequence[dict[str, Any]]) -> str:
    head = ("people", "engine", "built s", "again s", "MB", "disk MB", "p50 ms", "p99 ms",
            "recall@1 %", "DIR % (exact)", "forgotten s", "left: found, in files")  # fmt: skip
    body = []
    for row in rows:
        again = f"{row['rebuilt_s']:.1f}" if "rebuilt_s" in row else "–"
        files = "–" if row["in_files_after"] is None else row["in_files_after"]
        named = percent(row["dir_at_fpir_1_percent"])
        body.append(
            (f"{row['people']:,}", row["engine"], f"{row['built_s']:.1f}", again,
             f"{row['memory_mb']:.0f}", f"{row['disk_mb']:.0f}", f"{row['p50_ms']:.2f}",
             f"{row['p99_ms']:.2f}", percent(row["recall_1"]),
             f"{named} ({percent(row['exact_dir_at_fpir_1_percent'])})",
             f"{row['forgotten_s']:.2f}", f"{row['still_found']}, {files}")
        )  # fmt: skip
    return table(head, body)


def _plot(file: Path | None, rows: Sequence[dict[str, Any]]) -> None:
    """The time of a search by the number of people, the bar from the median to the 99th of 100."""
    if file is None:
        return
    with png(file, (7, 4.5)) as (_, plot):
        for name in dict.fromkeys(row["engine"] for row in rows):
            chosen = [row for row in rows if row["engine"] == name]
            middle = np.array([row["p50_ms"] for row in chosen])
            above = np.array([row["p99_ms"] for row in chosen]) - middle
            plot.errorbar(
                [row["people"] for row in chosen],
                middle,
                yerr=(np.zeros(len(chosen)), above),
                label=name,
                marker="o",
                capsize=3,
                linewidth=1.2,
            )
        plot.set_xscale("log")
        plot.set_yscale("log")
        plot.set(title="A search for 128 hits", xlabel="people", ylabel="ms, p50 to p99")
        plot.grid(visible=True, which="both", alpha=0.3)
        plot.legend(fontsize="small")


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("vectors", __doc__, _EPILOG)
    add = parser.add_argument
    add("--images", type=Path, required=True, metavar="DIR")
    add("--protocol", type=Path, required=True, metavar="CSV")
    add("--detector", default="yunet")
    add("--encoder", default="sface", help="(%(default)s)")
    add("--engines", nargs="+", choices=tuple(PEERS), default=("exact", "pgvector"))
    add("--sizes", type=int, nargs="+", default=(10_000, 100_000), help="people in the gallery")
    add("--probes", type=int, default=300, help="so many probes, and as many strangers (300)")
    add("--no-loss", dest="loss", action="store_false", help="do not lose everything and rebuild")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    add("--plot", type=Path, metavar="FILE.png", help="draw the times there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
