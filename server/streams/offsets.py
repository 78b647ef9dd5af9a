"""The ledger of what a consumer has in hand: which offset of a partition may be committed. Pure."""

from __future__ import annotations

from collections import deque


class OffsetLedger:
    """One partition, from the moment it is assigned. Messages end in any order; only what has
    nothing unfinished before it counts."""

    def __init__(self) -> None:
        self._taken: deque[int] = deque()
        self._done: set[int] = set()
        self._position: int | None = None

    def take(self, offset: int) -> None:
        """A message is in hand. Offsets rise."""
        self._taken.append(offset)

    def done(self, offset: int) -> None:
        """A message has its answer."""
        self._done.add(offset)
        while self._taken and self._taken[0] in self._done:
            first = self._taken.popleft()
            self._done.remove(first)
            self._position = first + 1

    def __len__(self) -> int:
        """Those in hand that hold the commit back, and those behind them."""
        return len(self._taken)

    def take_position(self) -> int | None:
        """The offset to commit, once; None where nothing has been done since."""
        position, self._position = self._position, None
        return position
