"""Contact sheets: one picture a cluster, and one of all of them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from lookout.faces.detections import Image
from lookout.faces.photo.crop import square_tile
from lookout.overlay.plates import name_plate
from lookout.server.imaging.jpeg import encode_jpeg

TILE_PX, COLUMNS, GAP_PX, TITLE_PX = 128, 8, 4, 32
MAX_TILES = 200
"""Of one cluster: a sheet of 1,056 × 3,300 px."""
MAX_ROWS = 200
"""Of the overview: the largest clusters."""
PAPER, TEXT_PX, QUALITY = 250, 14, 88
BAR = (150, 110, 30)

Row = tuple[str, Sequence[bytes]]
"""A title, and the JPEGs of the faces below it."""


def sheet(title: str, crops: Sequence[bytes]) -> bytes:
    """The faces of one cluster as a JPEG."""
    shown = crops[:MAX_TILES]
    more = f", the first {len(shown)} of them" if len(shown) < len(crops) else ""
    return _sheet([(f"{title}{more}", shown)])


def overview(rows: Sequence[Row]) -> bytes:
    """The first faces of each cluster, one line each, as a JPEG."""
    return _sheet([(title, crops[:COLUMNS]) for title, crops in rows[:MAX_ROWS]])


def _sheet(rows: Sequence[Row]) -> bytes:
    return encode_jpeg(np.concatenate([_block(*row) for row in rows]), QUALITY)


def _block(title: str, crops: Sequence[bytes]) -> Image:
    step = TILE_PX + GAP_PX
    lines = max(1, -(-len(crops) // COLUMNS))
    block = np.full((TITLE_PX + lines * step, COLUMNS * step, 3), PAPER, np.uint8)
    plate = name_plate(title, TEXT_PX, block.shape[1] - 2 * GAP_PX, BAR, alone=True)
    plate.blend(block, GAP_PX, (TITLE_PX - plate.height) // 2)
    for index, crop in enumerate(crops):
        top = TITLE_PX + index // COLUMNS * step
        left = index % COLUMNS * step + GAP_PX // 2
        block[top : top + TILE_PX, left : left + TILE_PX] = square_tile(_decoded(crop), TILE_PX)
    return block


def _decoded(crop: bytes) -> Image:
    return np.asarray(cv2.imdecode(np.frombuffer(crop, np.uint8), cv2.IMREAD_COLOR), np.uint8)
