"""The plot of a timeline: a line for each person, a bar for each time they were seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from lookout.faces.decision.decide import State
from lookout.faces.detections import Floats, Image
from lookout.overlay.frames import COLOURS
from lookout.overlay.plates import name_plate
from lookout.server.imaging.jpeg import decode_bgr
from lookout.server.recognize.timeline import Line, Timeline
from lookout.wire.records import FaceState

WIDTH_PX = 1280
MARGIN_PX, HEAD_PX, FOOT_PX, ROW_PX = 28, 64, 44, 60
NAMES_PX, FACE_PX, BAR_PX, SHORTEST_PX, SMOOTH = 300, 46, 22, 5, 4
MOST_LINES = 60
"""An image of 3,700 pixels; nobody searches a longer one."""
TICKS = 9
"""The most times that are written under the bars."""
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800)

GROUND, RULE = (26, 20, 16), (52, 45, 40)  # blue, green, red; the ground is the plates' own
FAINT = (165, 158, 150)

CropOf = Callable[[str], bytes]
"""The JPEG that a shot's `crop` refers to."""


def timeline_picture(title: str, timeline: Timeline, seconds: float, crop_of: CropOf) -> Image:
    """`image_bgr` of WIDTH_PX and as high as there are lines, at most MOST_LINES of them.

    seconds: the length of the footage, from the left edge of the bars to the right.
    """
    lines = timeline.lines[:MOST_LINES]
    height = HEAD_PX + ROW_PX * max(1, len(lines)) + FOOT_PX
    image_bgr = np.full((height, WIDTH_PX, 3), GROUND, np.uint8)
    scale = _Scale(max(seconds, 0.1))
    labels = _axis(image_bgr, scale)
    labels.append((_summary(timeline, seconds, len(lines)), WIDTH_PX - MARGIN_PX, 35, "rm"))
    _write(image_bgr, labels)
    name_plate(title, 20, WIDTH_PX // 2, GROUND, True).blend(image_bgr, MARGIN_PX - 15, 18)
    for index, line in enumerate(lines):
        _line(image_bgr, line, HEAD_PX + index * ROW_PX, scale, crop_of)
    return image_bgr


def clock(seconds: float) -> str:
    """3:07, or 1:03:07 from an hour on."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class _Scale:
    """The places of times in the image."""

    left, right = MARGIN_PX + NAMES_PX, WIDTH_PX - MARGIN_PX - 24

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def x(self, time_s: float) -> float:
        share = min(max(time_s / self._seconds, 0.0), 1.0)
        return self.left + share * (self.right - self.left)

    @property
    def ticks_s(self) -> range:
        step = next((step for step in STEPS_S if self._seconds / step <= TICKS), None)
        step = step or max(1, int(self._seconds / TICKS / 3600) * 3600)
        return range(0, int(self._seconds) + 1, step)


_Label = tuple[str, int, int, str]
"""A text, where it stands, and which point of it (Pillow's anchors)."""


def _axis(image_bgr: Image, scale: _Scale) -> list[_Label]:
    """Draws a rule for each tick; returns the labels to be written under them."""
    foot = image_bgr.shape[0] - FOOT_PX
    places = [(tick_s, round(scale.x(tick_s))) for tick_s in scale.ticks_s]
    for _, x in places:
        image_bgr[HEAD_PX : foot + 6, x] = RULE
    return [(clock(tick_s), x, foot + 20, "mm") for tick_s, x in places]


def _line(image_bgr: Image, line: Line, top: int, scale: _Scale, crop_of: CropOf) -> None:
    middle = top + ROW_PX // 2
    colour = COLOURS[FaceState(line.state.value)]
    image_bgr[top + ROW_PX - 1, MARGIN_PX : WIDTH_PX - MARGIN_PX] = RULE
    _face(image_bgr, crop_of(line.shot.crop), MARGIN_PX, middle - FACE_PX // 2)
    plate = name_plate(line.who, 17, NAMES_PX - FACE_PX - 40, colour, True)
    plate.blend(image_bgr, MARGIN_PX + FACE_PX + 14, middle - plate.height // 2)
    # as on the picture: known is whole, the others are outlines
    inside = 1.0 if line.state is State.KNOWN else 0.25
    filled = np.array(GROUND) + inside * np.subtract(colour, GROUND)
    for stretch in line.stretches:
        left, right = round(scale.x(stretch.first_s)), round(scale.x(stretch.last_s))
        right = max(right, left + SHORTEST_PX)
        bar = image_bgr[middle - BAR_PX // 2 : middle + BAR_PX // 2, left:right]
        _blend(bar, colour, _rounded(bar.shape[1], bar.shape[0], 6, 0))
        _blend(bar, filled, _rounded(bar.shape[1], bar.shape[0], 6, 2))


def _face(image_bgr: Image, jpeg: bytes, left: int, top: int) -> None:
    crop_bgr = decode_bgr(jpeg)
    side = min(crop_bgr.shape[:2])
    y, x = (crop_bgr.shape[0] - side) // 2, (crop_bgr.shape[1] - side) // 2
    square = crop_bgr[y : y + side, x : x + side]
    small = cv2.resize(square, (FACE_PX, FACE_PX), interpolation=cv2.INTER_AREA)
    part = image_bgr[top : top + FACE_PX, left : left + FACE_PX]
    _blend(part, small, _rounded(FACE_PX, FACE_PX, 9, 0))


def _rounded(width: int, height: int, radius: int, inset: int) -> Floats:
    """(height, width, 1) float32: how much of each pixel a rounded rectangle covers, 0 to 1."""
    big = Pictures.new("L", (width * SMOOTH, height * SMOOTH), 0)
    near, corner = inset * SMOOTH, min(radius, width // 2, height // 2) * SMOOTH
    far = (width * SMOOTH - near - 1, height * SMOOTH - near - 1)
    if far[0] > near and far[1] > near:
        ImageDraw.Draw(big).rounded_rectangle((near, near, *far), corner, fill=255)
    small = big.resize((width, height), Pictures.Resampling.BOX)
    return np.asarray(small, np.float32)[:, :, None] / np.float32(255)


def _blend(part_bgr: Image, over_bgr: npt.ArrayLike, share: Floats) -> None:
    part_bgr[:] = np.rint(part_bgr + share * (np.asarray(over_bgr, np.float32) - part_bgr))


def _write(image_bgr: Image, texts: Sequence[_Label]) -> None:
    canvas = Pictures.fromarray(image_bgr)
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(14)
    for text, x, y, anchor in texts:
        pen.text((x, y), text, fill=FAINT, font=font, anchor=anchor)
    image_bgr[:] = np.asarray(canvas)


def _summary(timeline: Timeline, seconds: float, shown: int) -> str:
    known = sum(line.state is State.KNOWN for line in timeline.lines)
    others = len(timeline.lines) - known
    parts = [clock(seconds)]
    parts += [f"{known} known"] if known else []
    parts += [f"{others} unknown"] if others else []
    parts += [] if timeline.lines else ["nobody was seen"]
    parts += [f"the first {shown} are shown"] if shown < len(timeline.lines) else []
    return "  ·  ".join(parts)
