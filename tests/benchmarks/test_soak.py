"""The curve of memory, judged by hand, and a short run of the real thing."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.speed.pipeline import read_clip
from benchmarks.system.soak import MOST_GROWTH_MB, Point, growth_mb, soak
from lookout.faces.decision.decide import Rule
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.gallery.gallery import Gallery
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.live.pipeline import Pipeline


def _points(*rss_mb: float) -> list[Point]:
    return [Point(100 * i, value, i, 30.0) for i, value in enumerate(rss_mb, 1)]


@pytest.mark.parametrize(
    ("rss_mb", "grown"),
    [
        ((100, 180, 200, 200, 201, 199, 200, 200), 0.0),  # only the warm-up grows
        ((100, 180, 200, 210, 220, 230, 240, 250), 40.0),
        ((100, 180, 200, 200, 900, 200, 200, 200), 0.0),  # one peak is no growth
    ],
    ids=["flat", "growing", "a peak"],
)
def test_growth_is_what_comes_after_the_warm_up(rss_mb: tuple[float, ...], grown: float) -> None:
    assert growth_mb(_points(*rss_mb)) == pytest.approx(grown)


@pytest.mark.data
@pytest.mark.slow
def test_memory_stays_flat_over_real_frames(data: Path) -> None:
    clip = read_clip(data / "video" / "signers.mp4", 345, 60)
    encoder = open_encoder(device="cpu")
    empty = Gallery.empty(encoder.name, encoder.dimension)
    rule = Rule.for_tolerance(encoder.tolerance)
    recognition = RecognitionContext(open_detector("hog", "cpu"), encoder, rule, lambda: empty)
    pipeline = Pipeline(recognition)
    points = soak(pipeline, clip, 240)
    assert points[-1].faces > 100
    assert growth_mb(points) <= MOST_GROWTH_MB
