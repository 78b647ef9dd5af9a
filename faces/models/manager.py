"""Networks that are opened when they are first wanted, shared, and unloaded when nobody wants them.

    models = ModelManager()
    with models.use("head-pose", open_head_pose) as network:
        angles = network.angles(image_bgr, box_xyxy)

Networks that must always be there, such as those of cameras, are opened with `keep`: they are
counted and never unloaded. Somebody has to call `sweep` now and then; the server has a thread for
it (`server.inference.idle_models`).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar, cast

from lookout.faces.errors import ModelBusy
from lookout.faces.memory import give_back, resident_bytes

log = logging.getLogger(__name__)

IDLE_S = 600.0
"""A network that nobody has used for so long is unloaded."""
BUDGET_BYTES = 1 << 30
"""Of all networks that may be unloaded, together."""
MAX_WAITING = 32
"""Threads that wait for one network."""
WAIT_S = 30.0
"""So long one waits for its turn, a reload before it included."""

Network = TypeVar("Network")


class Named(Protocol):
    @property
    def name(self) -> str: ...


NamedNetwork = TypeVar("NamedNetwork", bound=Named)


class Why(StrEnum):
    """Why a network was loaded or unloaded."""

    WANTED = "wanted"
    IDLE = "idle"
    BUDGET = "budget"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class ModelChange:
    """A network was loaded or unloaded. memory_bytes: what it takes, or took."""

    name: str
    loaded: bool
    why: Why
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class ModelUse:
    """What became of one network so far.

    kept:         it is never unloaded.
    using:        threads that use it or wait for it now.
    idle_s:       since when nobody has; None before the first use.
    memory_bytes: what it took when it was last opened: by how much the process grew.
    uses, loads:  how often it was used and opened; `loads` − 1 of these are reloads.
    load_s:       how long the last opening took.
    """

    name: str
    loaded: bool
    kept: bool
    using: int
    idle_s: float | None
    memory_bytes: int
    uses: int
    loads: int
    load_s: float


class _Held(Generic[Network]):
    """One network, or its empty place. All but `turn` under the manager's guard."""

    def __init__(self, name: str, kept: bool) -> None:
        self.name = name
        self.kept = kept
        self.turn = threading.Lock()
        self.network: Network | None = None
        self.using = 0
        self.used_at_s: float | None = None
        self.memory_bytes = 0
        self.uses = 0
        self.loads = 0
        self.load_s = 0.0


