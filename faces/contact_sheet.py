"""A picture of every photograph's face with its verdict: people would rather look than read."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from faces.detections import Floats, Image
from faces.errors import BadImage
from faces.photo_file import decode, read_file
from faces.verdicts import Photo

TILE_PX, CAPTION_PX, COLUMNS = 128, 34, 8
MAX_TILES = 400
"""A sheet of 1024×8100 px; more would be no help to the eye."""
USED_RGB, REFUSED_RGB, PAPER_RGB = (30, 130, 60), (190, 40, 40), (250, 250, 250)


def contact_sheet(photos: Sequence[Photo]) -> Image:
    """One tile for each of the first MAX_TILES photographs: `image_bgr`, captions in its frame."""
    shown = photos[:MAX_TILES]
    rows = max(1, -(-len(shown) // COLUMNS))
    size = (COLUMNS * TILE_PX, rows * (TILE_PX + CAPTION_PX))
    sheet = Pillow.new("RGB", size, PAPER_RGB)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(12)
    for index, photo in enumerate(shown):
        left = index % COLUMNS * TILE_PX
        top = index // COLUMNS * (TILE_PX + CAPTION_PX)
        sheet.paste(Pillow.fromarray(_tile(photo)[:, :, ::-1]), (left + 2, top + 2))
        colour = USED_RGB if photo.used else REFUSED_RGB
        caption = f"{photo.person[:20]}\n{photo.verdict.replace('_', ' ')}"
        draw.text((left + 4, top + TILE_PX), caption, fill=colour, font=font, spacing=1)
    return np.ascontiguousarray(np.asarray(sheet)[:, :, ::-1])


def _tile(photo: Photo) -> Image:
    side = TILE_PX - 4
    try:
        image_bgr = decode(read_file(photo.path).content)
    except BadImage:
        return np.full((side, side, 3), 210, np.uint8)
    return _square(_around(image_bgr, photo.box_xyxy), side)


def _around(image_bgr: Image, box_xyxy: Floats) -> Image:
    """The face with a quarter of its size around it; the whole picture where there is no face."""
    if not box_xyxy.any():
        return image_bgr
    height, width = image_bgr.shape[:2]
    margin = 0.25 * (box_xyxy[2:] - box_xyxy[:2])
    x0, y0 = np.clip(box_xyxy[:2] - margin, 0, (width - 1, height - 1)).astype(int)
    x1, y1 = np.clip(box_xyxy[2:] + margin, (x0 + 1, y0 + 1), (width, height)).astype(int)
    return image_bgr[y0:y1, x0:x1]


def _square(image_bgr: Image, side: int) -> Image:
    height, width = image_bgr.shape[:2]
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    tile = np.full((side, side, 3), 235, np.uint8)
    top, left = (side - size[1]) // 2, (side - size[0]) // 2
    small = cv2.resize(image_bgr, size, interpolation=cv2.INTER_AREA)
    tile[top : top + size[1], left : left + size[0]] = small
    return tile
