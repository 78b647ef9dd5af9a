"""Polygons whose answers can be seen on squared paper."""

from __future__ import annotations

import pytest

from lookout.server.alerts.polygon import Point, Polygon

SQUARE: tuple[Point, ...] = ((0, 0), (4, 0), (4, 4), (0, 4))
HOLE: tuple[Point, ...] = ((1, 1), (3, 1), (3, 3), (1, 3))
L_SHAPE: tuple[Point, ...] = ((0, 0), (4, 0), (4, 1), (1, 1), (1, 4), (0, 4))


@pytest.mark.parametrize(
    ("rings", "point", "inside"),
    [
        ((SQUARE,), (2, 2), True),
        ((SQUARE,), (5, 2), False),
        ((SQUARE,), (-1, 2), False),
        ((SQUARE, HOLE), (2, 2), False),
        ((SQUARE, HOLE), (0.5, 2), True),
        ((L_SHAPE,), (0.5, 3), True),
        ((L_SHAPE,), (3, 3), False),
        ((L_SHAPE,), (2, 0.5), True),
    ],
)
def test_a_point_is_inside_or_outside(
    rings: tuple[tuple[Point, ...], ...], point: Point, inside: bool
) -> None:
    assert Polygon.of(*rings).contains(point) is inside


@pytest.mark.parametrize(
    ("rings", "why"),
    [
        ((((0, 0), (4, 4), (4, 0), (0, 4)),), "crosses itself"),
        ((((0, 0), (4, 0), (4, 4), (2, 0), (0, 4)),), "crosses itself"),  # touches an edge
        ((((0, 0), (4, 0), (4, 0), (0, 4)),), "each of them once"),
        ((((0, 0), (1, 1), (2, 2)),), "back on itself"),
        ((((0, 0), (4, 0), (2, 0), (2, 4)),), "back on itself"),
        ((SQUARE, ((3, 3), (6, 3), (6, 6), (3, 6))), "crosses itself"),
        ((SQUARE, ((5, 5), (6, 5), (6, 6))), "outside"),
    ],
)
def test_an_impossible_outline_is_refused(rings: tuple[tuple[Point, ...], ...], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Polygon.of(*rings)
