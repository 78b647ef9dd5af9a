"""The data keys of several servers, at a key service (`server.keys`).

What was read is kept, locked, so that reading goes on while the service is away. A key that another
server has destroyed is forgotten here as soon as the service says so, which is asked every second;
who has not heard of it for an hour forgets all.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from lookout.server.storage.errors import StorageError
from lookout.server.storage.mongo.data_keys import DataKeys, Unsettled
from lookout.server.storage.mongo.key_client import KeyClient
from lookout.server.storage.paging import in_parts
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

MAX_KEPT = 200_000
"""Locked keys in memory, 140 bytes each; the one that was used least recently makes room."""
NEWS_S = 1.0
MAX_UNHEARD_S = 3600.0
_CLOSE_S = 5.0


class RemoteKeys(DataKeys):
    """Owns the thread that hears of keys that are gone. Asks the service on construction: raises
    StoreAway where it cannot be reached."""

    def __init__(self, client: KeyClient, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` is monotonic, in seconds."""
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._gone: OrderedDict[int, None] = OrderedDict()
        self._round = 0
        """Rises when all is forgotten, so that what was asked before is not kept after."""
        self._used: list[int] = []
        self._undone: list[int] = []
        self._epoch, self._place = "", 0
        self._heard_s = clock()
        self._news = _News(self)
        self.hear()
        self._news.start()

    def owner(self) -> str | None:
        store: str | None = self._client.call("state")["store"]
        return store

    def identity(self, fresh: str) -> str:
        return str(self._client.call("identity", fresh=fresh)["store"])

    def is_unused(self) -> bool:
        return bool(self._client.call("state")["unused"])

    def store_key(self) -> bytes | None:
        locked: str | None = self._client.call("state")["store_key"]
        return None if locked is None else locked.encode()

    def keep_store_key(self, locked: bytes) -> bytes:
        return str(self._client.call("store-key", locked=locked.decode())["locked"]).encode()

    def add(self, purpose: str, locked: bytes) -> int:
        used = self._taken_used()
        try:
            answer = self._client.call("add", purpose=purpose, locked=locked.decode(), used=used)
        except StorageError:
            self.used(used)
            raise
        number = int(answer["number"])
        self._keep({number: locked}, self._round)
        return number

    def used(self, numbers: Collection[int]) -> None:
        with self._lock:
            self._used += numbers

    def many(self, numbers: Sequence[int]) -> dict[int, bytes]:
        with self._lock:
            self._forget_if_unheard()
            asked_in = self._round
            found = {number: self._kept[number] for number in numbers if number in self._kept}
            for number in found:
                self._kept.move_to_end(number)
        for part in in_parts([number for number in numbers if number not in found]):
            answer = self._client.call("many", numbers=list(part))
            read = {int(number): str(key).encode() for number, key in answer["keys"].items()}
            self._keep(read, asked_in)
            found |= read
        return found

    def doom(self, numbers: Sequence[int]) -> None:
        self._mark("doom", numbers)

    def spare(self, numbers: Sequence[int]) -> None:
        self._mark("spare", numbers)

    def destroy(self, numbers: Sequence[int]) -> None:
        self._forget(numbers)
        try:
            self._mark("destroy", numbers)
        except StorageError:
            with self._lock:
                self._undone += numbers  # their records are gone: it is tried until it is done
            raise

    def unsettled(self) -> Unsettled:
        answer = self._client.call("unsettled")
        return Unsettled(tuple(answer["new"]), tuple(answer["doomed"]))

    def close(self) -> None:
        self._news.close(_CLOSE_S)
        try:
            self._settle_own()
        except StorageError as error:
            log.warning("what was left to tell the key service is settled later: %s", error)
        self._client.close()

    def hear(self) -> None:
        """Asks what was destroyed since, and does what could not be done. Raises StorageError."""
        self._take(self._client.call("news", epoch=self._epoch, since=self._place))
        self._settle_own()

    def _take(self, answer: Mapping[str, Any]) -> None:
        with self._lock:
            if not answer["whole"]:
                self._forget_all()
            for number in answer["destroyed"]:
                self._kept.pop(number, None)
                self._note_gone(number)
            self._epoch, self._place = str(answer["epoch"]), int(answer["place"])
            self._heard_s = self._clock()

    def _settle_own(self) -> None:
        with self._lock:
            undone = list(self._undone)
        if undone:
            self._mark("destroy", undone)
            with self._lock:
                self._undone = [number for number in self._undone if number not in undone]
        used = self._taken_used()
        try:
            self._mark("spare", used)
        except StorageError:
            self.used(used)
            raise

    def _mark(self, operation: str, numbers: Sequence[int]) -> None:
        for part in in_parts(numbers):
            self._client.call(operation, numbers=list(part))

    def _taken_used(self) -> list[int]:
        with self._lock:
            used, self._used = self._used, []
        return used

    def _keep(self, read: Mapping[int, bytes], asked_in: int) -> None:
        with self._lock:
            if asked_in != self._round:
                return
            for number, locked in read.items():
                if number not in self._gone:
                    self._kept[number] = locked
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)

    def _forget(self, numbers: Sequence[int]) -> None:
        with self._lock:
            for number in numbers:
                self._kept.pop(number, None)
                self._note_gone(number)

    def _note_gone(self, number: int) -> None:
        """An answer that is under way may still bring it; no number is given twice."""
        self._gone[number] = None
        while len(self._gone) > MAX_KEPT:
            self._gone.popitem(last=False)

    def _forget_if_unheard(self) -> None:
        if self._clock() - self._heard_s > MAX_UNHEARD_S:
            self._forget_all()

    def _forget_all(self) -> None:
        self._kept.clear()
        self._round += 1


class _News(StoppableThread):
    """Asks every second what was destroyed."""

    def __init__(self, keys: RemoteKeys) -> None:
        self._keys = keys
        super().__init__("keys")

    def _work(self) -> None:
        failing = False
        while not self._stop.wait(NEWS_S):
            try:
                self._keys.hear()
            except StorageError as error:
                if not failing:  # logged once, not every second
                    log.warning("%s", error)
                failing = True
            else:
                if failing:
                    log.info("the key service answers again")
                failing = False
