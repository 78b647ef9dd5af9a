"""The choice of a store, as an option and the environment state it. Imports no database."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lookout.server.storage import key_address
from lookout.server.storage.errors import StorageError

VARIABLE = "LOOKOUT_STORE"
SQLITE, MONGO = "sqlite", "mongo"


@dataclass(frozen=True, slots=True)
class KeyService:
    """What the options say of a key service; the secret is in a file or the environment."""

    url: str
    token_file: Path | None = None
    ca: Path | None = None


def take_keys(values: dict[str, Any]) -> KeyService | None:
    """What the parsed values say of a key service, taken out of them."""
    url, token_file, ca = (values.pop(f"keys_{name}") for name in ("url", "token_file", "ca"))
    return KeyService(url, token_file, ca) if url else None


def store_environment(
    store: str, keys: KeyService | None, environment: Mapping[str, str]
) -> Mapping[str, str]:
    """The environment, with the store and the key service that options state."""
    stated = {VARIABLE: store} if store else {}
    if keys is not None:
        stated[key_address.URL] = keys.url
        if keys.token_file is not None:
            stated |= {key_address.TOKEN_FILE: str(keys.token_file), key_address.TOKEN: ""}
        if keys.ca is not None:
            stated[key_address.CA] = str(keys.ca)
    return {**environment, **stated}


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
