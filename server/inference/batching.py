"""Batching: one engine for many threads, one call at a time, and compatible calls as one.

A network on a GPU takes sixteen images in hardly more time than one; on a processor eight chips
take a fifth less than eight times one. A thread that finds the engine idle computes at once. One
that finds it busy waits, and when its turn comes computes for all that wait for the same work by
then: nobody waits for a batch to fill.

Turns are first come, first served; only `first`, for camera frames, goes before all that wait. So a
flood of uploads delays a frame by the one batch that is under way, and a batch is bounded.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from lookout.faces.tracking.follower import Cost

TOGETHER_S = 0.040
"""The time that one batch may take, about, by earlier measurement. One item may take longer."""
RIDE_S = 0.010
"""The time, about, that a frame's own call may last longer for calls that ride along: on two cores
that is one upload, on a GPU as many as wait."""
MAX_TOGETHER = 16

Item = TypeVar("Item")
Done = TypeVar("Done")


class Work(Generic[Item, Done]):
    """The work of an engine, and its cost.

    compute: one result for each item, in order. Called by one thread at a time.
    size:    the quantity that the time grows with, such as pixels.
    shape:   only items with equal shapes are computed together.
    """

    def __init__(
        self,
        compute: Callable[[Sequence[Item]], Sequence[Done]],
        *,
        size: Callable[[Item], int] = lambda _: 1,
        shape: Callable[[Item], Hashable] = lambda _: None,
    ) -> None:
        self.compute = compute
        self.size = size
        self.shape = shape
        self.cost = Cost()

    def seconds(self, items: Sequence[Item]) -> float:
        """The time that they take, about; 0 before anything has been measured."""
        return self.cost.of(sum(map(self.size, items)))


class _Waiter:
    """A thread that waits for its turn, or for another thread to compute its call."""

    def __init__(self) -> None:
        self.woken = threading.Event()
        self.has_turn = False


class _Call(_Waiter, Generic[Item, Done]):
    """One thread's items, and then their results or the error."""

    def __init__(self, work: Work[Item, Done], items: Sequence[Item]) -> None:
        super().__init__()
        self.work = work
        self.items = items
        shapes = {work.shape(item) for item in items}
        # several shapes do not make one batch, so no call joins: an object equals only itself
        self.shape = shapes.pop() if len(shapes) == 1 else object()
        self.done: Sequence[Done] | None = None
        self.error: Exception | None = None

    def alone(self) -> None:
        self.error = None
        try:
            self.done = self.work.compute(self.items)
        except Exception as error:  # noqa: BLE001 - raised again in the thread that called
            self.error = error

    def result(self) -> Sequence[Done]:
        if self.error is not None:
            raise self.error
        if self.done is None:
            raise RuntimeError("the thread that computed for this one has ended")
        return self.done


class Batching:
    """Lends one engine to threads in turn. Safe from every thread; owns none."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._busy = False
        self._queue: deque[_Waiter] = deque()
        self._holder: int | None = None

    @property
    def waiting(self) -> int:
        """The number of waiting threads."""
        with self._guard:
            return len(self._queue)

    def call(self, work: Work[Item, Done], items: Sequence[Item]) -> list[Done]:
        """One result for each item, in order. Raises what `work` raises for these items alone."""
        results: list[Done] = []
        for part in self._parts(work, items):
            results += self._call(_Call(work, part))
        return results

    @contextlib.contextmanager
    def first(self) -> Iterator[None]:
        """Goes before all that wait and holds the turn to the end of the block. The calls of this
        thread do not wait in it; a few calls of others ride along."""
        waiter = _Waiter()
        self._wait_for_turn(waiter, in_front=True)
        self._holder = threading.get_ident()
        try:
            yield
        finally:
            self._holder = None
            self._pass_on()

    def _parts(self, work: Work[Item, Done], items: Sequence[Item]) -> Iterator[Sequence[Item]]:
        """The items in parts of TOGETHER_S, so that others get a turn in between."""
        took_s = work.seconds(items)
        whole = took_s <= TOGETHER_S or self._holder == threading.get_ident()
        count = len(items) if whole else max(1, int(len(items) * TOGETHER_S / took_s))
        for start in range(0, len(items), max(1, count)):
            yield items[start : start + count]

    def _call(self, call: _Call[Item, Done]) -> Sequence[Done]:
        if self._holder == threading.get_ident():
            self._compute(call, RIDE_S)
            return call.result()
        self._wait_for_turn(call)
        if call.has_turn:
            try:
                self._compute(call, TOGETHER_S - call.work.seconds(call.items))
            finally:
                self._pass_on()
        return call.result()

    def _wait_for_turn(self, waiting: _Waiter, *, in_front: bool = False) -> None:
        with self._guard:
            if not self._busy:
                self._busy = waiting.has_turn = True
                return
            if in_front:
                self._queue.appendleft(waiting)
            else:
                self._queue.append(waiting)
        # without a timeout, as a lock: the holder passes the turn on, however its work ends
        waiting.woken.wait()

    def _pass_on(self) -> None:
        with self._guard:
            self._busy = bool(self._queue)
            if self._queue:
                next_waiter = self._queue.popleft()
                next_waiter.has_turn = True
                next_waiter.woken.set()

    def _compute(self, call: _Call[Item, Done], room_s: float) -> None:
        """Computes this call, and with it those that fit into `room_s` more seconds."""
        calls = [call, *self._companions(call, room_s)]
        try:
            self._together(calls)
        except Exception as error:  # noqa: BLE001 - raised again in the threads that called
            call.error = error
            if len(calls) > 1:  # each has its own error, or none
                for each in calls:
                    each.alone()
        finally:
            for each in calls[1:]:
                each.woken.set()

    def _together(self, calls: Sequence[_Call[Item, Done]]) -> None:
        work = calls[0].work
        items = [item for call in calls for item in call.items]
        began_s = self._clock()
        done = work.compute(items)
        work.cost.learn(self._clock() - began_s, sum(map(work.size, items)))
        at = 0
        for call in calls:
            call.done = done[at : at + len(call.items)]
            at += len(call.items)

    def _companions(self, call: _Call[Item, Done], room_s: float) -> list[_Call[Any, Any]]:
        """Takes the calls that are computed together with `call` out of the queue, in order."""
        if call.work.seconds(call.items) == 0.0:
            return []  # nothing is measured yet
        room = MAX_TOGETHER - len(call.items)
        chosen: list[_Call[Any, Any]] = []
        with self._guard:
            for other in list(self._queue):
                if not isinstance(other, _Call) or other.work is not call.work:
                    continue
                took_s = other.work.seconds(other.items)
                if other.shape == call.shape and took_s <= room_s and len(other.items) <= room:
                    room_s -= took_s
                    room -= len(other.items)
                    self._queue.remove(other)
                    chosen.append(other)
        return chosen
