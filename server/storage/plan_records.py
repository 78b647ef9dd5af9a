"""Floor plans as they are kept. Times are Unix seconds, UTC."""

from __future__ import annotations

from dataclasses import dataclass

from lookout.server.storage.records import new_id


def new_plan_id() -> str:
    """A fresh random id."""
    return f"pla_{new_id()}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A picture of a floor or a site, on which cameras are placed.

    size_wh: pixels of the picture. width_m: how many metres its width shows, where that is known.
    """

    id: str
    name: str
    size_wh: tuple[int, int]
    created_at: float
    width_m: float | None = None
