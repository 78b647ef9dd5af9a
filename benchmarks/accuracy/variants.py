"""`python -m benchmarks.variants`: one bad photograph a person. What helps, and what does not?

Every variant changes the chips that an encoder is given, of the probes, of the enrolled or of both,
and everything else stays: detection, alignment, the decision. All are tried on the same probes.
"""

from __future__ import annotations

import argparse
import hashlib
import inspect
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.chip_views import PLAIN, VARIANTS, View
from benchmarks.support.arguments import add_protocol_options
from benchmarks.support.degrade import RECIPES
from benchmarks.support.pairs import BadProtocol, Portrait, read_portraits
from benchmarks.support.plots import Bar, draw_bars
from benchmarks.support.portraits import faces_of, gallery_and_shown
from benchmarks.support.report import table, write_json
from benchmarks.support.trials import Faces, run_trials
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.protocols import Chip, Detector, Encoder

ENCODERS = ("dlib-128", "reid-0095")
TARGET = 0.01
_EPILOG = """example:
  python -m benchmarks.variants --images lfw --protocol lfw/identify_dev.csv --limit 600

A side with several views has their mean encoding. DIR at FPIR 1 %: the share of the enrolled
people's probes that get their own name where one stranger in a hundred is named, by the decision of
the server with the chance moved there; in brackets the 95 % interval (Wilson). The probes are the
same for every variant, so that differences are surer than the intervals.
"""


class ViewsEncoder:
    """`encoder`, averaged over several views of each chip; what is cached goes by the views."""

    def __init__(self, encoder: Encoder, views: Sequence[View]) -> None:
        self.name, self.dimension = encoder.name, encoder.dimension
        self.tolerance = encoder.tolerance
        self.facts = f"{getattr(encoder, 'facts', None)} {[_words(view) for view in views]}"
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
        gallery, shown = gallery_and_shown(portraits, options.limit)
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
    return faces_of(people, detector, encoder, recipe)


def _words(view: View) -> str:
    """What the view is, with a digest of the file that it stands in."""
    function, options = view, ""
    if isinstance(view, partial):
        function, options = view.func, f" {sorted(view.keywords.items())}"
    code = hashlib.sha256(Path(inspect.getfile(function)).read_bytes()).hexdigest()[:16]
    return f"{function.__name__}{options} {code}"


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
    add_protocol_options(parser, ENCODERS)
    add = parser.add_argument
    add("--variant", action="append", choices=tuple(VARIANTS), help="default: every one")
    add("--degrade", default="night", choices=tuple(RECIPES), help="of probes (%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
