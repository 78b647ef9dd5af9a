"""Detectors × encoders × methods in one table, on the same lists: clear, and the hard case."""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.accuracy.smaller_galleries import rules_of
from benchmarks.accuracy.verify import measure as distances_of
from benchmarks.accuracy.verify import picked
from benchmarks.speed.encode import portrait_rgb
from benchmarks.support.arguments import evenly, measured
from benchmarks.support.command import command_parser
from benchmarks.support.pairs import BadProtocol, Pair, Portrait, read_pairs, read_portraits
from benchmarks.support.portraits import faces_of
from benchmarks.support.report import table, write_json
from benchmarks.support.trials import Faces, run_trials
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Detections
from lookout.faces.encode.registered import registered_encoders
from lookout.faces.engine import DETECTORS, ENCODERS, open_detector, open_encoder
from lookout.faces.errors import FacesError, ModelError
from lookout.faces.gallery.match import MIN_ENCODINGS, MatchMode, with_matcher
from lookout.faces.memory import give_back, resident_bytes
from lookout.faces.metrics.share import Share
from lookout.faces.metrics.trials import Trials
from lookout.faces.metrics.verification import verification
from lookout.faces.models import ModelStore
from lookout.faces.protocols import Encoder
from lookout.faces.runtime.session import RuntimeChoice

CONDITIONS = {
    "clear": ("none", "none"),
    "dark": ("none", "dark"),
    "night": ("none", "night"),
    "hard": ("none", "dark+blur"),
    "scan": ("small", "dark+blur"),
}
"""What becomes of the enrolled photograph and of the probe, by recipes of docs/benchmarks.md."""
USUAL, OURS, BOUND = "usual", "lookout", "bound"
METHODS = {
    USUAL: "the usual rule",
    OURS: "Lookout's",
    MatchMode.HASH.value: "Lookout's, hash codes",
    MatchMode.HASH_RERANK.value: "Lookout's, hash codes, the nearest exactly",
    BOUND: "at 1 % of strangers",
}
CHIPS = 8
ROUNDS = 5
FUSED = ("sface+reid-0095",)

_EPILOG = """\
Everybody has one photograph; other photographs of them are probes, and so are photographs of
strangers. Each cell: the probes that get their own name / the strangers that get any name, in
per cent. Without a face there is no name. The methods:

  the usual rule      most photographs within the encoder's fixed tolerance win
  Lookout's           the server's default (docs/decisions.md)
  hash codes          the same on hash codes (--codes)
  at 1 % of strangers Lookout's with what is allowed moved, with hindsight, until one stranger in a
                      hundred is named: what detector and encoder have in them, and no setting
                      that could be known before

clear: as they are. dark, night: the probes by these recipes. hard: one old photograph, and a dark
camera out of focus (`dark+blur`). scan: and little is left of the photograph (`small`). How much
older people are than in their photograph LFW does not tell.
Encodings are kept in results/, so a run that was interrupted goes on, and a second may take more.
same?: of `--pairs` of verify_dev.csv the share that is told rightly, over ten folds.
ms are of processor time: of the encoder for a face on one thread, of the detector for a frame of
640×480. MB: by how much the process grew when the encoder was opened and used.

  python -m benchmarks.compare --lfw ../shared/data/lfw --people 300 --limit 150
  python -m benchmarks.compare --lfw ../shared/data/lfw --people 1184 --limit 300 \\
      --detector yunet --condition clear --condition hard
"""


@dataclass(frozen=True, slots=True)
class Lists:
    """The enrolled, and the probes: of them and of strangers."""

    enrolled: tuple[Portrait, ...]
    shown: tuple[Portrait, ...]

    @classmethod
    def of(cls, portraits: Sequence[Portrait], people: int, limit: int) -> Lists:
        """So many people, and `limit` probes of them and of strangers, evenly picked."""
        gallery = evenly([one for one in portraits if one.role == "gallery"], people)
        names = {one.identity for one in gallery}
        own = [one for one in portraits if one.role == "probe" and one.identity in names]
        strangers = [one for one in portraits if one.role == "stranger"]
        return cls(tuple(gallery), (*evenly(own, limit), *evenly(strangers, limit)))


