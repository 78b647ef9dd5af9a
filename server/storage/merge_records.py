"""Merges of two people that can still be taken back: their record and the protocol of their store.

What holds for the methods stands in `server.storage.store`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lookout.server.storage.records import Person

UNDO_S = 7 * 86_400.0
"""The time in which a merge can be taken back."""


@dataclass(frozen=True, slots=True)
class Merge:
    """Two people who were made one.

    gone: whoever is no more, as they were. stays: the id of the other one. rejections: the times at
    which faces were said not to be `gone`.
    """

    id: str
    gone: Person
    stays: str
    at_s: float
    rejections: tuple[float, ...] = ()


class Merges(Protocol):
    """The merges of people, latest first."""

    def make(
        self, source: str, target: str, at_s: float, rejections: Sequence[float] = ()
    ) -> Merge:
        """Merge as `People.merge`, and write down what was whose, sealed under the target's key."""

    def of(self, person: str) -> tuple[Merge, ...]:
        """Those of which this person is the one who stayed."""

    def take_back(self, merge: str) -> Merge:
        """Make two people of one: `gone` is there again with all that was theirs and still is the
        other's; what has come since stays with the other.

        Raises Conflict where somebody else has the identifier now, and for all merges of a person
        but the latest: only in this order everything becomes as it was.
        """

    def delete_before(self, before_s: float, limit: int) -> int:
        """Forget how merges from before that time are taken back; returns how many."""
