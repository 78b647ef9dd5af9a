"""Qdrant: an index of small worlds (HNSW) in one collection, over its HTTP interface."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import httpx
import numpy as np
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ApiException

from lookout.faces.detections import Floats
from lookout.server.vectors.away import engine_errors
from lookout.server.vectors.index import Hits, Ids, Points
from lookout.server.vectors.options import VectorOptions

LINKS, BUILD_BREADTH = 16, 128
"""HNSW's m and ef_construct."""
SEARCH_BREADTH = 256
"""ef: so many candidates are kept while a graph is walked; the number of hits if that is more."""
PAGE = 10_000
_TAG = "tag"


class QdrantIndex:
    """A `VectorIndex` in a collection of Qdrant, which is made where there is none."""

    def __init__(self, client: QdrantClient, collection: str, dimension: int) -> None:
        """The client's own timeout holds for every call. Raises EngineAway."""
        self._client = client
        self._collection = collection
        self._dimension = dimension
        with _errors():
            if not client.collection_exists(collection):
                self._create()

    @classmethod
    def open(
        cls, options: VectorOptions, collection: str, dimension: int, timeout_s: float
    ) -> QdrantIndex:
        """Raises EngineAway."""
        with _errors():
            client = QdrantClient(
                url=options.http_url,
                api_key=options.key or None,
                timeout=max(1, round(timeout_s)),
                check_compatibility=False,
            )
        return cls(client, collection, dimension)

    def upsert(self, points: Points) -> None:
        if not len(points):
            return
        with _errors():
            self._client.upsert(
                self._collection,
                models.Batch(
                    ids=points.ids.tolist(),
                    vectors=points.vectors.tolist(),
                    payloads=[{_TAG: tag} for tag in points.tags.tolist()],
                ),
                wait=True,
            )

    def delete(self, ids: Ids) -> None:
        if not len(ids):
            return
        with _errors():
            self._client.delete(
                self._collection, models.PointIdsList(points=ids.tolist()), wait=True
            )

    def search(self, probes: Floats, count: int, tag: int | None = None) -> Hits:
        requests = [
            models.QueryRequest(
                query=probe,
                limit=count,
                filter=_only(tag),
                params=models.SearchParams(hnsw_ef=max(SEARCH_BREADTH, count)),
            )
            for probe in probes.tolist()
        ]
        with _errors():
            found = self._client.query_batch_points(self._collection, requests)
        rows = [[(int(point.id), point.score) for point in one.points] for one in found]
        return Hits.of(rows, count)

    def count(self) -> int:
        with _errors():
            return int(self._client.count(self._collection, exact=True).count)

    def ids(self) -> Ids:
        found: list[int] = []
        offset: Any = None
        with _errors():
            while True:
                records, offset = self._client.scroll(
                    self._collection,
                    limit=PAGE,
                    offset=offset,
                    with_payload=False,
                    with_vectors=False,
                )
                found += [int(record.id) for record in records]
                if offset is None:
                    return np.sort(np.array(found, np.int64))

    def settle(self) -> None:
        """Qdrant builds its index by itself."""

    def erase(self) -> None:
        """Qdrant writes its segments anew by itself."""

    def clear(self) -> None:
        with _errors():
            self._client.delete_collection(self._collection)
            self._create()

    def close(self) -> None:
        with _errors():
            self._client.close()

    def _create(self) -> None:
        self._client.create_collection(
            self._collection,
            vectors_config=models.VectorParams(
                size=self._dimension, distance=models.Distance.EUCLID
            ),
            hnsw_config=models.HnswConfigDiff(m=LINKS, ef_construct=BUILD_BREADTH),
            # what was deleted stays in a segment's file until that is written anew: soon
            optimizers_config=models.OptimizersConfigDiff(
                deleted_threshold=0.001, vacuum_min_vector_number=100
            ),
        )
        self._client.create_payload_index(
            self._collection, _TAG, models.PayloadSchemaType.INTEGER, wait=True
        )


def _only(tag: int | None) -> models.Filter | None:
    if tag is None:
        return None
    match = models.FieldCondition(key=_TAG, match=models.MatchValue(value=tag))
    return models.Filter(must=[match])


def _errors() -> AbstractContextManager[None]:
    # ValueError is what the local mode of the client raises
    return engine_errors("Qdrant", ApiException, httpx.HTTPError, OSError, ValueError)
