"""A picture of every photograph's face with its verdict, to be checked at a glance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from lookout.faces.detections import Image
from lookout.faces.errors import BadImage
from lookout.faces.photo.crop import crop_face, square_tile
from lookout.faces.photo.picture import read_file, read_picture
from lookout.faces.training.training_report import PhotoReport

TILE_PX, CAPTION_PX, COLUMNS = 128, 40, 8
MAX_TILES = 400
"""A sheet of 1024×8400 px; more would be no help to the eye."""
Colour = tuple[int, int, int]
USED_BGR: Colour = (60, 130, 30)
REFUSED_BGR: Colour = (40, 40, 190)
PAPER = 250


class RenderedText(Protocol):
    """A line of text that was drawn."""

    def blend(self, image_bgr: Image, left: int, top: int) -> None:
        """Draws it on the picture, in place."""


Caption = Callable[[str, int, Colour], RenderedText]
"""Renders a text in any script, at most so many pixels wide, in a colour: this
package has no fonts."""


def contact_sheet(photos: Sequence[PhotoReport], caption: Caption) -> Image:
    """One tile for each of the first MAX_TILES photographs: `image_bgr`, with the person and the
    verdict below it."""
    shown = photos[:MAX_TILES]
    rows = max(1, -(-len(shown) // COLUMNS))
    shape = (rows * (TILE_PX + CAPTION_PX), COLUMNS * TILE_PX, 3)
    sheet = np.full(shape, PAPER, np.uint8)
    side = TILE_PX - 4
    for index, photo in enumerate(shown):
        left = index % COLUMNS * TILE_PX + 2
        top = index // COLUMNS * (TILE_PX + CAPTION_PX) + 2
        sheet[top : top + side, left : left + side] = _tile(photo, side)
        colour = USED_BGR if photo.used else REFUSED_BGR
        lines = (photo.person, photo.verdict.replace("_", " "))
        for number, line in enumerate(lines):
            line_top = top + side + number * CAPTION_PX // len(lines)
            caption(line, side, colour).blend(sheet, left, line_top)
    return sheet


def _tile(photo: PhotoReport, side: int) -> Image:
    try:
        image_bgr = read_picture(read_file(photo.path)).image_bgr
    except BadImage:
        return np.full((side, side, 3), 210, np.uint8)
    shown = crop_face(image_bgr, photo.box_xyxy) if photo.box_xyxy.any() else image_bgr
    return square_tile(shown, side)
