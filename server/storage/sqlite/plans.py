"""Floor plans in SQLite."""

from __future__ import annotations

import sqlite3

from lookout.server.storage.errors import NotFound
from lookout.server.storage.plan_records import Plan
from lookout.server.storage.rows.places import plan_fields, read_plan
from lookout.server.storage.sqlite.common import Tools, insert, update

_COLUMNS = "id, width, height, created_at, sealed"


class SqlitePlans:
    """`server.storage.store_plans.Plans`."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def add(self, plan: Plan, image_jpeg: bytes) -> None:
        picture = self._tools.store_key.seal(image_jpeg)
        with self._tools.database.write() as writer:
            insert(
                writer,
                "plans",
                plan_fields(plan, self._tools.store_key) | {"sealed_image": picture},
            )

    def update(self, plan: Plan) -> None:
        fields = plan_fields(plan, self._tools.store_key)
        with self._tools.database.write() as writer:
            changed = update(writer, "plans", {"sealed": fields["sealed"]}, "id = ?", plan.id)
        if not changed:
            raise _no_plan(plan.id)

    def get(self, plan: str) -> Plan:
        return self._plan(self._row(_COLUMNS, plan))

    def all(self) -> tuple[Plan, ...]:
        with self._tools.database.read() as reader:
            rows = reader.execute(f"SELECT {_COLUMNS} FROM plans").fetchall()
        return tuple(sorted(map(self._plan, rows), key=lambda plan: (plan.name, plan.id)))

    def image(self, plan: str) -> bytes:
        return self._tools.store_key.open(self._row("sealed_image", plan)["sealed_image"])

    def delete(self, plan: str) -> None:
        with self._tools.database.write() as writer:
            found = writer.execute("DELETE FROM plans WHERE id = ?", (plan,)).rowcount
            if not found:
                raise _no_plan(plan)
            self._tools.forget(())

    def _row(self, columns: str, plan: str) -> sqlite3.Row:
        with self._tools.database.read() as reader:
            row: sqlite3.Row | None = reader.execute(
                f"SELECT {columns} FROM plans WHERE id = ?", (plan,)
            ).fetchone()
        if row is None:
            raise _no_plan(plan)
        return row

    def _plan(self, row: sqlite3.Row) -> Plan:
        return read_plan(row, self._tools.store_key)


def _no_plan(plan: str) -> NotFound:
    return NotFound(f"there is no plan {plan!r:.60}")
