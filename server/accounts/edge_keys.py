"""The API keys of edges, as the handshake asks for them (`wire.streams.Keys`)."""

from __future__ import annotations

import asyncio
import logging
import time

from lookout.server.accounts.errors import InvalidToken
from lookout.server.accounts.keys import ApiKeyRing
from lookout.server.storage.errors import StorageError

log = logging.getLogger(__name__)


class EdgeKeys:
    """Asks the store in a thread, so that no other edge waits for it."""

    def __init__(self, ring: ApiKeyRing) -> None:
        self._ring = ring

    async def may_enrol(self, key_id: str) -> bool:
        """Whether the edge may send photographs and corrections; not where that is unknown."""
        try:
            return await asyncio.to_thread(self._ring.may_enrol, key_id, time.time())
        except (InvalidToken, StorageError) as error:
            log.warning("whether an edge may enrol cannot be looked up: %s", error)
        return False

    async def secret(self, key_id: str) -> str | None:
        """The secret of the key; None where it is not good for an edge, or cannot be read now."""
        try:
            return await asyncio.to_thread(self._ring.edge_secret, key_id, time.time())
        except InvalidToken as error:
            log.info("an edge named a key that is not good: %s", error)
        except StorageError as error:
            log.error("the API key of an edge cannot be looked up: %s", error)  # noqa: TRY400
        return None
