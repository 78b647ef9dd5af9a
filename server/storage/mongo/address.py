"""Where MongoDB is: MONGO_URI and MONGO_DB_NAME, or a file, never the command line."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lookout.server.storage.errors import StorageError
from lookout.server.storage.private_file import read_private
from lookout.wire.redaction import redact

URI, URI_FILE, NAME = "MONGO_URI", "MONGO_URI_FILE", "MONGO_DB_NAME"
SCHEMES = ("mongodb://", "mongodb+srv://")
DEFAULT_NAME = "lookout"


@dataclass(frozen=True, slots=True)
class MongoAddress:
    """The connection string and the name of the database. Printed, it shows no login."""

    uri: str = field(repr=False)
    database: str

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may show."""
        login = urllib.parse.urlsplit(self.uri).netloc.rpartition("@")[0]
        password = login.partition(":")[2]
        return tuple({password, urllib.parse.unquote(password)} - {""})

    def __str__(self) -> str:
        return f"the database {self.database!r} at {redact(self.uri, self.secrets)}"


def read_address(environment: Mapping[str, str], uri: str = "") -> MongoAddress:
    """The address that the environment gives; `uri` is one that stands there without a password.

    Raises StorageError where there is none, or where it cannot be one.
    """
    uri = environment.get(URI, "") or _uri_of_file(environment.get(URI_FILE, "")) or uri
    if not uri:
        raise StorageError(
            f"the store is MongoDB, but nothing says where it is: put its address into {URI}, or "
            f"into a file that {URI_FILE} names (mode 0600)"
        )
    if not uri.startswith(SCHEMES):
        raise StorageError(f"{URI} is no address of MongoDB: it starts with mongodb:// or …+srv://")
    name = environment.get(NAME, "") or urllib.parse.urlsplit(uri).path.strip("/") or DEFAULT_NAME
    if not name.replace("_", "").replace("-", "").isalnum() or len(name.encode()) > 63:
        raise StorageError(
            f"{NAME} {name!r:.80} is no name of a database: letters, digits, - and _"
        )
    return MongoAddress(uri, name)


def _uri_of_file(name: str) -> str:
    if not name:
        return ""
    return read_private(Path(name), f"{URI_FILE}: {name}")
