"""The cost of wrong photographs in the gallery, with and without the quality gate.

Every tenth training photograph is replaced, by one of a person whom nobody knows, or by a crop in
which the face is 24 px wide. train_model's own code learns the folder with the gate at each
setting; probes and strangers are then judged by the original rule and by the present one."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.support.arguments import evenly
from benchmarks.support.command import command_parser
from benchmarks.support.encodings import EncodingCache, centre_face
from benchmarks.support.plots import Bar, draw_bars
from benchmarks.support.report import percent, table, write_json
from lookout.faces.decision.decide import Probe, decide
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Floats, Image
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.photo.judgement import Quality
from lookout.faces.photo.picture import read_file, read_picture
from lookout.faces.protocols import Detector, Encoder
from lookout.faces.training.train import train
from lookout.faces.training.training_report import TrainingReport

TRAINING, PROBES, LEAST = 3, 3, 4
CROP_PX = 24
_EPILOG = """example:
  python -m benchmarks.poison --images lfw/images --json poison.json

DIR holds a folder for each person; those with four photographs or more are enrolled, those with
one are the strangers and the wrong people (never the same ones as both).
"""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """training: for each enrolled person three photographs; probes: further ones; wrong: people
    whose photographs take another's place; strangers: people who are only seen."""

    training: Mapping[str, Sequence[Path]]
    probes: Sequence[tuple[str, Path]]
    wrong: Sequence[Path]
    strangers: Sequence[Path]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    scene = read_scene(options.images, options.people, options.strangers)
    try:
        detector, encoder = open_detector(options.detector), open_encoder(options.encoder)
        gates, rows = measure(scene, detector, encoder, options.share)
    except (FacesError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(_gate_table(gates))
    print()
    print(_rule_table(rows))
    write_json(options.json, "poison", {"encoder": encoder.name, "gate": gates, "rows": rows})
    _plot(options.plot, rows)
    return 0


def read_scene(images: Path, people: int, strangers: int) -> Scene:
    """Picks people and photographs, the same ones every time."""
    folders = {folder.name: sorted(folder.iterdir()) for folder in sorted(images.iterdir())}
    chosen = evenly([name for name, photos in folders.items() if len(photos) >= LEAST], people)
    singles = [photos[0] for photos in folders.values() if len(photos) == 1]
    wrong, seen = singles[0::2], singles[1::2]
    return Scene(
        {name: folders[name][:TRAINING] for name in chosen},
        [(name, path) for name in chosen for path in folders[name][TRAINING:][:PROBES]],
        wrong,
        evenly(seen, strangers),
    )


def measure(
    scene: Scene, detector: Detector, encoder: Encoder, share: float
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The gate's verdicts at each setting, and the rates of each rule after it."""
    cache = EncodingCache(detector, encoder)
    probes = cache.encodings([path for _, path in scene.probes])
    strangers = cache.encodings(scene.strangers)
    landmarker = Landmarker()
    gates, rows = [], []
    with tempfile.TemporaryDirectory() as folder:
        for label, quality, poisoned in (
            ("as it was", Quality.OFF, False),
            ("poisoned, gate off", Quality.OFF, True),
            ("poisoned, gate standard", Quality.STANDARD, True),
            ("poisoned, gate strict", Quality.STRICT, True),
        ):
            images = Path(folder) / ("poisoned" if poisoned else "clean")
            kinds = _write(scene, images, detector, share if poisoned else 0.0)
            output = images / ".encodings.pkl"
            report = train(
                images, output, detector, encoder, landmarker=landmarker, quality=quality
            )
            verdicts = _verdicts(report, kinds)
            gates += [
                {"gallery": label, "photographs": kind, "verdicts": dict(verdicts[kind])}
                for kind in sorted(verdicts)
            ]
            for original in (True, False):
                rule = Rule.for_encoder(encoder.name, encoder.tolerance, original=original)
                named = "original rule" if original else "present rule"
                figures = _judge(report.gallery, scene, probes, strangers, rule)
                rows.append({"gallery": label, "rule": named} | figures)
    return gates, rows


def _verdicts(report: TrainingReport, kinds: Mapping[Path, str]) -> dict[str, Counter[str]]:
    """The count of each verdict on each kind of photograph."""
    verdicts: dict[str, Counter[str]] = {}
    for photo in report.photos:
        verdicts.setdefault(kinds[photo.path], Counter())[photo.verdict] += 1
    return verdicts


def _write(scene: Scene, images: Path, detector: Detector, share: float) -> dict[Path, str]:
    """Lays out the people's folders; each photograph's kind: good, wrong person or small crop."""
    kinds: dict[Path, str] = {}
    places = [(name, path) for name, paths in scene.training.items() for path in paths]
    random = np.random.default_rng(3)
    hit = random.permutation(len(places))[: round(share * len(places))]
    spoilt = {int(place): number for number, place in enumerate(hit)}
    for place, (name, path) in enumerate(places):
        target = images / name / f"{path.stem}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        image = read_picture(read_file(path)).image_bgr
        kinds[target] = "good"
        if place in spoilt and spoilt[place] % 2 == 0:
            image = read_picture(read_file(scene.wrong[spoilt[place]])).image_bgr
            kinds[target] = "wrong person"
        elif place in spoilt:
            image = _small_crop(image, detector)
            kinds[target] = f"{CROP_PX}-px crop"
        _, content = cv2.imencode(".png", image)
        target.write_bytes(content.tobytes())
    return kinds


def _small_crop(image: Image, detector: Detector) -> Image:
    """The face with as much again around it, CROP_PX wide."""
    face = centre_face(detector.detect([image])[0], image)
    if not len(face):
        return image
    x0, y0, x1, y1 = face.box_xyxy[0]
    margin = (x1 - x0) / 2
    left, top = int(max(0, x0 - margin)), int(max(0, y0 - margin))
    crop = image[top : int(y1 + margin), left : int(x1 + margin)]
    scale = CROP_PX / float(x1 - x0)
    small = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _judge(
    gallery: Gallery,
    scene: Scene,
    probes: Sequence[Floats | None],
    strangers: Sequence[Floats | None],
    rule: Rule,
) -> dict[str, Any]:
    def name(encoding: Floats | None) -> str | None:
        return None if encoding is None else decide([Probe(encoding)], gallery, rule).name

    said = [(name(encoding), own) for encoding, (own, _) in zip(probes, scene.probes, strict=True)]
    return {
        "people": len(gallery.people),
        "encodings": len(gallery),
        "probes": len(said),
        "strangers": len(strangers),
        "named_right": sum(found == own for found, own in said) / len(said),
        "named_wrong": sum(found not in (None, own) for found, own in said) / len(said),
        "strangers_named": sum(name(encoding) is not None for encoding in strangers)
        / len(strangers),
    }


def _gate_table(gates: Sequence[dict[str, Any]]) -> str:
    body = []
    for row in gates:
        verdicts: Mapping[str, int] = row["verdicts"]
        count = sum(verdicts.values())
        refused = {code: n for code, n in sorted(verdicts.items()) if code != "used"}
        share = percent(sum(refused.values()) / count)
        why = ", ".join(f"{n} {code}" for code, n in refused.items()) or "–"
        body.append((row["gallery"], row["photographs"], count, share, why))
    return table(("gallery", "photographs", "count", "refused %", "why"), body)


def _rule_table(rows: Sequence[dict[str, Any]]) -> str:
    head = ("gallery", "rule", "encodings", "named right %", "named wrong %", "strangers named %")
    return table(
        head,
        [
            (row["gallery"], row["rule"], row["encodings"],
             *(percent(row[k]) for k in ("named_right", "named_wrong", "strangers_named")))
            for row in rows
        ],
    )  # fmt: skip


def _plot(file: Path | None, rows: Sequence[dict[str, Any]]) -> None:
    bars: dict[str, dict[str, Bar]] = {}
    for row in rows:
        for key in ("named_right", "named_wrong", "strangers_named"):
            label = f"{row['gallery']}: {key.replace('_', ' ')}"
            bars.setdefault(row["rule"], {})[label] = (row[key],) * 3
    draw_bars(file, "Poisoned gallery", "share", bars)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("poison", __doc__, _EPILOG)
    add = parser.add_argument
    add("--images", type=Path, required=True, metavar="DIR")
    add("--detector", default="yunet")
    add("--encoder", default="dlib-128")
    add("--people", type=int, default=100, help="enrolled people (100)")
    add("--strangers", type=int, default=300, help="people who are only seen (300)")
    add("--share", type=float, default=0.1, help="of the photographs that are replaced (0.1)")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    add("--plot", type=Path, metavar="FILE.png", help="draw the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
