"""What people said of two faces: that they are one person, or that they are two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


class Contradiction(ValueError):
    """Two faces were said to be one person, and two."""


@dataclass(slots=True)
class Said:
    """Everything that was said, without contradiction.

    What was said of A and B, and of B and C, also holds for A and C.
    """

    same: dict[tuple[int, int], None] = field(default_factory=dict)
    different: dict[tuple[int, int], None] = field(default_factory=dict)
    _group: dict[int, int] = field(default_factory=dict)

    def say_same(self, one: int, other: int) -> None:
        """Raises Contradiction."""
        a, b = self._group.get(one, one), self._group.get(other, other)
        for pair in self.different:
            if {self._group.get(face, face) for face in pair} == {a, b}:
                raise Contradiction(_sentence(one, other, "one person", "two"))
        members = [face for face, group in self._group.items() if group == b]
        self._group |= dict.fromkeys([one, other, *members], a)
        self.same[(one, other)] = None

    def say_different(self, one: int, other: int) -> None:
        """Raises Contradiction."""
        if self._group.get(one, one) == self._group.get(other, other):
            raise Contradiction(_sentence(one, other, "two people", "one"))
        self.different[(one, other)] = None

    def different_in(self, groups: dict[int, int]) -> Iterator[tuple[int, int]]:
        """The pairs that are two people among the faces that are the keys; gives their values."""
        for one, other in self.different:
            if one in groups and other in groups:
                yield groups[one], groups[other]

    def same_in(self, groups: dict[int, int]) -> Iterator[tuple[int, int]]:
        """The same of the pairs that are one person."""
        for one, other in self.same:
            if one in groups and other in groups:
                yield groups[one], groups[other]


def _sentence(one: int, other: int, now: str, before: str) -> str:
    return (
        f"the faces {one} and {other} cannot be {now}: it was said before, of these or of faces "
        f"that are the same as these, that they are {before}"
    )
