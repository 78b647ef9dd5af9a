"""`python -m benchmarks.variants`: one bad photograph a person. What helps, and what does not?

Every variant changes the chips that an encoder is given, of the probes, of the enrolled or of both,
and everything else stays: detection, alignment, the decision. All are tried on the same probes.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.arguments import evenly
from benchmarks.degrade import RECIPES
from benchmarks.encodings import EncodingCache
from benchmarks.pairs import BadProtocol, Portrait, read_portraits
from benchmarks.plots import Bar, draw_bars
from benchmarks.report import table, write_json
from benchmarks.trials import Faces, run_trials
from faces.detections import Detections, Floats, Image
from faces.engine import open_detector, open_encoder
from faces.errors import FacesError
from faces.rule import Rule
from faces.seams import Chip, Detector, Encoder

View = Callable[[Image], Image]
ENCODERS = ("dlib-128", "reid-0095")
TARGET = 0.01
LUMA = 120.0
"""Mean luma that `brightened` aims at: that of LFW's faces."""
HEAD_RADIUS = 0.4
"""Of the chip's width; the head of `turned` is an upright cylinder."""
JITTERS = ((3.0, 1.0, 0.02, 0.0), (-3.0, 1.05, 0.0, 0.02))
"""Rotation in degrees, zoom, shift in x and y of the width: the range of `dlib.jitter_image`."""
_EPILOG = """example:
  python -m benchmarks.variants --images lfw --protocol lfw/identify_dev.csv --limit 600

A side with several views has their mean encoding. DIR at FPIR 1 %: the share of the enrolled
people's probes that get their own name where one stranger in a hundred is named, by the decision of
the server with the chance moved there; in brackets the 95 % interval (Wilson). The probes are the
same for every variant, so that differences are surer than the intervals.
"""


@dataclass(frozen=True, slots=True)
class Variant:
    """The views of a chip whose encodings are averaged, on either side. Chips come in their
    encoder's order of channels (dlib's RGB, reid's BGR); luma is taken as if they were BGR."""

    probe: Sequence[View]
    enrolled: Sequence[View]


def as_it_is(chip: Image) -> Image:
    return chip


def mirrored(chip: Image) -> Image:
    return np.ascontiguousarray(chip[:, ::-1])


def equalised(chip: Image) -> Image:
    """CLAHE on luma: K. Zuiderveld, Graphics Gems IV, 1994."""
    luma_chroma = cv2.cvtColor(chip, cv2.COLOR_BGR2YCrCb)
    luma_chroma[..., 0] = cv2.createCLAHE(2.0, (4, 4)).apply(luma_chroma[..., 0])
    return np.asarray(cv2.cvtColor(luma_chroma, cv2.COLOR_YCrCb2BGR), np.uint8)


def brightened(chip: Image) -> Image:
    """The gamma that takes the mean luma to `LUMA`; brighter chips stay."""
    mean = float(np.clip(cv2.cvtColor(chip, cv2.COLOR_BGR2GRAY).mean(), 1, LUMA))
    gamma = np.log(LUMA / 255) / np.log(mean / 255)
    return np.asarray(np.rint(255 * (chip / 255.0) ** gamma), np.uint8)


def denoised(chip: Image) -> Image:
    """Non-local means: A. Buades et al., CVPR 2005."""
    return np.asarray(cv2.fastNlMeansDenoisingColored(chip, None, 6, 6, 5, 15), np.uint8)


def smoothed(chip: Image) -> Image:
    """Bilateral filter: C. Tomasi and R. Manduchi, ICCV 1998."""
    return np.asarray(cv2.bilateralFilter(chip, 5, 25, 2), np.uint8)


def jittered(chip: Image, degrees: float, zoom: float, dx: float, dy: float) -> Image:
    width = chip.shape[1]
    matrix = cv2.getRotationMatrix2D((width / 2, width / 2), degrees, zoom)
    matrix[:, 2] += (dx * width, dy * width)
    turned = cv2.warpAffine(chip, matrix, (width, width), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8)


def turned(chip: Image, yaw_degrees: float) -> Image:
    """The head turned aside, as if it were a cylinder; what was hidden repeats the rim."""
    height, width = chip.shape[:2]
    radius, yaw = HEAD_RADIUS * width, np.radians(yaw_degrees)
    # the aligned chip of a turned head is centred on what was centred before
    x = np.arange(width) - (width - 1) / 2 + radius * np.sin(yaw)
    on_head = np.clip(x, -radius, radius)
    angle = np.clip(np.arcsin(on_head / radius) - yaw, -np.pi / 2, np.pi / 2)
    source = radius * np.sin(angle) + (x - on_head) + (width - 1) / 2
    columns = np.tile(source.astype(np.float32), (height, 1))
    rows = np.tile(np.arange(height, dtype=np.float32)[:, None], (1, width))
    replicate = cv2.BORDER_REPLICATE
    return np.asarray(
        cv2.remap(chip, columns, rows, cv2.INTER_LINEAR, borderMode=replicate), np.uint8
    )


