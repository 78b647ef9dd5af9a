"""The frame around a face. Its form says the state, its colour says it again.

Known: a whole thin line with strong corners. Unsure: corners alone. Unknown: dashes. The colours
follow Okabe and Ito's palette, which people with any colour blindness tell apart. Each line has a
dark rim, so that it shows on a bright wall, too.

Straight lines are filled rectangles and the round corners are blended bitmaps: a smooth polyline
for four corners took 48 µs, four blended corners take 21.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from PIL import Image as Pictures
from PIL import ImageDraw

from lookout.overlay.sprite import Colour, Floats, Image, Sprite
from lookout.wire.records import FaceState

COLOURS: dict[FaceState, Colour] = {
    FaceState.KNOWN: (150, 200, 30),  # bluish green, lightened for dark pictures
    FaceState.UNKNOWN: (20, 165, 240),  # orange
    FaceState.UNSURE: (240, 185, 90),  # sky blue
}
RIM: Colour = (24, 20, 16)
RIM_ALPHA = 0.75
DASHES = 4  # between two corners
SMOOTH = 4  # corners are drawn this many times larger, then shrunk

Box = tuple[int, int, int, int]


def draw_frame(image_bgr: Image, box_xyxy: Box, state: FaceState) -> None:
    """Draws the frame of one face, in place. The box is in whole pixels; it may reach outside."""
    x0, y0, x1, y1 = box_xyxy
    longer, side = max(image_bgr.shape[:2]), max(8, min(x1 - x0, y1 - y0))
    thin, strong = max(1, round(longer / 900)), max(2, round(longer / 400))
    radius = max(2, min(side // 6, 4 * strong))
    share = 1 / (2 * DASHES + 2) if state is FaceState.UNKNOWN else 1 / 5
    arm = max(radius + 1, round(side * share))
    colour = COLOURS[state]
    if state is FaceState.KNOWN:
        _side_lines(image_bgr, box_xyxy, arm, thin, colour)
    elif state is FaceState.UNKNOWN:
        _dashed_lines(image_bgr, box_xyxy, arm, strong, colour)
    top_left, top_right, bottom_left, bottom_right = _corners(strong, radius, arm, colour)
    pad, span = _pad(strong), top_left.width
    right, bottom = x1 + pad - span + 1, y1 + pad - span + 1
    top_left.blend(image_bgr, x0 - pad, y0 - pad)
    top_right.blend(image_bgr, right, y0 - pad)
    bottom_left.blend(image_bgr, x0 - pad, bottom)
    bottom_right.blend(image_bgr, right, bottom)


def _side_lines(image: Image, box: Box, arm: int, width: int, colour: Colour) -> None:
    x0, y0, x1, y1 = box
    for y in (y0, y1):
        _bar(image, x0 + arm, x1 - arm, y, width, colour)
    for x in (x0, x1):
        _post(image, x, y0 + arm, y1 - arm, width, colour)


def _dashed_lines(image: Image, box: Box, arm: int, width: int, colour: Colour) -> None:
    x0, y0, x1, y1 = box
    for a, b in _dashes(x0 + arm, x1 - arm):
        _bar(image, a, b, y0, width, colour)
        _bar(image, a, b, y1, width, colour)
    for a, b in _dashes(y0 + arm, y1 - arm):
        _post(image, x0, a, b, width, colour)
        _post(image, x1, a, b, width, colour)


def _dashes(start: int, end: int) -> list[tuple[int, int]]:
    """First and last pixel of each dash, evenly spaced: gap, dash, gap … gap."""
    pitch = (end - start) / (2 * DASHES + 1)
    if pitch < 3:  # too short for dashes with rims: one in the middle
        return [(round(start + (end - start) / 3), round(end - (end - start) / 3))]
    return [
        (round(start + (2 * i + 1) * pitch), round(start + (2 * i + 2) * pitch))
        for i in range(DASHES)
    ]


def _bar(image: Image, x0: int, x1: int, y: int, width: int, colour: Colour) -> None:
    top = y - width // 2
    cv2.rectangle(image, (x0 - 1, top - 1), (x1 + 1, top + width), RIM, cv2.FILLED)
    cv2.rectangle(image, (x0, top), (x1, top + width - 1), colour, cv2.FILLED)


def _post(image: Image, x: int, y0: int, y1: int, width: int, colour: Colour) -> None:
    left = x - width // 2
    cv2.rectangle(image, (left - 1, y0 - 1), (left + width, y1 + 1), RIM, cv2.FILLED)
    cv2.rectangle(image, (left, y0), (left + width - 1, y1), colour, cv2.FILLED)


def _pad(strong: int) -> int:
    """The pixels by which a corner's bitmap exceeds its box: half the line, and the rim."""
    return strong // 2 + 2


@lru_cache(maxsize=256)
def _corners(strong: int, radius: int, arm: int, colour: Colour) -> tuple[Sprite, ...]:
    """Top left, top right, bottom left, bottom right."""
    span = _pad(strong) + arm + 2
    rim = _stroke(span, strong, radius, arm, 1) * np.float32(RIM_ALPHA)
    line = _stroke(span, strong, radius, arm, 0)
    alpha = line + rim * (1 - line)
    mix = line / np.maximum(alpha, 1e-6)
    painted = np.array(RIM, np.float32) + mix * (np.subtract(colour, RIM).astype(np.float32))
    first = Sprite.painted(painted, alpha)
    turns = ((False, False), (True, False), (False, True), (True, True))
    return tuple(first.flipped(across, down) for across, down in turns)


def _stroke(span: int, strong: int, radius: int, arm: int, rim: int) -> Floats:
    """Coverage, (span, span, 1) float32 0..1, of a top left corner; `rim` pixels wider around."""
    outer = SMOOTH * (_pad(strong) - strong // 2 - rim)
    cut = SMOOTH * (_pad(strong) + arm + rim)
    canvas = Pictures.new("L", (SMOOTH * span, SMOOTH * span), 0)
    pen = ImageDraw.Draw(canvas)
    pen.rounded_rectangle(
        (outer, outer, SMOOTH * span * 3, SMOOTH * span * 3),
        SMOOTH * (radius + strong // 2 + rim),
        outline=255,
        width=SMOOTH * (strong + 2 * rim),
    )
    pen.rectangle((cut, 0, SMOOTH * span, SMOOTH * span), fill=0)
    pen.rectangle((0, cut, SMOOTH * span, SMOOTH * span), fill=0)
    small = np.asarray(canvas.resize((span, span), Pictures.Resampling.BOX), np.float32)
    return small[:, :, None] / np.float32(255)
