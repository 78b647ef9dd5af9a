"""The way of an uploaded picture into its topic."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

from lookout.server.storage.records import new_id
from lookout.server.streams.claims import ClaimFolder
from lookout.server.streams.errors import BrokerAway
from lookout.server.streams.options import KafkaOptions
from lookout.server.streams.outlet import OutgoingMessage, Outlet
from lookout.server.streams.picture import MAX_INLINE_BYTES, SentPicture
from lookout.server.streams.sealing import StreamKey


class PictureIntake:
    """Seals pictures and puts them into the topic. Any thread; it owns none."""

    def __init__(
        self,
        options: KafkaOptions,
        outlet: Outlet,
        key: StreamKey,
        claims: ClaimFolder,
        clock: Callable[[], float] = time.time,
        sent: Callable[[], object] = lambda: None,
    ) -> None:
        """`sent` is called for each picture that Kafka has taken."""
        self._options = options
        self._outlet = outlet
        self._key = key
        self._claims = claims
        self._clock = clock
        self._sent = sent

    async def put(self, content: bytes, source: str = "") -> str:
        """Returns the picture's id once every replica has it. Raises StreamError and
        StorageError."""
        loop = asyncio.get_running_loop()
        taken: asyncio.Future[str] = loop.create_future()

        def settle(words: str) -> None:
            if not taken.done():
                taken.set_result(words)

        picture = SentPicture(new_id(), self._clock(), content, source)
        # sealing 8 MB takes 5 ms, a claim a write to the disk
        message = await asyncio.to_thread(self._message, picture)
        self._outlet.send(message, lambda words: loop.call_soon_threadsafe(settle, words))
        words = await taken
        if words:
            raise BrokerAway(f"Kafka did not take the picture: {words}")
        self._sent()
        return picture.id

    def _message(self, picture: SentPicture) -> OutgoingMessage:
        if len(picture.content) > MAX_INLINE_BYTES:
            claim = self._claims.put(picture.content, picture.sent_s)
            picture = replace(picture, content=b"", claim=claim)
        return OutgoingMessage(
            self._options.pictures, picture.key, picture.sealed(self._key), picture.headers()
        )