PLAIN: tuple[View, ...] = (as_it_is,)
_JITTERED: tuple[View, ...] = (
    as_it_is,
    *(partial(jittered, degrees=d, zoom=z, dx=x, dy=y) for d, z, x, y in JITTERS),
)
_TURNED: tuple[View, ...] = (
    as_it_is,
    partial(turned, yaw_degrees=10),
    partial(turned, yaw_degrees=-10),
)
VARIANTS: Mapping[str, Variant] = {
    "as it is": Variant(PLAIN, PLAIN),
    "mirror image, both sides": Variant((as_it_is, mirrored), (as_it_is, mirrored)),
    "CLAHE, probe": Variant((equalised,), PLAIN),
    "CLAHE, both sides": Variant((equalised,), (equalised,)),
    "gamma, probe": Variant((brightened,), PLAIN),
    "non-local means, probe": Variant((denoised,), PLAIN),
    "bilateral, probe": Variant((smoothed,), PLAIN),
    "two jitters, both sides": Variant(_JITTERED, _JITTERED),
    "turned by 10 degrees, enrolled": Variant(PLAIN, _TURNED),
}


class ViewsEncoder:
    """`encoder`, averaged over several views of each chip; what is cached goes by the views."""

    def __init__(self, encoder: Encoder, views: Sequence[View]) -> None:
        self.name, self.dimension = encoder.name, encoder.dimension
        self.tolerance = encoder.tolerance
        code = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]
        self.facts = f"{getattr(encoder, 'facts', None)} {code} {[_words(view) for view in views]}"
        self._encoder, self._views = encoder, views

    def align(self, image_bgr: Image, detections: Detections) -> list[Chip]:
        return self._encoder.align(image_bgr, detections)

    def encode(self, chips: Sequence[Chip]) -> Floats:
        """(N, dimension) float32; unit vectors where the encoder's are."""
        seen = [view(np.asarray(chip)) for view in self._views for chip in chips]
        each = self._encoder.encode(seen).reshape(len(self._views), len(chips), self.dimension)
        mean = np.asarray(each.mean(axis=0), np.float32)
        if not np.allclose(np.linalg.norm(each[0], axis=1), 1.0, atol=1e-3):
            return mean
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    rows: list[dict[str, Any]] = []
    try:
        portraits = read_portraits(options.protocol, options.images)
        detector = open_detector(options.detector, options.device)
        gallery = [p for p in portraits if p.role == "gallery"]
        shown = evenly([p for p in portraits if p.role == "probe"], options.limit)
        shown += evenly([p for p in portraits if p.role == "stranger"], options.limit)
        for name in options.encoder or ENCODERS:
            plain = open_encoder(name, options.device)
            rule = Rule.for_encoder(plain.name, plain.tolerance)
            for label in options.variant or VARIANTS:
                variant = VARIANTS[label]
                enrolled = _seen(gallery, detector, plain, variant.enrolled, "none")
                probes = _seen(shown, detector, plain, variant.probe, options.degrade)
                trials = run_trials(enrolled.as_gallery(plain.name), probes, rule)
                found = trials.found(trials.allowed_for(TARGET))
                low, high = found.interval
                rows.append(
                    {"degrade": options.degrade, "encoder": name, "variant": label}
                    | {"dir_at_1_percent": found.share, "low": low, "high": high}
                    | {"probes": found.trials, "strangers": int((~trials.mated).sum())}
                    | {"text": str(found)}
                )
    except (BadProtocol, FacesError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(_table(rows))
    write_json(options.json, "variants", {"people": len(gallery), "rows": rows})
    _plot(options.plot, options.degrade, rows)
    return 0


def _seen(
    people: Sequence[Portrait],
    detector: Detector,
    encoder: Encoder,
    views: Sequence[View],
    recipe: str,
) -> Faces:
    if tuple(views) != PLAIN:
        encoder = ViewsEncoder(encoder, views)
    encodings = EncodingCache(detector, encoder).encodings([p.path for p in people], recipe)
    return Faces(tuple(encodings), tuple(p.identity for p in people))


def _words(view: View) -> str:
    if isinstance(view, partial):
        return f"{view.func.__name__} {sorted(view.keywords.items())}"
    return view.__name__


def _table(rows: Sequence[dict[str, Any]]) -> str:
    encoders = list(dict.fromkeys(row["encoder"] for row in rows))
    cells = {(row["variant"], row["encoder"]): row["text"] for row in rows}
    labels = dict.fromkeys(row["variant"] for row in rows)
    head = ("DIR % at FPIR 1 %", *encoders)
    return table(head, [(label, *(cells[label, name] for name in encoders)) for label in labels])


def _plot(file: Path | None, recipe: str, rows: Sequence[dict[str, Any]]) -> None:
    bars: dict[str, dict[str, Bar]] = {}
    for row in rows:
        bar = (row["dir_at_1_percent"], row["low"], row["high"])
        bars.setdefault(row["encoder"], {})[row["variant"]] = bar
    draw_bars(file, f"One photograph a person, {recipe} probes", "DIR at FPIR 1 %", bars)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.variants",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--images", type=Path, required=True, metavar="DIR")
    add("--protocol", type=Path, required=True, metavar="CSV")
    add("--detector", default="yunet", help="(%(default)s)")
    add("--encoder", action="append", help="may be repeated; default: " + ", ".join(ENCODERS))
    add("--variant", action="append", choices=tuple(VARIANTS), help="default: every one")
    add("--degrade", default="night", choices=tuple(RECIPES), help="of probes (%(default)s)")
    add("--device", default="auto", choices=("auto", "cpu", "cuda"))
    add("--limit", type=int, help="only so many probes of each kind, evenly picked")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    add("--plot", type=Path, metavar="FILE.png", help="draw the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