def measure(
    names: tuple[str, str],
    lists: Lists,
    pairs: Sequence[Pair],
    conditions: Sequence[str],
    codes: bool,
) -> dict[str, Any]:
    """The figures of a detector with an encoder: of every method in every condition."""
    result: dict[str, Any] = {"detector": names[0], "encoder": names[1], **cost_of(names[1])}
    result["finding_ms"] = finding_ms(names[0])
    if pairs:
        distance, _, _ = distances_of(pairs, names, "none", RuntimeChoice("cpu"))
        result["pairs"] = asdict(verification(distance, np.array([pair.same for pair in pairs])))
    detector, encoder = open_detector(names[0], "cpu"), open_encoder(names[1], "cpu")
    for condition in conditions:
        old, now = CONDITIONS[condition]
        enrolled = faces_of(lists.enrolled, detector, encoder, old, "cpu")
        shown = faces_of(lists.shown, detector, encoder, now, "cpu")
        missing = [e is None for e in (*enrolled.encodings, *shown.encodings)]
        result[condition] = {
            "no_face": _figures(Share(sum(missing), len(missing))),
            "methods": {
                method: {"right": _figures(right), "strangers": _figures(strangers)}
                for method, right, strangers in by_method(encoder, enrolled, shown, codes)
            },
        }
    return result


def by_method(
    encoder: Encoder, enrolled: Faces, shown: Faces, codes: bool = False
) -> Iterator[tuple[str, Share, Share]]:
    """Each method with the probes that get their own name, and the strangers that get one."""
    gallery = enrolled.as_gallery(encoder.name)
    usual, ours = rules_of(encoder)
    trials = run_trials(gallery, shown, usual)
    yield USUAL, trials.found(1.0), trials.named(1.0)
    exact = run_trials(gallery, shown, ours)
    yield OURS, *_at(exact, Rule().fpir)
    if codes and len(gallery) >= MIN_ENCODINGS:
        for mode in (MatchMode.HASH, MatchMode.HASH_RERANK):
            coded = run_trials(with_matcher(gallery, mode), shown, ours)
            yield mode.value, *_at(coded, Rule().fpir)
    yield BOUND, *_at(exact, exact.allowed_for(0.01))


def _at(trials: Trials, allowed: float) -> tuple[Share, Share]:
    return trials.found(allowed), trials.named(allowed)


def _figures(share: Share) -> dict[str, Any]:
    low, high = share.interval
    return {"share": share.share, "low": low, "high": high, "of": share.trials}


@cache
def cost_of(name: str) -> dict[str, float]:
    """What the network takes: MB of memory, and ms of a processor for a face on one thread."""
    give_back()
    before = resident_bytes()
    encoder = open_encoder(name, runtime=RuntimeChoice("cpu", threads=1))
    picture = np.random.default_rng(1).integers(0, 255, (480, 640, 3), np.uint8)
    box = np.array([[220, 140, 420, 360]], np.float32)
    eyes_nose_mouth = [[280, 220], [360, 220], [320, 270], [290, 310], [350, 310]]
    points = np.array([eyes_nose_mouth], np.float32)
    face = Detections(box, np.ones(1, np.float32), points)
    chips = encoder.align(picture, face) * CHIPS
    ms = _processor_ms(lambda: encoder.encode(chips)) / CHIPS
    return {"mb": (resident_bytes() - before) / 1e6, "ms": ms}


@cache
def finding_ms(name: str) -> float:
    """ms of a processor in which the detector looks at a frame of 640×480 with a face in it."""
    frame = np.asarray(
        cv2.resize(cv2.cvtColor(portrait_rgb(), cv2.COLOR_RGB2BGR), (640, 480)), np.uint8
    )
    detector = open_detector(name, runtime=RuntimeChoice("cpu", threads=1))
    return _processor_ms(lambda: detector.detect([frame]))


def _processor_ms(work: Callable[[], object]) -> float:
    """The median of some rounds after one for warmth; other programs do not count."""
    times = []
    for _ in range(ROUNDS + 1):
        began_s = time.process_time()
        work()
        times.append(1e3 * (time.process_time() - began_s))
    return statistics.median(times[1:])


