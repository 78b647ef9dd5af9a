"""The connection to MongoDB: majority and journal for every write, and a replica set or nothing."""

from __future__ import annotations

import contextlib
from typing import Any

from pymongo import MongoClient, ReadPreference, WriteConcern
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from lookout.server.storage.errors import StorageError
from lookout.server.storage.mongo.address import MongoAddress
from lookout.server.storage.mongo.translation import translated

Document = dict[str, Any]
TIMEOUT_S = 10.0
SAFE = WriteConcern("majority", j=True, wtimeout=int(TIMEOUT_S * 1000))
"""Acknowledged is what most members have in their journals; anything less may be rolled back."""
SETTLED = ReadConcern("majority")
NEEDS_REPLICA_SET = """\
{address} is a server on its own, and those have no transactions. Make it a replica set of one: \
start mongod with --replSet rs0 (or replication.replSetName: rs0 in mongod.conf), then, once:
  mongosh --eval 'rs.initiate()'"""


class MongoConnection:
    """A client and its database. Raises StorageError, one line for people."""

    def __init__(self, address: MongoAddress, timeout_s: float = TIMEOUT_S) -> None:
        self.address = address
        with contextlib.ExitStack() as undo, translated(address):
            self.client: MongoClient[Document] = MongoClient(
                address.uri,
                appname="lookout",
                serverSelectionTimeoutMS=int(timeout_s * 1000),
                connectTimeoutMS=int(timeout_s * 1000),
                socketTimeoutMS=int(6 * timeout_s * 1000),
                retryWrites=True,
                tz_aware=True,
            )
            undo.callback(self.client.close)
            hello = self.client.admin.command("hello")
            if "setName" not in hello and hello.get("msg") != "isdbgrid":
                raise StorageError(NEEDS_REPLICA_SET.format(address=address))
            self.database: Database[Document] = self.client.get_database(
                address.database,
                write_concern=SAFE,
                read_concern=SETTLED,
                read_preference=ReadPreference.PRIMARY,
            )
            undo.pop_all()

    def close(self) -> None:
        self.client.close()
