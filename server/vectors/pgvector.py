"""PostgreSQL with pgvector: a table, and an index of small worlds (HNSW) over it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, LiteralString
from urllib.parse import urlunsplit

import numpy as np
import psycopg
from psycopg import sql
from psycopg.abc import RV, PQGen

from lookout.faces.detections import Floats
from lookout.server.vectors.away import engine_errors
from lookout.server.vectors.index import Hits, Ids, Points
from lookout.server.vectors.options import VectorOptions

LINKS, BUILD_BREADTH = 16, 64
"""HNSW's m and ef_construction: pgvector's own."""
SEARCH_BREADTH = 200
"""hnsw.ef_search: so many candidates are kept while the graph is walked; further ones come by
pgvector's iterative scan."""
BUILD_MEMORY = "1GB"
SETTLE_S = 3600.0
"""The longest time for building the index, and for rewriting it."""
_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"


class BoundedConnection(psycopg.Connection[Any]):
    """A connection on which nothing waits for longer than `wait_s`: libpq itself would wait for a
    stopped server for ever."""

    wait_s = 5.0

    def wait(self, gen: PQGen[RV], interval: float = 0.05, timeout: float | None = None) -> RV:
        return super().wait(gen, interval, timeout or self.wait_s)


class PgvectorIndex:
    """A `VectorIndex` in a table of PostgreSQL, which is made where there is none."""

    def __init__(self, connection: BoundedConnection, table: str, dimension: int) -> None:
        """Takes the connection over. Raises EngineAway."""
        self._connection = connection
        self._table = sql.Identifier(table)
        self._index = sql.Identifier(f"{table}_hnsw")
        self._dimension = dimension
        self._row = np.dtype(
            [
                *(("fields", ">i2"), ("id_size", ">i4"), ("id", ">i8")),
                *(("tag_size", ">i4"), ("tag", ">i4")),
                *(("size", ">i4"), ("dimension", ">i2"), ("unused", ">i2")),
                ("vector", ">f4", (dimension,)),
            ]
        )
        with _errors():
            connection.autocommit = True
            self._create()
            self._set("hnsw.ef_search", str(SEARCH_BREADTH))
            self._set("hnsw.iterative_scan", "strict_order")

    @classmethod
    def open(
        cls, options: VectorOptions, table: str, dimension: int, timeout_s: float
    ) -> PgvectorIndex:
        """Raises EngineAway."""
        with _errors():
            connection = BoundedConnection.connect(
                urlunsplit(options.parts),
                password=options.key or None,
                connect_timeout=max(1, round(timeout_s)),
                application_name="lookout",
            )
        connection.wait_s = timeout_s
        return cls(connection, table, dimension)

    @property
    def backend_pid(self) -> int:
        """The process of the server that answers this connection."""
        return self._connection.info.backend_pid

    def upsert(self, points: Points) -> None:
        with _errors(), self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMPORARY TABLE incoming (id bigint, tag integer, vector vector) "
                "ON COMMIT DROP"
            )
            with cursor.copy("COPY incoming FROM STDIN (FORMAT binary)") as copy:
                copy.write(_HEAD + self._rows(points) + _END)
            cursor.execute(
                self._sql(
                    "INSERT INTO {table} SELECT id, tag, vector FROM incoming ON CONFLICT (id) "
                    "DO UPDATE SET tag = excluded.tag, vector = excluded.vector"
                )
            )

    def delete(self, ids: Ids) -> None:
        with _errors():
            self._connection.execute(
                self._sql("DELETE FROM {table} WHERE id = ANY(%s)"), (ids.tolist(),)
            )

    def search(self, probes: Floats, count: int, tag: int | None = None) -> Hits:
        where = sql.SQL("" if tag is None else "WHERE tag = %(tag)s")
        query = self._sql(
            "SELECT id, vector <-> %(probe)s::vector AS distance FROM {table} {where} "
            "ORDER BY distance LIMIT {count}",
            where=where,
            count=sql.Literal(count),  # no parameter: the plan depends on it
        )
        rows = []
        with _errors():
            for probe in probes.tolist():
                given = {"probe": str(probe), "tag": tag}
                rows.append(self._connection.execute(query, given).fetchall())
        return Hits.of(rows, count)

    def count(self) -> int:
        with _errors():
            row = self._connection.execute(self._sql("SELECT count(*) FROM {table}")).fetchone()
        return int(row[0]) if row else 0

    def ids(self) -> Ids:
        with _errors():
            rows = self._connection.execute(self._sql("SELECT id FROM {table}")).fetchall()
        return np.sort(np.array([number for (number,) in rows], np.int64))

    def settle(self) -> None:
        self._at_length(
            "CREATE INDEX IF NOT EXISTS {index} ON {table} USING hnsw (vector vector_l2_ops) "
            f"WITH (m = {LINKS}, ef_construction = {BUILD_BREADTH})",
            "VACUUM (ANALYZE) {table}",
        )

    def erase(self) -> None:
        """Writes table and index anew: what VACUUM alone frees stays in their pages."""
        self._at_length("VACUUM (FULL, ANALYZE) {table}")

    def clear(self) -> None:
        with _errors():
            self._connection.execute(self._sql("DROP TABLE IF EXISTS {table}"))
            self._create()

    def close(self) -> None:
        with _errors():
            self._connection.close()

    def _create(self) -> None:
        self._connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        self._connection.execute(
            self._sql(
                "CREATE TABLE IF NOT EXISTS {table} (id bigint PRIMARY KEY, tag integer NOT NULL, "
                f"vector vector({self._dimension}) NOT NULL)"
            )
        )

    def _rows(self, points: Points) -> bytes:
        """The points as the binary form of COPY has them."""
        rows = np.zeros(len(points), self._row)
        rows["fields"], rows["id_size"], rows["tag_size"] = 3, 8, 4
        rows["id"], rows["tag"], rows["vector"] = points.ids, points.tags, points.vectors
        rows["size"], rows["dimension"] = 4 + 4 * self._dimension, self._dimension
        return rows.tobytes()

    def _at_length(self, *commands: LiteralString) -> None:
        """Runs commands that may take as long as they like, about."""
        connection, usual_s = self._connection, self._connection.wait_s
        connection.wait_s = SETTLE_S
        try:
            with _errors():
                self._set("maintenance_work_mem", BUILD_MEMORY)
                for command in commands:
                    connection.execute(self._sql(command))
        finally:
            connection.wait_s = usual_s

    def _set(self, name: str, value: str) -> None:
        self._connection.execute("SELECT set_config(%s, %s, false)", (name, value))

    def _sql(self, text: LiteralString, **parts: sql.Composable) -> sql.Composed:
        return sql.SQL(text).format(table=self._table, index=self._index, **parts)


def _errors() -> AbstractContextManager[None]:
    return engine_errors("PostgreSQL", psycopg.Error, OSError)
