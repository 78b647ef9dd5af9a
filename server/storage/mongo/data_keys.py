"""The data keys of a store in MongoDB: kept elsewhere, so that they can be destroyed.

Whoever destroys a data key destroys what it sealed. MongoDB cannot destroy anything: its pages, its
journal, its oplog, its other members and its backups keep what was deleted. So the keys never go
there. They lie in a small SQLite file: one server's own (`key_file`), or that of a key service
which several servers ask (`remote_keys`).

Two databases have no common transaction, so a key has a state:

- `new`     from before the transaction that uses it until after it;
- `kept`    a record refers to it;
- `doomed`  from before the transaction that removes its record until it is destroyed.

What a crash leaves `new` or `doomed` is settled by a look whether its record is there: at the next
opening for doomed ones, and after an hour for new ones, for another process may be about to use it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Numbers of keys that may be a crash's. new: of which no record has come to tell for so long
    that none will. doomed: whose records were about to go."""

    new: tuple[int, ...] = ()
    doomed: tuple[int, ...] = ()


class DataKeys(ABC):
    """Locked data keys by number. Any thread. Raises as the SQLite store does, and StoreAway where
    a key service cannot be reached."""

    @abstractmethod
    def owner(self) -> str | None:
        """The mark of the store whose keys these are; None where there is none yet."""

    @abstractmethod
    def identity(self, fresh: str) -> str:
        """The mark of the store whose keys these are: the one that is there, or else `fresh`."""

    @abstractmethod
    def is_unused(self) -> bool:
        """Whether there never was a key but the store's own."""

    @abstractmethod
    def store_key(self) -> bytes | None:
        """The store's own key; None where none was ever made."""

    @abstractmethod
    def keep_store_key(self, locked: bytes) -> bytes:
        """Keeps the store's own key, unless one is there; returns the one that counts."""

    @abstractmethod
    def add(self, purpose: str, locked: bytes) -> int:
        """Keeps a key that is about to be used; returns its number."""

    @abstractmethod
    def used(self, numbers: Collection[int]) -> None:
        """The records of these keys are safe. Written with the next key: see `add`."""

    @abstractmethod
    def many(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """Those of these keys that are there."""

    @abstractmethod
    def doom(self, numbers: Sequence[int]) -> None:
        """The records of these keys are about to go."""

    @abstractmethod
    def spare(self, numbers: Sequence[int]) -> None:
        """The records of these keys are there, and stay."""

    @abstractmethod
    def destroy(self, numbers: Sequence[int]) -> None:
        """Removes keys for good; they are off the disk on return."""

    @abstractmethod
    def unsettled(self) -> Unsettled: ...

    @abstractmethod
    def close(self) -> None: ...

    def locked(self, number: int) -> bytes | None:
        return self.many([number]).get(number)

    def settle(self, there: Callable[[Sequence[int]], Collection[int]]) -> int:
        """Destroys what a crash left over; `there` says which keys have records. Returns how
        many."""
        found = self.unsettled()
        numbers = [*found.new, *found.doomed]
        referred = set(there(numbers)) if numbers else set()
        self.spare([number for number in found.new if number in referred])
        gone = [number for number in numbers if number not in referred]
        self.destroy(gone)
        return len(gone)
