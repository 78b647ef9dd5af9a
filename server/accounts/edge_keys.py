"""The API keys of edges, as the handshake asks for them (`wire.streams.Keys`)."""

from __future__ import annotations

import asyncio
import logging
import time

from lookout.server.accounts.errors import InvalidToken
from lookout.server.accounts.keys import ApiKeyRing
from lookout.server.storage.errors import StorageError
from lookout.wire.errors import NotNow

log = logging.getLogger(__name__)

LOOKUP_TIMEOUT_S = 0.5
"""An edge waits 0.8 s for the whole handshake (`edge.link`); it is to hear why there is none."""


class EdgeKeys:
    """Asks the store in a thread, so that no other edge waits for it. The event loop's thread
    only."""

    def __init__(self, ring: ApiKeyRing, timeout_s: float = LOOKUP_TIMEOUT_S) -> None:
        self._ring = ring
        self._timeout_s = timeout_s
        self._noting: set[asyncio.Task[None]] = set()

    async def may_enrol(self, key_id: str) -> bool:
        """Whether the edge may send photographs and corrections; not where that is unknown."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.to_thread(self._ring.may_enrol, key_id, time.time())
        except (InvalidToken, StorageError, TimeoutError) as error:
            log.warning("whether an edge may enrol cannot be looked up: %s", error)
        return False

    async def secret(self, key_id: str) -> str | None:
        """The secret of the key; None where it is not good for an edge. Raises NotNow where the
        store cannot be read, which says nothing of the key."""
        now_s = time.time()
        try:
            async with asyncio.timeout(self._timeout_s):
                secret = await asyncio.to_thread(self._ring.edge_secret, key_id, now_s)
        except InvalidToken as error:
            log.info("an edge named a key that is not good: %s", error)
            return None
        except StorageError as error:
            raise NotNow(f"the API key cannot be looked up at the moment: {error}") from error
        except TimeoutError:
            raise NotNow(
                "the API key cannot be looked up at the moment: the store is busy"
            ) from None
        noting = asyncio.create_task(asyncio.to_thread(self._ring.note_edge, key_id, now_s))
        self._noting.add(noting)
        noting.add_done_callback(self._noting.discard)
        return secret
