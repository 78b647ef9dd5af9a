"""A picture of movement: the week by hours, the cameras by sightings, the ways between them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw, ImageFont

from lookout.server.movement.analytics import DAYS, HOURS, Flow

WIDTH, MARGIN = 1200, 32
CELL_W, CELL_H, NAMES = 44, 34, 64
BAR_H, MOST_BARS, LABEL = 30, 12, 260
GROUND, INK, FAINT, RULE = "#101418", "#f2f4f6", "#96a0aa", "#28303a"
COLD, HOT = (28, 37, 48), (255, 176, 32)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def movement_picture(
    title: str,
    week: Sequence[Sequence[int]],
    cameras: Mapping[str, int],
    flows: Sequence[Flow],
) -> bytes:
    """PNG, WIDTH pixels wide. week: (7, 24) sightings by hour, Monday first."""
    bars = list(cameras.items())[:MOST_BARS]
    ways = list(flows)[:MOST_BARS]
    rows = max(len(bars), len(ways), 1)
    height = MARGIN + 44 + DAYS * CELL_H + 84 + rows * BAR_H + MARGIN
    image = Image.new("RGB", (WIDTH, height), GROUND)
    draw = ImageDraw.Draw(image)
    draw.text((MARGIN, MARGIN), title, INK, _font(22), anchor="lm")
    _heat(draw, week, MARGIN + 34)
    top = MARGIN + 44 + DAYS * CELL_H + 48
    half = (WIDTH - 3 * MARGIN) // 2
    _bars(
        draw,
        "Sightings by camera",
        [(name, count, f"{count:,}") for name, count in bars],
        MARGIN,
        top,
        half,
    )
    _bars(
        draw,
        "Ways that named people went",
        [
            (
                f"{flow.from_camera} to {flow.to_camera}",
                flow.walks,
                f"{flow.walks:,} in {flow.typical_s:.0f} s",
            )
            for flow in ways
        ],
        2 * MARGIN + half,
        top,
        half,
    )
    png = io.BytesIO()
    image.save(png, "PNG")
    return png.getvalue()


def _heat(draw: ImageDraw.ImageDraw, week: Sequence[Sequence[int]], top: int) -> None:
    most = max(1, max(max(day) for day in week))
    left = MARGIN + NAMES
    for day in range(DAYS):
        y = top + day * CELL_H
        draw.text((MARGIN, y + CELL_H // 2), WEEKDAYS[day], FAINT, _font(15), anchor="lm")
        for hour in range(HOURS):
            count = week[day][hour]
            x = left + hour * CELL_W
            box = (x, y, x + CELL_W - 2, y + CELL_H - 2)
            share = (count / most) ** 0.5  # areas of light are compared, not lengths
            draw.rounded_rectangle(box, 4, _between(share))
            if count:
                ink = GROUND if share > 0.45 else INK
                middle = (x + CELL_W // 2 - 1, y + CELL_H // 2 - 1)
                draw.text(middle, _short(count), ink, _font(12), anchor="mm")
    for hour in range(0, HOURS, 3):
        x = left + hour * CELL_W + CELL_W // 2
        draw.text((x, top + DAYS * CELL_H + 12), f"{hour:02}", FAINT, _font(13), anchor="mm")


def _bars(
    draw: ImageDraw.ImageDraw,
    title: str,
    rows: Sequence[tuple[str, int, str]],
    left: int,
    top: int,
    width: int,
) -> None:
    draw.text((left, top), title, INK, _font(16), anchor="lm")
    if not rows:
        draw.text((left, top + BAR_H), "none in this time", FAINT, _font(14), anchor="lm")
        return
    most = max(count for _, count, _ in rows)
    room = width - LABEL - 130
    for index, (name, count, words) in enumerate(rows):
        y = top + 28 + index * BAR_H
        draw.text((left, y), _fit(name, LABEL - 12), FAINT, _font(14), anchor="lm")
        bar = left + LABEL, y - 8, left + LABEL + max(2, round(room * count / most)), y + 8
        draw.rounded_rectangle(bar, 3, HOT)
        draw.text((bar[2] + 8, y), words, INK, _font(13), anchor="lm")


def _fit(text: str, width: int) -> str:
    font = _font(14)
    while text and font.getlength(text) > width:
        text = text[:-2].rstrip("…") + "…"
    return text


def _short(count: int) -> str:
    return (
        str(count)
        if count < 1000
        else f"{count / 1000:.1f}k"
        if count < 10_000
        else (f"{count // 1000}k")
    )


def _between(share: float) -> tuple[int, int, int]:
    red, green, blue = (
        round(cold + share * (hot - cold)) for cold, hot in zip(COLD, HOT, strict=True)
    )
    return red, green, blue


def _font(size: int) -> Font:
    return ImageFont.load_default(size)
