"""What a key service can be asked, and the record of the keys that it has destroyed."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lookout.server.storage.errors import StorageError
from lookout.server.storage.mongo.data_keys import DataKeys

Body = Mapping[str, Any]

MOST_NUMBERS = 1000
"""Of one request."""
MOST_USED = 10_000
MAX_LOCKED = 1000
"""Characters of a locked key; Fernet makes 140 of one."""
MOST_REMEMBERED = 100_000
"""Destroyed keys: a server that has not asked since so many forgets all that it has read."""
_PURPOSES = ("person", "sighting")


class BadAsking(StorageError):
    """A request that no server of Lookout makes."""


class Destroyed:
    """The keys that were destroyed since this process began, in order. Any thread."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._epoch = secrets.token_hex(8)
        self._lock = threading.Lock()
        self._numbers: deque[int] = deque(maxlen=most)
        self._count = 0

    def add(self, numbers: Sequence[int]) -> None:
        with self._lock:
            self._numbers += numbers
            self._count += len(numbers)

    def since(self, epoch: str, place: int) -> Mapping[str, object]:
        """What was destroyed after a place of an epoch; not `whole` where more was than is known
        here."""
        with self._lock:
            missed = self._count - place
            whole = epoch == self._epoch and 0 <= missed <= len(self._numbers)
            destroyed = list(self._numbers)[len(self._numbers) - missed :] if whole else []
            return {
                "epoch": self._epoch,
                "place": self._count,
                "whole": whole,
                "destroyed": destroyed,
            }


class KeyDesk:
    """Answers the servers, one operation each. Any thread.

    Every operation but `add` may be repeated; an `add` of which the answer was lost leaves a key
    that no record comes to use, and that is destroyed an hour later.
    """

    def __init__(self, keys: DataKeys, destroyed: Destroyed | None = None) -> None:
        self._keys = keys
        self._destroyed = destroyed or Destroyed()
        self._operations: Mapping[str, Callable[[Body], Body]] = {
            "state": self._state,
            "identity": self._identity,
            "store-key": self._store_key,
            "add": self._add,
            "many": self._many,
            "doom": self._doom,
            "spare": self._spare,
            "destroy": self._destroy,
            "unsettled": self._unsettled,
            "news": self._news,
        }

    @property
    def operations(self) -> frozenset[str]:
        return frozenset(self._operations)

    def answer(self, operation: str, body: Body) -> Body:
        """Raises BadAsking, and StorageError as the keys do."""
        return self._operations[operation](body)

    def _state(self, _: Body) -> Body:
        locked = self._keys.store_key()
        return {
            "store": self._keys.owner(),
            "unused": self._keys.is_unused(),
            "store_key": None if locked is None else locked.decode(),
        }

    def _identity(self, body: Body) -> Body:
        return {"store": self._keys.identity(_text(body, "fresh", 100))}

    def _store_key(self, body: Body) -> Body:
        return {"locked": self._keys.keep_store_key(_locked(body)).decode()}

    def _add(self, body: Body) -> Body:
        purpose = body.get("purpose")
        if purpose not in _PURPOSES:
            raise BadAsking(f"a key is for one of {', '.join(_PURPOSES)}")
        locked, used = _locked(body), _numbers(body, "used", MOST_USED)
        self._keys.used(used)
        return {"number": self._keys.add(purpose, locked)}

    def _many(self, body: Body) -> Body:
        found = self._keys.many(_numbers(body))
        return {"keys": {str(number): locked.decode() for number, locked in found.items()}}

    def _doom(self, body: Body) -> Body:
        self._keys.doom(_numbers(body))
        return {}

    def _spare(self, body: Body) -> Body:
        self._keys.spare(_numbers(body))
        return {}

    def _destroy(self, body: Body) -> Body:
        numbers = _numbers(body)
        self._keys.destroy(numbers)
        self._destroyed.add(numbers)
        return {}

    def _unsettled(self, _: Body) -> Body:
        found = self._keys.unsettled()
        return {"new": list(found.new), "doomed": list(found.doomed)}

    def _news(self, body: Body) -> Body:
        place = body.get("since")
        if type(place) is not int:
            raise BadAsking("'since' is a number")
        return self._destroyed.since(_text(body, "epoch", 100), place)


def _text(body: Body, name: str, most: int) -> str:
    value = body.get(name)
    if not isinstance(value, str) or len(value) > most:
        raise BadAsking(f"{name!r} is a text of at most {most} characters")
    return value


def _locked(body: Body) -> bytes:
    text = _text(body, "locked", MAX_LOCKED)
    if not text or not text.isascii():
        raise BadAsking("'locked' is a locked key")
    return text.encode()


def _numbers(body: Body, name: str = "numbers", most: int = MOST_NUMBERS) -> list[int]:
    values = body.get(name)
    if not isinstance(values, list) or len(values) > most:
        raise BadAsking(f"{name!r} is a list of at most {most} numbers")
    if not all(type(value) is int and 0 <= value < 2**63 for value in values):
        raise BadAsking(f"{name!r} holds what is no number of a key")
    return values
