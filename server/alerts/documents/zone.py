"""Zones in a camera's picture, and fences on a map or plan."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from lookout.server.alerts.documents.document import Document, IdText, Name
from lookout.server.alerts.polygon import Polygon

MAX_CORNERS = 500
MAX_HOLES = 50

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Number = Annotated[float, Field(ge=-1e7, le=1e7, allow_inf_nan=False)]
Corner = tuple[Share, Share]
Position = tuple[Number, Number]


class ZoneBody(Document):
    """A polygon in a camera's picture, corners as shares of width and height from the top left.

    A face is inside where the bottom centre of its box is.
    """

    name: Name
    camera: IdText
    polygon: tuple[Corner, ...] = Field(min_length=3, max_length=MAX_CORNERS)
    colour: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")] | None = None

    @model_validator(mode="after")
    def _simple(self) -> ZoneBody:
        Polygon.of(self.polygon)
        return self

    @property
    def shape(self) -> Polygon:
        return Polygon((self.polygon,))


class Zone(ZoneBody):
    """A zone that is kept."""

    id: str


class Geometry(Document):
    """A GeoJSON polygon: rings of [longitude, latitude] or of plan positions [x, y], the outer one
    first, each closed by its first position; the others are holes."""

    type: Literal["Polygon"] = "Polygon"
    coordinates: tuple[
        Annotated[tuple[Position, ...], Field(min_length=4, max_length=MAX_CORNERS)], ...
    ] = Field(min_length=1, max_length=MAX_HOLES + 1)

    @model_validator(mode="after")
    def _closed_and_simple(self) -> Geometry:
        if sum(map(len, self.coordinates)) > MAX_CORNERS:
            raise ValueError(f"a fence has at most {MAX_CORNERS} positions, holes included")
        for ring in self.coordinates:
            if ring[0] != ring[-1]:
                raise ValueError("a ring of a GeoJSON polygon ends where it begins")
        Polygon.of(*(ring[:-1] for ring in self.coordinates))
        return self


class FenceBody(Document):
    """A polygon on the map (space `wgs84`) or on a plan (space `plan`, and which).

    A camera belongs to a fence by its place; whoever is seen by it is there.
    """

    name: Name
    space: Literal["wgs84", "plan"] = "wgs84"
    plan: IdText | None = None
    geometry: Geometry
    colour: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")] | None = None

    @model_validator(mode="after")
    def _in_its_space(self) -> FenceBody:
        if (self.space == "plan") != (self.plan is not None):
            raise ValueError("plan is given exactly where space is 'plan'")
        if self.space == "wgs84":
            for ring in self.geometry.coordinates:
                if any(abs(lon) > 180 or abs(lat) > 90 for lon, lat in ring):
                    raise ValueError(
                        "a position is [longitude, latitude] in degrees: at most 180 and 90"
                    )
        return self

    @property
    def shape(self) -> Polygon:
        return Polygon(tuple(ring[:-1] for ring in self.geometry.coordinates))


class Fence(FenceBody):
    """A fence that is kept."""

    id: str
