"""Polygons with holes: whether a point is inside, and whether the outline crosses itself.

Own code, for it is forty lines: shapely would bring GEOS, 10 MB, for two questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Polygon:
    """An outer ring and holes, each a sequence of corners, not closed. Units are the caller's."""

    rings: tuple[tuple[Point, ...], ...]

    @classmethod
    def of(cls, *rings: Sequence[Point]) -> Polygon:
        """Raises ValueError for an outline that crosses or touches itself, or for a hole that is
        not inside."""
        shape = cls(tuple(tuple(ring) for ring in rings))
        for ring in shape.rings:
            if len(ring) < 3 or len(set(ring)) != len(ring):
                raise ValueError("a polygon has at least three corners, each of them once")
        _require_simple(shape)
        outer = cls(shape.rings[:1])
        if any(not outer.contains(hole[0]) for hole in shape.rings[1:]):
            raise ValueError("a hole lies outside of the polygon")
        return shape

    def contains(self, point: Point) -> bool:
        """Whether the point is inside, by the even-odd rule: a ray to the right crosses the
        outline an odd number of times. A point in a hole is outside."""
        x, y = point
        inside = False
        for ring in self.rings:
            for (x1, y1), (x2, y2) in _edges(ring):
                if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
                    inside = not inside
        return inside


def _edges(ring: Sequence[Point]) -> list[tuple[Point, Point]]:
    return list(zip(ring, [*ring[1:], *ring[:1]], strict=True))


def _require_simple(shape: Polygon) -> None:
    edges = [
        (number, place, edge)
        for number, ring in enumerate(shape.rings)
        for place, edge in enumerate(_edges(ring))
    ]
    for (ring1, place1, edge1), (ring2, place2, edge2) in combinations(edges, 2):
        count = len(shape.rings[ring1])
        if ring1 == ring2 and (place2 - place1) % count in (1, count - 1):
            if _folds_back(edge1, edge2):
                raise ValueError(f"the outline runs back on itself at {edge2[0]}")
        elif _meet(edge1, edge2):
            raise ValueError(
                f"the outline crosses itself: {_words(edge1)} and {_words(edge2)} meet"
            )


def _folds_back(edge1: tuple[Point, Point], edge2: tuple[Point, Point]) -> bool:
    """Whether two edges that share a corner overlap beyond it."""
    (shared,) = set(edge1) & set(edge2) or {edge1[1]}
    one = edge1[0] if edge1[1] == shared else edge1[1]
    other = edge2[0] if edge2[1] == shared else edge2[1]
    dot = (one[0] - shared[0]) * (other[0] - shared[0])
    dot += (one[1] - shared[1]) * (other[1] - shared[1])
    return _turn(one, shared, other) == 0 and dot > 0


def _meet(edge1: tuple[Point, Point], edge2: tuple[Point, Point]) -> bool:
    """Whether two edges have a point in common."""
    (a, b), (c, d) = edge1, edge2
    turns = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    ends = ((edge1, c), (edge1, d), (edge2, a), (edge2, b))
    return any(
        turn == 0 and _within(edge, point) for turn, (edge, point) in zip(turns, ends, strict=True)
    )


def _turn(a: Point, b: Point, c: Point) -> float:
    """Positive for a left turn from a over b to c, 0 on one line."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _within(edge: tuple[Point, Point], point: Point) -> bool:
    """Whether a point on the edge's line lies on the edge."""
    (x1, y1), (x2, y2) = edge
    return min(x1, x2) <= point[0] <= max(x1, x2) and min(y1, y2) <= point[1] <= max(y1, y2)


def _words(edge: tuple[Point, Point]) -> str:
    (x1, y1), (x2, y2) = edge
    return f"({x1:g}, {y1:g})–({x2:g}, {y2:g})"
