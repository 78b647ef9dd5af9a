"""Attacks that are drawn: a live picture on a telephone before another background.

A drawn telephone has neither the pixels of a real screen nor its light, so that the networks see
less of it than they would see in life: what passes here is what the rim must show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np

from benchmarks.support.presentations import BONA_FIDE, LOOK_EVERY_S, Presentation, Shown, shown
from lookout.faces.detections import Floats, Image
from lookout.faces.liveness.track import MAX_LOOKS
from lookout.faces.protocols import Detector

TELEPHONE, STILL = "telephone (drawn)", "still picture (drawn)"
EVERY = 8
"""Of the live pictures every so manieth is kept still."""

FACE_PX = 140.0
SCREEN_WH = (1.6, 2.4)
"""The part of the picture that the screen shows, in sizes of the face's box."""
RIM, CHIN = 0.06, 0.12
"""The telephone's rim at the sides, above and below, as shares of the screen's width."""
NOISE, BLUR_PX = 3.0, 0.6


def drawn(
    presentations: Sequence[Presentation], background_bgr: Image, detector: Detector
) -> Iterator[Shown]:
    """Of every live picture a telephone that shows it, and of some of them a still picture that
    fills the view of a camera that does not move."""
    live = [p for p in presentations if p.species == BONA_FIDE]
    generator = np.random.default_rng(1)
    pictures = list(shown(live))
    for picture in pictures:
        (found,) = detector.detect([picture.image_bgr])
        if len(found):
            box = np.asarray(found.largest(1).box_xyxy[0], np.float32)
            scene = on_telephone(picture.image_bgr, box, background_bgr, generator)
            yield replace(picture, presentation=_as(picture, TELEPHONE), image_bgr=scene)
    yield from _stills(pictures[::EVERY], generator)


def _stills(pictures: Iterable[Shown], generator: np.random.Generator) -> Iterator[Shown]:
    for number, picture in enumerate(pictures):
        of_track = replace(_as(picture, STILL), sequence=f"{STILL} {number}")
        for look in range(MAX_LOOKS):
            taken = photographed(picture.image_bgr, generator)
            yield Shown(replace(of_track, number=look), look * LOOK_EVERY_S, taken)


def _as(picture: Shown, species: str) -> Presentation:
    return replace(picture.presentation, species=species)


def on_telephone(
    live_bgr: Image, box_xyxy: Floats, background_bgr: Image, generator: np.random.Generator
) -> Image:
    """A picture of `background_bgr`'s size with the face on a telephone somewhere in it."""
    screen = _screen(live_bgr, box_xyxy)
    height, width = screen.shape[:2]
    side, end = round(RIM * width), round(CHIN * width)
    telephone = cv2.copyMakeBorder(
        screen, end, end, side, side, cv2.BORDER_CONSTANT, value=(12,) * 3
    )
    scene = background_bgr.copy()
    height, width = (min(a, b) for a, b in zip(telephone.shape[:2], scene.shape[:2], strict=True))
    y = int(generator.integers(0, scene.shape[0] - height + 1))
    x = int(generator.integers(0, scene.shape[1] - width + 1))
    scene[y : y + height, x : x + width] = telephone[:height, :width]
    return photographed(scene, generator)


def photographed(scene_bgr: Image, generator: np.random.Generator) -> Image:
    """The scene as a web camera takes it: a little soft, with noise."""
    soft = cv2.GaussianBlur(scene_bgr, (0, 0), BLUR_PX).astype(np.float32)
    noise = generator.normal(0, NOISE, soft.shape)
    return np.asarray(np.clip(soft + noise, 0, 255), np.uint8)


def _screen(live_bgr: Image, box_xyxy: Floats) -> Image:
    height, width = live_bgr.shape[:2]
    size = (box_xyxy[2:] - box_xyxy[:2]) * np.array(SCREEN_WH, np.float32)
    size = np.minimum(size, (width, height))
    first = np.clip((box_xyxy[:2] + box_xyxy[2:] - size) / 2, 0, (width, height) - size).astype(int)
    part = live_bgr[first[1] : first[1] + int(size[1]), first[0] : first[0] + int(size[0])]
    scale = FACE_PX / float(box_xyxy[3] - box_xyxy[1])
    return np.asarray(
        cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    )
