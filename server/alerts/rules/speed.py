"""How fast somebody would have to be to be seen at two places."""

from __future__ import annotations

from math import asin, cos, hypot, radians, sin, sqrt

from lookout.server.alerts.rules.observation import AlertPlace, RuleObservation

EARTH_M = 6_371_008.8
LEAST_S = 1.0
"""Between two observations: clocks of two cameras are not nearer to each other than that."""


def speed_between(before: RuleObservation, after: RuleObservation) -> float | None:
    """The least speed in metres per second that explains both observations; None where a place is
    unknown or both are of one camera. What a camera sees may be `range_m` away from it."""
    if before.camera == after.camera or before.place is None or after.place is None:
        return None
    metres = distance_m(before.place, after.place)
    if metres is None:
        return None
    metres = max(0.0, metres - before.place.range_m - after.place.range_m)
    return metres / max(LEAST_S, abs(after.at_s - before.at_s))


def distance_m(one: AlertPlace, other: AlertPlace) -> float | None:
    """The distance of two places in metres: on the globe by the haversine formula, on one plan by
    its scale; None where they have nothing in common."""
    here, there = one.point(None), other.point(None)
    if here is not None and there is not None:
        return _haversine_m(here, there)
    if one.plan is None or not one.metres_per_unit:
        return None
    here, there = one.point(one.plan), other.point(one.plan)
    if here is None or there is None:
        return None
    return hypot(here[0] - there[0], here[1] - there[1]) * one.metres_per_unit


def _haversine_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Of two (longitude, latitude) in degrees."""
    lat1, lat2 = radians(one[1]), radians(other[1])
    d_lat, d_lon = lat2 - lat1, radians(other[0] - one[0])
    half = sin(d_lat / 2) ** 2 + cos(lat1) * cos(lat2) * sin(d_lon / 2) ** 2
    return 2 * EARTH_M * asin(sqrt(min(1.0, half)))
