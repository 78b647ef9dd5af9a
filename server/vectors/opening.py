"""The opening of an engine by its address; only then is its client loaded."""

from __future__ import annotations

from importlib.util import find_spec

from lookout.server.errors import BadSettings
from lookout.server.storage.store_values import StoredSettings
from lookout.server.vectors.index import VectorIndex
from lookout.server.vectors.options import VectorEngine, VectorOptions
from lookout.server.vectors.space import Space, left_behind, settle_in

_CLIENTS = {
    VectorEngine.QDRANT: "qdrant_client",
    VectorEngine.MILVUS: "pymilvus",
    VectorEngine.PGVECTOR: "psycopg",
}


def require_client(options: VectorOptions) -> None:
    """Raises BadSettings where the client of the engine is not installed."""
    if find_spec(_CLIENTS[options.engine]) is None:
        extra = options.engine
        raise BadSettings(
            f"--vectors {options.parts.scheme}:// needs the extra `{extra}`: "
            f"pip install 'lookout[server,api,{extra}]'"
        )


class EngineDoor:
    """The way to the vectors of one space in an engine."""

    def __init__(self, options: VectorOptions, settings: StoredSettings, space: Space) -> None:
        self._options = options
        self._settings = settings
        self._space = space

    @property
    def name(self) -> str:
        """The engine and its address, without a user."""
        options = self._options
        return f"{options.engine} at {options.host} port {options.port}"

    def open(self, timeout_s: float) -> VectorIndex:
        """A connection on which nothing takes longer than that, about. Raises EngineAway."""
        return open_index(self._options, self._space, timeout_s)

    def move_in(self, timeout_s: float) -> VectorIndex:
        """The same for who writes: what was left elsewhere, or otherwise, is emptied first. Raises
        EngineAway and StorageError."""
        left = left_behind(self._settings, self._space)
        if left is not None:
            before = open_index(self._options, left, timeout_s)
            before.clear()
            before.close()
        settle_in(self._settings, self._space)
        return self.open(timeout_s)


def open_index(options: VectorOptions, space: Space, timeout_s: float) -> VectorIndex:
    """The vectors of a space in an engine. Raises EngineAway; ImportError without a client."""
    collection, dimension = space.collection, space.dimension
    if options.engine is VectorEngine.QDRANT:
        from lookout.server.vectors.qdrant import QdrantIndex

        return QdrantIndex.open(options, collection, dimension, timeout_s)
    if options.engine is VectorEngine.MILVUS:
        from lookout.server.vectors.milvus import MilvusIndex

        return MilvusIndex.open(options, collection, dimension, timeout_s)
    from lookout.server.vectors.pgvector import PgvectorIndex

    return PgvectorIndex.open(options, collection, dimension, timeout_s)
