"""The floor plans as the rest of the server sees them kept."""

from __future__ import annotations

from typing import Protocol

from lookout.server.storage.plan_records import Plan


class Plans(Protocol):
    """Floor plans, by name, and their pictures."""

    def add(self, plan: Plan, image_jpeg: bytes) -> None:
        """Raises Conflict where the id is taken."""

    def update(self, plan: Plan) -> None:
        """Replaces name and width; the picture stays."""

    def get(self, plan: str) -> Plan: ...

    def all(self) -> tuple[Plan, ...]: ...

    def image(self, plan: str) -> bytes:
        """The picture as JPEG."""

    def delete(self, plan: str) -> None: ...
