"""What each cue says of spliced and of untouched pictures of faces."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.support.arguments import evenly
from benchmarks.support.command import command_parser
from benchmarks.support.report import percent, table, write_json
from benchmarks.support.spliced_faces import WAYS, splice
from lookout.faces.deepfake.claims import claims_cue
from lookout.faces.deepfake.classifier import (
    DeepfakeClassifier,
    installed_classifier,
    open_classifier,
)
from lookout.faces.deepfake.face_parts import parts_of
from lookout.faces.deepfake.metadata import metadata_cue
from lookout.faces.deepfake.seam import seam_cue
from lookout.faces.deepfake.signs import LEAST_PX, Cue, NotLookedAt, Signs, verdict_on
from lookout.faces.detections import Floats, Image
from lookout.faces.engine import open_detector
from lookout.faces.errors import BadImage
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.models import ModelStore
from lookout.faces.photo.picture import read_file, read_picture
from lookout.server.imaging.jpeg import encode_jpeg

UNTOUCHED, SAVED = "untouched", "saved again"
QUALITY = 92

_EPILOG = f"""\
Each face is exchanged for that of another picture in three ways ({", ".join(WAYS)}; what they are
says benchmarks/support/spliced_faces.py) and saved as JPEG; `saved again` is the picture itself,
saved likewise. A classifier is asked where one is installed. `signs`: of all cues together.

  python -m benchmarks.deepfake --images DIR --count 20
"""


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    content: bytes
    image_bgr: Image
    points_xy: Floats


def portraits(folder: Path, count: int) -> list[Portrait]:
    """As many pictures with one large face, evenly picked."""
    detector, landmarker = open_detector("auto", "cpu"), Landmarker()
    found = []
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".jpg", ".png"))
    for path in evenly(paths, 3 * count):
        try:
            content = read_file(path)
            image_bgr = read_picture(content).image_bgr
        except BadImage:
            continue
        faces = detector.detect([image_bgr])[0]
        if len(faces) == 1 and faces.size_wh[0, 0] >= LEAST_PX:
            points = landmarker.points(image_bgr, faces)[0]
            found.append(Portrait(content, image_bgr, points))
    return evenly(found, count)


def cases(people: Sequence[Portrait]) -> Iterator[tuple[str, Portrait]]:
    """Every portrait as it is, saved again, and with the face of the one half-way further on."""
    half = max(1, len(people) // 2)
    for place, one in enumerate(people):
        yield UNTOUCHED, one
        yield SAVED, _saved(one.image_bgr, one.points_xy)
        other = people[(place + half) % len(people)]
        for way in WAYS:
            made = splice(one.image_bgr, one.points_xy, other.image_bgr, other.points_xy, way)
            yield way, _saved(made, one.points_xy)


def _saved(image_bgr: Image, points_xy: Floats) -> Portrait:
    content = encode_jpeg(image_bgr, QUALITY)
    read = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    return Portrait(content, np.asarray(read, np.uint8), points_xy)


def cues_of(one: Portrait, classifier: DeepfakeClassifier | None) -> list[Cue | NotLookedAt]:
    """What each cue says of a picture."""
    cues: list[Cue | NotLookedAt] = [
        seam_cue(parts_of(one.image_bgr, one.points_xy)),
        metadata_cue(one.content, one.image_bgr),
        claims_cue(one.content),
    ]
    if classifier is not None:
        box = np.concatenate([one.points_xy.min(axis=0), one.points_xy.max(axis=0)])
        cues.append(classifier.cue(one.image_bgr, np.asarray(box, np.float32)))
    return cues


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("deepfake", __doc__, _EPILOG)
    parser.add_argument("--images", type=Path, required=True, metavar="DIR")
    parser.add_argument("--count", type=int, default=20, help="pictures (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    options = parser.parse_args(arguments)
    people = portraits(options.images, options.count)
    if len(people) < 2:
        print(f"error: {options.images} has no two pictures with one large face", file=sys.stderr)
        return 1
    store = ModelStore.from_environment()
    entry = installed_classifier(store)
    classifier = open_classifier(entry, store) if entry else None
    counts: dict[tuple[str, str], Counter[str]] = {}
    for kind, one in cases(people):
        cues = cues_of(one, classifier)
        for cue in cues:
            said = cue.signs.value if isinstance(cue, Cue) else "not looked at"
            counts.setdefault((cue.name, kind), Counter())[said] += 1
        together = verdict_on([cue for cue in cues if isinstance(cue, Cue)])
        counts.setdefault(("signs", kind), Counter())[together.signs.value] += 1
    head = ("cue", "pictures", *(signs.value for signs in Signs), "found or weak, %")
    rows = []
    for (cue_name, kind), counted in sorted(counts.items()):
        share = (counted["found"] + counted["weak"]) / counted.total()
        rows.append((cue_name, kind, *(counted[s.value] for s in Signs), percent(share, 0)))
    print(f"{len(people)} pictures; classifier: {entry.name if entry else 'none installed'}")
    print(table(head, rows))
    figures = {f"{cue_name}, {kind}": dict(c) for (cue_name, kind), c in counts.items()}
    write_json(options.json, "deepfake", {"pictures": len(people), "counts": figures})
    return 0


if __name__ == "__main__":
    sys.exit(main())
