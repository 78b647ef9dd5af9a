"""The choice of a store, as an option and the environment state it. Imports no database."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping

from lookout.server.storage.errors import StorageError

VARIABLE = "LOOKOUT_STORE"
SQLITE, MONGO = "sqlite", "mongo"


def store_environment(store: str, environment: Mapping[str, str]) -> Mapping[str, str]:
    """The environment, with the store that an option states."""
    return {**environment, VARIABLE: store} if store else environment


def checked_store(text: str) -> str:
    """`sqlite`, `mongo` or an address without a password. Raises StorageError."""
    if text in (SQLITE, MONGO):
        return text
    if not text.startswith(("mongodb://", "mongodb+srv://")):
        raise StorageError(f"a store is sqlite, mongo or mongodb://HOST:PORT, not {text[:20]!r}")
    if urllib.parse.urlsplit(text).password:
        raise StorageError(
            "an address with a password would be seen by every user of this machine: put it into "
            "MONGO_URI, or into a file that MONGO_URI_FILE names, and say --store mongo"
        )
    return text
