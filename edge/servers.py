"""The servers of a list, and the choice of the one to talk to: the least loaded in reach.

A list names servers, and each name may have several addresses, as a service of Kubernetes has;
every address is a server of its own. All of them are asked at once, and each says in its WELCOME
how many cameras it has; who has failed a moment ago is asked only where nobody else is in reach.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from lookout.wire.connection import Connection
from lookout.wire.errors import ConnectionLost, WireError
from lookout.wire.explain import place
from lookout.wire.lookup import Address, Lookup

DEFAULT_PORT = 8002
MOST_SERVERS = 64
MOST_ASKED = 8
"""At once, chosen at random among more: the least loaded of eight is good enough."""
FEWER_BY = 2
"""A camera moves to a server that has at least three fewer: with less, two would change places."""
REST_S = 5.0
"""So long a server that has failed is not asked, where others are in reach."""


@dataclass(frozen=True, slots=True)
class ServerPlace:
    """A server, or several behind one name."""

    host: str
    port: int = DEFAULT_PORT

    def __str__(self) -> str:
        return place(self.host, self.port)


@dataclass(frozen=True, slots=True)
class ServerCandidate:
    """One address of one place, as `wire.connection.connect` takes it for its look-up."""

    place: ServerPlace
    address: Address

    def addresses(self, timeout_s: float) -> Sequence[Address]:  # noqa: ARG002 - known already
        return [self.address]

    def worked(self, address: Address) -> None:
        """There is no other to put it before."""


_Reached = tuple[ServerCandidate, Connection]
Connect = Callable[[ServerCandidate], Connection]
"""Connects and shakes hands. Raises WireError."""


class Servers:
    """The candidates of one link. For one thread at a time; owns threads only while it chooses."""

    def __init__(
        self,
        places: Sequence[ServerPlace],
        clock: Callable[[], float] = time.monotonic,
        lookups: Sequence[Lookup] | None = None,
    ) -> None:
        """`places` has at least one; `clock` is monotonic."""
        self._places = tuple(places)
        self._lookups = lookups or [Lookup(one.host, one.port) for one in places]
        self._clock = clock
        self._failed_s: dict[Address, float] = {}
        self.current: ServerCandidate | None = None
        self.others = False

    def __str__(self) -> str:
        return ", ".join(map(str, self._places))

    def failed(self) -> None:
        """The server that was chosen last has failed: others come first for a while."""
        if self.current is not None:
            self._failed_s[self.current.address] = self._clock()

    def connect(self, connect: Connect, timeout_s: float, grace_s: float) -> Connection:
        """A connection to the least loaded server in reach; `others` then says whether there is
        one besides. `timeout_s` is for each look-up, `grace_s` for others to answer after the
        first. Raises what the last of them raised."""
        candidates = self._candidates(timeout_s)
        self.others = len(candidates) > 1
        rested = [one for one in candidates if self._is_rested(one)]
        try:
            chosen, connection = self._best(connect, rested or candidates, grace_s)
        except WireError:
            resting = [one for one in candidates if one not in rested]
            if not rested or not resting:
                raise
            chosen, connection = self._best(connect, resting, grace_s)
        self.current = chosen
        return connection

    def better(
        self, current: ServerCandidate, connect: Connect, timeout_s: float, grace_s: float
    ) -> tuple[ServerCandidate, Connection] | None:
        """A server that has far fewer cameras than the current one, and a connection to it; None
        where there is none. Raises WireError where nobody can be found."""
        others = [one for one in self._candidates(timeout_s) if one != current]
        others = random.sample(others, min(MOST_ASKED, len(others)))
        if not others:
            return None
        found = self._ask_all(connect, [current, *others]).in_reach(grace_s)
        own = [connection.load for candidate, connection in found if candidate == current]
        chosen: tuple[ServerCandidate, Connection] | None = None
        for candidate, connection in found:
            fewer = bool(own) and own[0] - connection.load > FEWER_BY
            if chosen is None and candidate != current and fewer:
                chosen = (candidate, connection)
            else:
                connection.close()
        return chosen

    def take(self, candidate: ServerCandidate) -> None:
        """The link goes over to this one, which `better` has found."""
        self.current = candidate

    def _candidates(self, timeout_s: float) -> list[ServerCandidate]:
        found: dict[Address, ServerCandidate] = {}
        failure: OSError | None = None
        for one, lookup in zip(self._places, self._lookups, strict=True):
            try:
                addresses = lookup.addresses(timeout_s)
            except OSError as error:
                failure = error
                continue
            found |= {
                address: ServerCandidate(one, address) for address in addresses[:MOST_SERVERS]
            }
        if not found:
            raise ConnectionLost(f"no server of {self} can be found: {failure}")
        return list(found.values())

    def _is_rested(self, candidate: ServerCandidate) -> bool:
        failed_s = self._failed_s.get(candidate.address)
        return failed_s is None or self._clock() - failed_s > REST_S

    def _best(
        self, connect: Connect, candidates: Sequence[ServerCandidate], grace_s: float
    ) -> tuple[ServerCandidate, Connection]:
        asked = random.sample(list(candidates), min(MOST_ASKED, len(candidates)))
        if len(asked) == 1:
            return asked[0], self._tried(connect, asked[0])
        choosing = self._ask_all(connect, asked)
        found = choosing.in_reach(grace_s)
        if not found:
            raise choosing.failure
        for _, connection in found[1:]:
            connection.close()
        return found[0]

    def _ask_all(self, connect: Connect, asked: Sequence[ServerCandidate]) -> _Choosing:
        choosing = _Choosing(len(asked))
        for one in asked:
            tried = partial(self._tried, connect, one)
            arguments = (tried, one, choosing)
            threading.Thread(target=_ask, args=arguments, name="choice", daemon=True).start()
        return choosing

    def _tried(self, connect: Connect, candidate: ServerCandidate) -> Connection:
        try:
            connection = connect(candidate)
        except WireError:
            self._failed_s[candidate.address] = self._clock()
            raise
        self._failed_s.pop(candidate.address, None)
        return connection


class _Choosing:
    """Takes the connections of those that were asked; what comes too late is closed."""

    def __init__(self, asked: int) -> None:
        self._left = asked
        self._came: queue.SimpleQueue[tuple[ServerCandidate, Connection | WireError]] = (
            queue.SimpleQueue()
        )
        self._lock = threading.Lock()  # guards `_over`
        self._over = False
        self.failure: WireError = ConnectionLost("nobody was asked")

    def put(self, candidate: ServerCandidate, came: Connection | WireError) -> None:
        """From the thread that has asked."""
        with self._lock:
            if not self._over:
                self._came.put((candidate, came))
                return
        if isinstance(came, Connection):
            came.close()

    def in_reach(self, grace_s: float) -> list[_Reached]:
        """Those who answered, the least loaded first; `failure` is why others did not."""
        found: list[_Reached] = []
        until_s: float | None = None
        while self._left:
            try:
                candidate, came = self._came.get(timeout=_left_s(until_s))
            except queue.Empty:
                break
            self._left -= 1
            if isinstance(came, WireError):
                self.failure = came
                continue
            found.append((candidate, came))
            until_s = until_s or time.monotonic() + grace_s
        self._end(found)
        return sorted(found, key=lambda one: one[1].load)

    def _end(self, found: list[_Reached]) -> None:
        with self._lock:
            self._over = True
        while not self._came.empty():
            candidate, came = self._came.get_nowait()
            if not isinstance(came, WireError):
                found.append((candidate, came))


def _ask(tried: Callable[[], Connection], candidate: ServerCandidate, choosing: _Choosing) -> None:
    try:
        choosing.put(candidate, tried())
    except WireError as error:
        choosing.put(candidate, error)


def _left_s(until_s: float | None) -> float | None:
    """Before the first WELCOME the wait ends by itself: each attempt has a timeout."""
    return None if until_s is None else max(0.0, until_s - time.monotonic())
