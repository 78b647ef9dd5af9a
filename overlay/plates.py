"""Label plates: small bitmaps with text, rendered once and then only blended.

Rendering a name takes 0.9 ms, blending it 7 µs, so plates are kept in
bounded caches. A distance changes with every frame; it is a plate of its own beside the name, so
that its hundred possible figures are shared by everybody.
"""

from __future__ import annotations

import threading
import unicodedata
from functools import lru_cache

import numpy as np
from PIL import Image as Pictures
from PIL import ImageDraw

from lookout.overlay.fonts import GlyphRun, system_fonts
from lookout.overlay.sprite import Colour, Floats, Image, Sprite

INK: Colour = (255, 255, 255)
FAINT_INK: Colour = (200, 200, 200)
GROUND: Colour = (26, 20, 16)
GROUND_ALPHA = 0.80  # white ink on it keeps a contrast of 7:1 over a white picture
ELLIPSIS = "…"
LONGEST = 80  # letters of a name that are looked at; more never fit, and a name may be hostile
JOINERS = "\u200c\u200d"

_drawing = threading.Lock()  # FreeType faces are not safe for several threads


@lru_cache(maxsize=512)
def name_plate(text: str, size_px: int, widest: int, colour: Colour, alone: bool) -> Sprite:
    """A name behind a bar of its state's colour; shortened with … to `widest` pixels.

    `alone` rounds the right corners, too: no figure follows.
    """
    ink = _ink_fitting(clean(text), size_px, widest - round(1.5 * size_px))
    bar, pad = max(3, round(size_px * 0.24)), round(size_px * 0.48)
    width = bar + pad + ink.shape[1] + (pad if alone else round(pad * 0.8))
    right = (bar + pad, width - ink.shape[1] - bar - pad)
    return _plate(ink, INK, size_px, right, (True, alone), (bar, colour))


@lru_cache(maxsize=512)
def figure_plate(text: str, size_px: int) -> Sprite:
    """A small, fainter figure that continues a name plate to the right."""
    ink = _ink(text, size_px, round(size_px * 0.76))
    return _plate(ink, FAINT_INK, size_px, (0, round(size_px * 0.48)), (False, True), None)


def clean(text: str) -> str:
    """The text without control characters, composed, on one line, of bounded length."""
    shown = unicodedata.normalize("NFC", text[: 2 * LONGEST])
    kept = (c if c in JOINERS or unicodedata.category(c)[0] != "C" else " " for c in shown)
    return " ".join("".join(kept).split())[:LONGEST]


def _ink_fitting(text: str, size_px: int, widest: int) -> Image:
    ink = _ink(text, size_px, size_px)
    if ink.shape[1] <= widest:
        return ink
    low, high = 0, len(text)  # the longest beginning that fits, by halving
    while low < high:
        middle = (low + high + 1) // 2
        if _ink(_shortened(text, middle), size_px, size_px).shape[1] <= widest:
            low = middle
        else:
            high = middle - 1
    return _ink(_shortened(text, low), size_px, size_px)


def _shortened(text: str, letters: int) -> str:
    while letters and _clings(text[letters : letters + 1]):
        letters -= 1  # never between a letter and its accent
    return text[:letters].rstrip(" " + JOINERS) + ELLIPSIS


def _clings(letter: str) -> bool:
    return letter != "" and (letter in JOINERS or unicodedata.category(letter)[0] == "M")


def _ink(text: str, size_px: int, letter_px: int) -> Image:
    """The text's coverage, (line height, width) uint8 0..255, on the line of a plate."""
    with _drawing:
        book = system_fonts()
        runs = book.runs(text)
        if any(unicodedata.bidirectional(c) in ("R", "AL") for c in text):
            runs = runs[::-1]  # runs of a right-to-left name stand from right to left
        pieces = [(run, book.open(run.path, letter_px)) for run in runs]
        widths = [font.getlength(run.text) for run, font in pieces]
        canvas = Pictures.new("L", (max(1, round(sum(widths)) + 1), line_height(size_px)), 0)
        pen, x = ImageDraw.Draw(canvas), 0.0
        for (run, font), width in zip(pieces, widths, strict=True):
            _write(pen, x, round(size_px * 1.2), run, font)
            x += width
    return np.asarray(canvas)


def _write(pen: ImageDraw.ImageDraw, x: float, baseline: int, run: GlyphRun, font: object) -> None:
    pen.text((x, baseline), run.text, fill=255, font=font, anchor="ls")  # type: ignore[arg-type]


def line_height(size_px: int) -> int:
    """The height of a plate in pixels for letters of `size_px`."""
    return round(size_px * 1.65)


def _plate(
    ink: Image,
    ink_colour: Colour,
    size_px: int,
    margins: tuple[int, int],
    rounded: tuple[bool, bool],
    bar: tuple[int, Colour] | None,
) -> Sprite:
    height = line_height(size_px)
    width = margins[0] + ink.shape[1] + margins[1]
    shape = _rounded_rectangle(width, height, round(size_px * 0.32), rounded)
    colour = np.empty((height, width, 3), np.float32)
    colour[:] = GROUND
    alpha = np.full((height, width, 1), GROUND_ALPHA, np.float32)
    cover = np.zeros((height, width, 1), np.float32)
    cover[:, margins[0] : margins[0] + ink.shape[1], 0] = ink / np.float32(255)
    colour += cover * (np.array(ink_colour, np.float32) - colour)
    alpha += cover * (1 - alpha)
    if bar is not None:
        colour[:, : bar[0]] = bar[1]
        alpha[:, : bar[0]] = 1
    alpha *= shape[:, :, None]
    return Sprite.painted(colour, alpha)


def _rounded_rectangle(width: int, height: int, radius: int, rounded: tuple[bool, bool]) -> Floats:
    """Coverage 0..1 of a rectangle whose left, right corners are rounded; smooth by 4× drawing."""
    left, right = rounded
    big = Pictures.new("L", (width * 4, height * 4), 0)
    ImageDraw.Draw(big).rounded_rectangle(
        (0, 0, width * 4 - 1, height * 4 - 1),
        radius * 4,
        fill=255,
        corners=(left, right, right, left),
    )
    small = big.resize((width, height), Pictures.Resampling.BOX)
    return np.asarray(small).astype(np.float32) / np.float32(255)
