"""Threads that keep the order of what has the same key."""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Callable

LOOK_S = 0.2

_Work = tuple[bytes, Callable[[], object]]


class KeyedWorkers:
    """Some threads, each with a queue of its own: a key that waits nowhere goes to the shortest.
    How much waits is the caller's to bound, and `submit` one thread's to call."""

    def __init__(self, count: int, name: str) -> None:
        self._stop = threading.Event()
        self._lock = threading.Lock()  # guards the two below
        self._workers: dict[bytes, int] = {}
        self._waiting: Counter[bytes] = Counter()
        self._queues: list[queue.SimpleQueue[_Work]] = []
        self._threads: list[threading.Thread] = []
        for number in range(count):
            waiting: queue.SimpleQueue[_Work] = queue.SimpleQueue()
            self._queues.append(waiting)
            thread = threading.Thread(
                target=self._work, args=(waiting,), name=f"{name} {number + 1}", daemon=True
            )
            self._threads.append(thread)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def submit(self, key: bytes, work: Callable[[], object]) -> None:
        """`work` is done after all that was submitted with this key. It must not raise."""
        with self._lock:
            if key not in self._workers:
                sizes = [waiting.qsize() for waiting in self._queues]
                self._workers[key] = sizes.index(min(sizes))
            self._waiting[key] += 1
            chosen = self._workers[key]
        self._queues[chosen].put((key, work))

    def close(self, timeout_s: float) -> bool:
        """Ends the threads after what each is doing. False if one is still at it after
        `timeout_s`."""
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout_s / len(self._threads))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self, waiting: queue.SimpleQueue[_Work]) -> None:
        while not self._stop.is_set():
            try:
                key, work = waiting.get(timeout=LOOK_S)
            except queue.Empty:
                continue
            work()
            with self._lock:
                self._waiting[key] -= 1
                if not self._waiting[key]:
                    del self._waiting[key], self._workers[key]