def encoders_here(store: ModelStore) -> list[str]:
    """dlib's, those of the registry whose files are here, and the fusion that is the default."""
    here = [name for name in registered_encoders(store) if store.has(name)]
    fused = [name for name in FUSED if all(part in here for part in name.split("+"))]
    return [*ENCODERS, *here, *fused]


def detectors_here() -> list[str]:
    """Those whose weights are here, but for the one that is another on the doubled picture."""
    here = []
    for name in DETECTORS:
        try:
            open_detector(name, "cpu")
        except ModelError:
            continue
        here.append(name)
    return [name for name in here if name != "mmod-2x"]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    store = ModelStore.from_environment()
    conditions = options.condition or ["clear", "hard"]
    results = []
    try:
        portraits = read_portraits(options.lfw / "identify_dev.csv", options.lfw)
        lists = Lists.of(portraits, options.people, options.limit)
        pairs = picked(read_pairs(options.lfw / "verify_dev.csv", options.lfw), options.pairs)
        choices = product(
            options.detector or detectors_here(), options.encoder or encoders_here(store)
        )
        for _, result in measured(
            choices, lambda names: measure(names, lists, pairs, conditions, options.codes)
        ):
            results.append(result)
            print(" | ".join(_row(result, store, conditions)), file=sys.stderr, flush=True)
    except (BadProtocol, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except FacesError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if not results:
        return 1
    print(table(_head(results[0], conditions), [_row(r, store, conditions) for r in results]))
    missing = [name for name in registered_encoders(store) if not store.has(name)]
    print(f"\nnot here, so not in the table: {', '.join(missing)}")
    write_json(options.json, "compare", {"results": results, "not_here": missing})
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("compare", __doc__, _EPILOG)
    add = parser.add_argument
    add("--lfw", type=Path, required=True, metavar="DIR", help="as shared/data/lfw")
    add("--detector", action="append", help="may be repeated; default: every one that is here")
    add("--encoder", action="append", help="may be repeated; default: every one that is here")
    add(
        "--condition",
        action="append",
        choices=tuple(CONDITIONS),
        help="may be repeated; default: clear and hard",
    )
    add("--codes", action="store_true", help=f"also by hash codes, from {MIN_ENCODINGS} people up")
    add("--people", type=int, default=300, help="enrolled (%(default)s; the list has 1,184)")
    add("--limit", type=int, default=150, help="probes, and as many strangers (%(default)s)")
    add("--pairs", type=int, default=600, help="told same or different (%(default)s; 0: none)")
    add("--json", type=Path, metavar="FILE", help="write the figures there, with intervals")
    return parser


def _head(result: dict[str, Any], conditions: Sequence[str]) -> list[str]:
    head = ["detector", "encoder"]
    for condition in conditions:
        head.append(f"{condition}: no face")
        head += [f"{condition}: {METHODS[method]}" for method in result[condition]["methods"]]
    return [*head, "same? %", "ms: finding", "ms: encoding", "MB", "licence of the encoder"]


def _row(result: dict[str, Any], store: ModelStore, conditions: Sequence[str]) -> list[str]:
    row = [result["detector"], result["encoder"]]
    for condition in conditions:
        row.append(f"{100 * result[condition]['no_face']['share']:.1f}")
        row += [
            f"{100 * cell['right']['share']:.1f} / {100 * cell['strangers']['share']:.1f}"
            for cell in result[condition]["methods"].values()
        ]
    row.append(f"{100 * result['pairs']['accuracy']:.1f}" if "pairs" in result else "–")
    row += [f"{result[key]:.0f}" for key in ("finding_ms", "ms", "mb")]
    return [*row, _licence(result["encoder"], store)]


def _licence(name: str, store: ModelStore) -> str:
    parts = [store.entries[part].licence for part in name.split("+") if part in store.entries]
    return ", ".join(dict.fromkeys(parts)) or "CC0"


if __name__ == "__main__":
    sys.exit(main())
