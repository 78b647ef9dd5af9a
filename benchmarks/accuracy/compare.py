"""All encoders that are here in one table: accuracy, open set, dark, speed, memory, licence."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy import identify, verify
from benchmarks.support.arguments import evenly, measured
from benchmarks.support.command import command_parser
from benchmarks.support.pairs import BadProtocol, Pair, Portrait, read_pairs, read_portraits
from benchmarks.support.report import percent, table, write_json
from lookout.faces.detections import Detections
from lookout.faces.encode.registered import registered_encoders
from lookout.faces.engine import ENCODERS, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.metrics.verification import verification
from lookout.faces.models import ModelStore
from lookout.faces.models.memory import give_back, resident_bytes
from lookout.faces.runtime.session import RuntimeChoice

DARK = "dark"
CHIPS = 8
ROUNDS = 5
FUSED = ("sface+reid-0095",)

_EPILOG = """\
Every encoder of the registry whose files are here, with one detector for all. The lists are those
of benchmarks.verify and benchmarks.identify, evenly thinned out (--limit of each kind): encodings
are kept in results/, so a second run is quick and may take more. ms: a face on one thread; MB: by
how much the process grew when the network was opened.

  python -m benchmarks.compare --lfw ../shared/data/lfw --limit 300
"""


def cost_of(name: str) -> dict[str, float]:
    """What the network takes: MB of memory, and ms for a face on one thread."""
    give_back()
    before = resident_bytes()
    encoder = open_encoder(name, runtime=RuntimeChoice("cpu", threads=1))
    picture = np.random.default_rng(1).integers(0, 255, (480, 640, 3), np.uint8)
    box = np.array([[220, 140, 420, 360]], np.float32)
    eyes_nose_mouth = [[280, 220], [360, 220], [320, 270], [290, 310], [350, 310]]
    points = np.array([eyes_nose_mouth], np.float32)
    face = Detections(box, np.ones(1, np.float32), points)
    chips = encoder.align(picture, face) * CHIPS
    times = []
    for _ in range(ROUNDS + 1):
        began_s = time.perf_counter()
        encoder.encode(chips)
        times.append(1e3 * (time.perf_counter() - began_s) / CHIPS)
    return {"mb": (resident_bytes() - before) / 1e6, "ms": statistics.median(times[1:])}


def measure(
    name: str, detector: str, pairs: Sequence[Pair], portraits: Sequence[Portrait], limit: int
) -> dict[str, Any]:
    """Every figure of one encoder."""
    cost = cost_of(name)
    choice = RuntimeChoice("cpu")
    distance, missed, _ = verify.measure(pairs, (detector, name), "none", choice)
    same = np.array([pair.same for pair in pairs])
    verified = verification(distance, same)
    clean, dark = (
        identify.figures(identify.measure(portraits, (detector, name), recipe, "cpu", limit))
        for recipe in ("none", DARK)
    )
    return {
        "encoder": name,
        **cost,
        "accuracy": verified.accuracy,
        "accuracy_error": verified.accuracy_error,
        "rank_1": clean["rank_1"],
        "dir": clean["dir_at_fpir_1_percent"],
        "rank_1_dark": dark["rank_1"],
        "dir_dark": dark["dir_at_fpir_1_percent"],
        "pictures_without_face": missed,
    }


def encoders_here(store: ModelStore) -> list[str]:
    """dlib's, those of the registry whose files are here, and the fusion that is the default."""
    here = [name for name in registered_encoders(store) if store.has(name)]
    fused = [name for name in FUSED if all(part in here for part in name.split("+"))]
    return [*ENCODERS, *here, *fused]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("compare", __doc__, _EPILOG)
    parser.add_argument("--lfw", type=Path, required=True, metavar="DIR", help="as shared/data/lfw")
    parser.add_argument("--detector", default="yunet", help="for all (%(default)s)")
    parser.add_argument("--encoder", action="append", help="default: every one that is here")
    parser.add_argument("--limit", type=int, default=300, help="of each kind (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    options = parser.parse_args(arguments)
    store = ModelStore.from_environment()
    try:
        pairs = read_pairs(options.lfw / "verify_dev.csv", options.lfw)
        portraits = _thinned(read_portraits(options.lfw / "identify_dev.csv", options.lfw), options)
    except (BadProtocol, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    half = options.limit // 2
    pairs = [
        *evenly([pair for pair in pairs if pair.same], half),
        *evenly([pair for pair in pairs if not pair.same], half),
    ]
    names = [(name,) for name in options.encoder or encoders_here(store)]
    results = []
    try:
        for _, result in measured(
            names,
            lambda name: measure(name[0], options.detector, pairs, portraits, options.limit),
        ):
            results.append(result)
    except FacesError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(_table(results, store))
    missing = [name for name in registered_encoders(store) if not store.has(name)]
    print(f"\nnot here, so not in the table: {', '.join(missing)}")
    write_json(options.json, "compare", {"results": results, "not_here": missing})
    return 0


def _thinned(portraits: Sequence[Portrait], options: Any) -> list[Portrait]:
    """So many people, their probes, and as many strangers."""
    gallery = evenly([one for one in portraits if one.role == "gallery"], options.limit)
    people = {one.identity for one in gallery}
    probes = [one for one in portraits if one.role == "probe" and one.identity in people]
    strangers = [one for one in portraits if one.role == "stranger"]
    return [*gallery, *probes, *strangers]


def _table(results: Sequence[dict[str, Any]], store: ModelStore) -> str:
    head = ("encoder", "pairs right, %", "±", "rank-1, %", "DIR at FPIR 1 %", "dark: rank-1, %",
            "dark: DIR", "ms a face", "MB", "licence")  # fmt: skip
    rows = [
        (r["encoder"], percent(r["accuracy"]), percent(r["accuracy_error"]),
         percent(r["rank_1"]), percent(r["dir"]), percent(r["rank_1_dark"]),
         percent(r["dir_dark"]), f"{r['ms']:.1f}", f"{r['mb']:.0f}",
         _licence(r["encoder"], store))
        for r in results
    ]  # fmt: skip
    return table(head, rows)


def _licence(name: str, store: ModelStore) -> str:
    parts = [store.entries[part].licence for part in name.split("+") if part in store.entries]
    return ", ".join(dict.fromkeys(parts)) or "CC0"


if __name__ == "__main__":
    sys.exit(main())
