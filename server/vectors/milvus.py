"""Milvus: the index that it thinks best (HNSW in a cluster) in one collection, over gRPC."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager

import numpy as np
from pymilvus import DataType, MilvusClient, MilvusException

from lookout.faces.detections import Floats
from lookout.server.vectors.away import engine_errors
from lookout.server.vectors.index import Hits, Ids, Points
from lookout.server.vectors.options import VectorOptions

PAGE = 10_000


class MilvusIndex:
    """A `VectorIndex` in a collection of Milvus, which is made where there is none."""

    def __init__(
        self, client: MilvusClient, collection: str, dimension: int, timeout_s: float
    ) -> None:
        """Raises EngineAway."""
        self._client = client
        self._collection = collection
        self._dimension = dimension
        self._timeout_s = timeout_s
        with _errors():
            if not client.has_collection(collection, timeout=timeout_s):
                self._create()
            client.load_collection(collection, timeout=timeout_s)

    @classmethod
    def open(
        cls, options: VectorOptions, collection: str, dimension: int, timeout_s: float
    ) -> MilvusIndex:
        """Raises EngineAway."""
        with _errors():
            client = MilvusClient(
                options.http_url, token=options.key, timeout=timeout_s, dedicated=True
            )
        return cls(client, collection, dimension, timeout_s)

    def upsert(self, points: Points) -> None:
        if not len(points):
            return
        rows = [
            {"id": number, "tag": tag, "vector": vector}
            for number, tag, vector in zip(
                points.ids.tolist(), points.tags.tolist(), points.vectors, strict=True
            )
        ]
        with _errors():
            self._client.upsert(self._collection, rows, timeout=self._timeout_s)

    def delete(self, ids: Ids) -> None:
        if not len(ids):
            return
        with _errors():
            self._client.delete(self._collection, ids=ids.tolist(), timeout=self._timeout_s)

    def search(self, probes: Floats, count: int, tag: int | None = None) -> Hits:
        with _errors():
            found = self._client.search(
                self._collection,
                data=list(probes),
                limit=count,
                filter="" if tag is None else f"tag == {tag}",
                timeout=self._timeout_s,
            )
        # the metric L2 of Milvus is the squared distance
        rows = [[(int(hit["id"]), _root(hit["distance"])) for hit in hits] for hits in found]
        return Hits.of(rows, count)

    def count(self) -> int:
        with _errors():
            (row,) = self._client.query(
                self._collection, output_fields=["count(*)"], timeout=self._timeout_s
            )
        return int(row["count(*)"])

    def ids(self) -> Ids:
        found: list[int] = []
        with _errors():
            pages = self._client.query_iterator(
                self._collection, batch_size=PAGE, output_fields=["id"], timeout=self._timeout_s
            )
            while rows := pages.next():
                found += [int(row["id"]) for row in rows]
            pages.close()
        return np.sort(np.array(found, np.int64))

    def settle(self) -> None:
        with _errors():
            self._client.flush(self._collection, timeout=self._timeout_s)

    def erase(self) -> None:
        with _errors():
            self._client.compact(self._collection, timeout=self._timeout_s)

    def clear(self) -> None:
        with _errors():
            self._client.drop_collection(self._collection, timeout=self._timeout_s)
            self._create()
            self._client.load_collection(self._collection, timeout=self._timeout_s)

    def close(self) -> None:
        with _errors():
            self._client.close()

    def _create(self) -> None:
        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("tag", DataType.INT32)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=self._dimension)
        index = self._client.prepare_index_params()
        index.add_index("vector", index_type="AUTOINDEX", metric_type="L2")
        self._client.create_collection(
            self._collection,
            schema=schema,
            index_params=index,
            consistency_level="Strong",  # what was deleted is not found a moment later
            timeout=self._timeout_s,
        )


def _root(squared: float) -> float:
    return math.sqrt(max(squared, 0.0))


def _errors() -> AbstractContextManager[None]:
    return engine_errors("Milvus", MilvusException, OSError, ValueError)
