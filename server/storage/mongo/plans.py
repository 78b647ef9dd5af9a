"""Floor plans in MongoDB, their pictures in the document: at most a few hundred kilobytes."""

from __future__ import annotations

from lookout.server.storage.errors import NotFound
from lookout.server.storage.mongo.common import MongoTools
from lookout.server.storage.mongo.connection import Document
from lookout.server.storage.plan_records import Plan
from lookout.server.storage.rows.places import plan_fields, read_plan

_FIELDS = ("id", "width", "height", "created_at", "sealed")


class MongoPlans:
    """`server.storage.store_plans.Plans`."""

    def __init__(self, tools: MongoTools) -> None:
        self._tools = tools

    def add(self, plan: Plan, image_jpeg: bytes) -> None:
        fields = plan_fields(plan, self._tools.store_key)
        picture = self._tools.store_key.seal(image_jpeg)
        with self._tools.database.write() as writer:
            writer.insert("plans", fields | {"sealed_image": picture})

    def update(self, plan: Plan) -> None:
        sealed = plan_fields(plan, self._tools.store_key)["sealed"]
        with self._tools.database.write() as writer:
            if not writer.update("plans", {"_id": plan.id}, {"sealed": sealed}):
                raise _no_plan(plan.id)

    def get(self, plan: str) -> Plan:
        return read_plan(self._row(plan, _FIELDS), self._tools.store_key)

    def all(self) -> tuple[Plan, ...]:
        with self._tools.database.read() as reader:
            rows = reader.find("plans", {}, fields=_FIELDS)
        plans = [read_plan(row, self._tools.store_key) for row in rows]
        return tuple(sorted(plans, key=lambda plan: (plan.name, plan.id)))

    def image(self, plan: str) -> bytes:
        return self._tools.store_key.open(self._row(plan, ("sealed_image",))["sealed_image"])

    def delete(self, plan: str) -> None:
        with self._tools.database.write() as writer:
            if not writer.delete("plans", {"_id": plan}):
                raise _no_plan(plan)

    def _row(self, plan: str, fields: tuple[str, ...]) -> Document:
        with self._tools.database.read() as reader:
            row = reader.one("plans", {"_id": plan}, fields)
        if row is None:
            raise _no_plan(plan)
        return row


def _no_plan(plan: str) -> NotFound:
    return NotFound(f"there is no plan {plan!r:.60}")
