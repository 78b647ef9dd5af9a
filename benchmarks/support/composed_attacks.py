"""Attacks that are drawn: live people on sheets and telephones before another background.

A drawn sheet has neither the grain of paper nor the light of a real screen, so that the networks
see less of it than they would see in life: what passes here is what the other cues must show. The
pixels of a screen and the moiré that a camera makes of them are drawn, but are not measured ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.support.presentations import BONA_FIDE, LOOK_EVERY_S, Presentation, Shown, shown
from lookout.faces.detections import Floats, Image
from lookout.faces.liveness.track import MAX_LOOKS
from lookout.faces.protocols import Detector

HELD, MOVED, BENT = "sheet, held still (drawn)", "sheet, moved (drawn)", "sheet, bent (drawn)"
TELEPHONE, STILL = "telephone, replay (drawn)", "still picture (drawn)"
EVERY_TRACK = 3
"""Of the tracks of live people every so manieth is shown on a sheet and on a telephone."""
EVERY_STILL = 24
"""Of the live pictures every so manieth fills the view of a camera that does not move."""

FACE_PX = 130.0
SHEET_WH, SCREEN_WH = (2.2, 2.6), (1.8, 2.4)
"""The part of the picture that is shown, in sizes of the face's box."""
BORDER = 0.04
RIM, CHIN = 0.06, 0.10
"""Of a telephone at the sides, above and below, as shares of the screen's width."""
NOISE, BLUR_PX = 3.0, 0.6
FOCAL_PX = 900.0

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a card is: shift in pixels, size as a factor, angles in degrees, and how far it is
    bent: 0 flat, 1 a half cylinder."""

    x: float = 0.0
    y: float = 0.0
    size: float = 1.0
    roll: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0
    bend: float = 0.0


Hand = Callable[[float, Numbers, np.random.Generator], Pose]
"""From a time in seconds and six phases to where the hand holds the card."""


def _trembling(_: float, __: Numbers, chance: np.random.Generator) -> Pose:
    x, y, roll = chance.normal(0, (1.0, 1.0, 0.4))
    return Pose(x, y, roll=roll)


def _moving(time_s: float, phases: Numbers, _: np.random.Generator) -> Pose:
    speeds = np.array([2.5, 2.0, 1.8, 1.3, 2.2, 1.7])
    x, y, size, roll, yaw, pitch = np.sin(speeds * time_s + phases) * (25, 14, 0.12, 5, 18, 8)
    return Pose(x, y, 1 + size, roll, yaw, pitch)


def _bending(time_s: float, phases: Numbers, _: np.random.Generator) -> Pose:
    bend, yaw, x = np.sin(np.array([2.2, 1.6, 2.0]) * time_s + phases[:3]) * (0.9, 12, 6)
    return Pose(x, yaw=yaw, bend=bend)


HANDS: Mapping[str, Hand] = {
    HELD: _trembling,
    MOVED: _moving,
    BENT: _bending,
    TELEPHONE: _trembling,
}


def drawn(
    presentations: Sequence[Presentation], backgrounds_bgr: Sequence[Image], detector: Detector
) -> Iterator[Shown]:
    """Of every third track of live people a sheet of the first picture that is held, moved and
    bent, and a telephone that plays the track; of some pictures one that fills the view."""
    chance = np.random.default_rng(1)
    tracks = list(_tracks([p for p in presentations if p.species == BONA_FIDE]))
    for number, track in enumerate(tracks[::EVERY_TRACK]):
        (found,) = detector.detect([track[0].image_bgr])
        if len(found):
            box = np.asarray(found.largest(1).box_xyxy[0], np.float32)
            for species, hand in HANDS.items():
                background = backgrounds_bgr[int(chance.integers(len(backgrounds_bgr)))]
                for picture in _held(track, species, hand, box, background, chance):
                    sequence = f"{species} {number}"
                    yield replace(
                        picture, presentation=replace(picture.presentation, sequence=sequence)
                    )
    pictures = [picture for track in tracks for picture in track]
    yield from _stills(pictures[::EVERY_STILL], chance)


def _tracks(presentations: Sequence[Presentation]) -> Iterator[list[Shown]]:
    for _, pictures in groupby(shown(presentations), lambda one: one.presentation.sequence):
        of_sequence = list(pictures)
        for start in range(0, len(of_sequence), MAX_LOOKS):
            track = of_sequence[start : start + MAX_LOOKS]
            if len(track) == MAX_LOOKS:
                yield track


def _held(
    track: Sequence[Shown],
    species: str,
    hand: Hand,
    box: Floats,
    background_bgr: Image,
    chance: np.random.Generator,
) -> Iterator[Shown]:
    """The track on a card that a hand holds; a sheet shows the first picture only."""
    phases = chance.uniform(0, 2 * np.pi, 6)
    size = chance.uniform(0.8, 1.3)
    height, width = background_bgr.shape[:2]
    centre = np.array([width, height]) * chance.uniform(0.4, 0.6, 2)
    for look, picture in enumerate(track):
        time_s = look * LOOK_EVERY_S
        if species == TELEPHONE:
            card = _screen(_part(picture.image_bgr, box, SCREEN_WH, size))
        else:
            card = _printed(_part(track[0].image_bgr, box, SHEET_WH, size))
        scene = _placed(background_bgr, card, centre, hand(time_s, phases, chance))
        of_track = replace(picture.presentation, species=species, number=look)
        yield Shown(of_track, time_s, photographed(scene, chance))


def _stills(pictures: Iterable[Shown], chance: np.random.Generator) -> Iterator[Shown]:
    for number, picture in enumerate(pictures):
        of_track = replace(picture.presentation, species=STILL, sequence=f"{STILL} {number}")
        for look in range(MAX_LOOKS):
            taken = photographed(picture.image_bgr, chance)
            yield Shown(replace(of_track, number=look), look * LOOK_EVERY_S, taken)


def photographed(scene_bgr: Image, chance: np.random.Generator) -> Image:
    """The scene as a web camera takes it: a little soft, with noise."""
    soft = cv2.GaussianBlur(scene_bgr, (0, 0), BLUR_PX).astype(np.float32)
    return _bytes(soft + chance.normal(0, NOISE, soft.shape))


def _part(live_bgr: Image, box_xyxy: Floats, part_wh: tuple[float, float], size: float) -> Image:
    """The part of a picture around the face, the face `size` times FACE_PX high."""
    height, width = live_bgr.shape[:2]
    part = np.minimum((box_xyxy[2:] - box_xyxy[:2]) * np.array(part_wh), (width, height))
    first = np.clip((box_xyxy[:2] + box_xyxy[2:] - part) / 2, 0, (width, height) - part).astype(int)
    cut = live_bgr[first[1] : first[1] + int(part[1]), first[0] : first[0] + int(part[0])]
    scale = size * FACE_PX / float(box_xyxy[3] - box_xyxy[1])
    return np.asarray(cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def _printed(picture_bgr: Image) -> Image:
    """A photograph on paper: fewer colours, no deep black, a white border."""
    shares = picture_bgr.astype(np.float32) / 255
    grey = shares.mean(axis=2, keepdims=True)
    paper = cv2.GaussianBlur(0.06 + 0.82 * (grey + 0.8 * (shares - grey)), (0, 0), 0.7)
    edge = max(2, round(BORDER * picture_bgr.shape[1]))
    white = cv2.BORDER_CONSTANT
    return np.asarray(
        cv2.copyMakeBorder(
            _bytes(255 * paper), edge, edge, edge, edge, white, value=(240, 238, 235)
        )
    )


def _screen(picture_bgr: Image) -> Image:
    """A telephone that shows the picture: its pixels as a camera meets them, bluer, a glare."""
    height, width = picture_bgr.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    period = 2.3  # of its pixels in those of the camera: what does not divide makes moiré
    rows, columns = (0.5 + 0.5 * np.cos(2 * np.pi * place / period) for place in (y, x))
    stripes = [0.06 * np.cos(2 * np.pi * (x / period + third / 3)) for third in range(3)]
    pixels = (1 - 0.12 * columns - 0.10 * rows)[..., None] + np.stack(stripes, axis=2)
    lit = 255 * (picture_bgr / 255.0) ** 0.9 * pixels * (1.08, 1.0, 0.97)
    glare = np.clip(
        1 - ((x - 0.8 * width) ** 2 + (y - 0.2 * height) ** 2) / (0.5 * width) ** 2, 0, 1
    )
    side, end = round(RIM * width), round(CHIN * width)
    black = cv2.BORDER_CONSTANT
    shown_bgr = _bytes(lit + 25 * glare[..., None])
    return np.asarray(
        cv2.copyMakeBorder(shown_bgr, end, end, side, side, black, value=(12, 13, 14))
    )


def _placed(background_bgr: Image, card_bgr: Image, centre: Numbers, pose: Pose) -> Image:
    """The background with the card before it."""
    card = _bent(card_bgr, pose.bend)
    height, width = card.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, _corners(width, height, centre, pose))
    size_wh = background_bgr.shape[1::-1]
    there = cv2.warpPerspective(card, matrix, size_wh)
    covered = cv2.warpPerspective(np.full((height, width), 255, np.uint8), matrix, size_wh)
    share = covered[..., None] / 255.0
    return _bytes(background_bgr * (1 - share) + there * share)


def _corners(width: int, height: int, centre: Numbers, pose: Pose) -> Floats:
    half = np.array([width, height]) * pose.size / 2
    flat = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]) * (*half, 0)
    turned = flat
    for degrees, axis in ((pose.yaw, (0, 1, 0)), (pose.pitch, (1, 0, 0)), (pose.roll, (0, 0, 1))):
        rotation = cv2.Rodrigues(np.radians(degrees) * np.array(axis, np.float64))[0]
        turned = turned @ rotation.T
    away = FOCAL_PX / (FOCAL_PX + turned[:, 2:])
    return np.asarray(centre + (pose.x, pose.y) + turned[:, :2] * away, np.float32)


def _bent(card_bgr: Image, bend: float) -> Image:
    """The card on a cylinder that stands upright, seen from the front, with its shade."""
    if abs(bend) < 1e-3:
        return card_bgr
    height, width = card_bgr.shape[:2]
    angle = np.arcsin(np.linspace(-1, 1, width) * np.sin(abs(bend)))
    across = (angle / abs(bend) + 1) / 2 * (width - 1)
    down = np.arange(height)[:, None] + 0.06 * height * (np.cos(angle) - 1)
    columns = np.tile(across, (height, 1)).astype(np.float32)
    there = cv2.remap(
        card_bgr,
        columns,
        down.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    shade = 1 - 0.25 * (1 - np.cos(angle * np.sign(bend) + 0.3 * bend))
    return _bytes(there * shade[None, :, None])


def _bytes(values: npt.NDArray[np.floating]) -> Image:
    return np.asarray(np.clip(values, 0, 255), np.uint8)