class ModelManager:
    """Holds networks. Any thread; owns none."""

    def __init__(
        self,
        *,
        idle_s: float = IDLE_S,
        budget_bytes: int = BUDGET_BYTES,
        max_waiting: int = MAX_WAITING,
        wait_s: float = WAIT_S,
        clock: Callable[[], float] = time.monotonic,
        memory: Callable[[], int] = resident_bytes,
    ) -> None:
        """memory: the bytes that the process has now, from which a network's own are derived."""
        self.idle_s = idle_s
        self.budget_bytes = budget_bytes
        self._max_waiting = max_waiting
        self._wait_s = wait_s
        self._clock = clock
        self._memory = memory
        self._guard = threading.Lock()
        self._opening = threading.Lock()  # one at a time, or none could be weighed
        self._held: dict[str, _Held[object]] = {}
        self._tell: Callable[[ModelChange], object] = lambda _: None

    def listen(self, tell: Callable[[ModelChange], object]) -> None:
        """`tell` is told from now on of what is loaded and unloaded, by the thread that did it; it
        must not raise."""
        self._tell = tell

    def keep(
        self,
        open_network: Callable[[], NamedNetwork],
        counts: Callable[[NamedNetwork], bool] = lambda _: True,
    ) -> NamedNetwork:
        """Opens a network that is always needed and returns it, for its user to call as it likes;
        `count` counts the calls. `counts`: whether what was opened is a network, and is listed.

        Raises what `open_network` raises.
        """
        with self._opening:
            network, memory_bytes, load_s = self._weighed(open_network)
            if not counts(network):
                return network
            held: _Held[object] = _Held(network.name, kept=True)
            held.network, held.memory_bytes, held.load_s, held.loads = (
                network, memory_bytes, load_s, 1,
            )  # fmt: skip
            with self._guard:
                self._held[held.name] = held
        return network

    def count(self, name: str) -> None:
        """One call of a network that is kept; nothing if there is none of this name."""
        with self._guard:
            held = self._held.get(name)
            if held is not None:
                held.uses += 1
                held.used_at_s = self._clock()

    @contextmanager
    def use(self, name: str, open_network: Callable[[], Network]) -> Iterator[Network]:
        """The network called `name` for the length of the block, for this thread alone.

        `open_network` opens it where it is not loaded; every caller of a name gives the same.
        Raises ModelBusy if too many wait or it takes too long, and what `open_network` raises.
        """
        held = self._enter(name)
        try:
            if not held.turn.acquire(timeout=self._wait_s):
                raise ModelBusy(
                    f"the network {name} was in use for {self._wait_s:g} s; try again in a moment"
                )
            try:
                yield cast(Network, self._opened(held, open_network))
            finally:
                held.turn.release()
        finally:
            with self._guard:
                held.using -= 1
                held.used_at_s = self._clock()

    def unload(self, name: str, why: Why = Why.REMOVED) -> bool:
        """Unloads a network; False if it is not loaded, is in use, or is kept."""
        with self._guard:
            held = self._held.get(name)
            if held is None or held.network is None or held.using or held.kept:
                return False
            network, held.network = held.network, None
        del network  # the last reference: the runtime frees its memory here
        give_back()
        log.info("the network %s was unloaded (%s)", name, why.value)
        self._tell(ModelChange(name, False, why, held.memory_bytes))
        return True

    def sweep(self) -> int:
        """Unloads what has been idle for `idle_s`; returns how many."""
        with self._guard:
            now_s = self._clock()
            idle = [
                held.name
                for held in self._held.values()
                if held.network is not None
                and not (held.kept or held.using)
                and now_s - (held.used_at_s or 0.0) >= self.idle_s
            ]
        return sum(self.unload(name, Why.IDLE) for name in idle)

    def uses(self) -> tuple[ModelUse, ...]:
        """Every network that was ever opened or wanted, in that order."""
        with self._guard:
            now_s = self._clock()
            return tuple(
                ModelUse(
                    name=held.name,
                    loaded=held.network is not None,
                    kept=held.kept,
                    using=held.using,
                    idle_s=None if held.used_at_s is None else max(0.0, now_s - held.used_at_s),
                    memory_bytes=held.memory_bytes,
                    uses=held.uses,
                    loads=held.loads,
                    load_s=held.load_s,
                )
                for held in self._held.values()
            )

    def _enter(self, name: str) -> _Held[object]:
        with self._guard:
            held = self._held.setdefault(name, _Held(name, kept=False))
            if held.using > self._max_waiting:
                raise ModelBusy(
                    f"{self._max_waiting} wait for the network {name} already; "
                    "try again in a moment"
                )
            held.using += 1
            held.uses += 1
        return held

    def _opened(self, held: _Held[object], open_network: Callable[[], object]) -> object:
        """The network of a place whose turn this thread has."""
        network = held.network  # nobody unloads it: it is in use
        if network is not None:
            return network
        with self._opening:
            self._make_room(held)
            network, grown_bytes, load_s = self._weighed(open_network)
            with self._guard:
                held.network, held.load_s = network, load_s
                # a reload into memory that the process still had would weigh too little
                held.memory_bytes = max(held.memory_bytes, grown_bytes)
                held.loads += 1
            self._make_room(held)
        log.info("the network %s was loaded in %.0f ms", held.name, 1e3 * load_s)
        self._tell(ModelChange(held.name, True, Why.WANTED, held.memory_bytes))
        return network

    def _weighed(self, open_network: Callable[[], Network]) -> tuple[Network, int, float]:
        began_s, before_bytes = self._clock(), self._memory()
        network = open_network()
        return network, max(0, self._memory() - before_bytes), self._clock() - began_s

    def _make_room(self, wanted: _Held[object]) -> None:
        """Unloads others, the least recently used first, until `wanted` is within the budget; one
        that is larger than the budget by itself is loaded all the same."""
        while (name := self._next_to_go(wanted)) is not None:
            if not self.unload(name, Why.BUDGET):
                return  # somebody has just begun to use it

    def _next_to_go(self, wanted: _Held[object]) -> str | None:
        with self._guard:
            others = [
                held
                for held in self._held.values()
                if held.network is not None and not held.kept and held is not wanted
            ]
            total = wanted.memory_bytes + sum(held.memory_bytes for held in others)
            free = [held for held in others if not held.using]
            if total <= self.budget_bytes or not free:
                return None
            return min(free, key=lambda held: held.used_at_s or 0.0).name
