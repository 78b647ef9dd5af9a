"""Threads that keep the order of what has the same key."""

from __future__ import annotations

import queue
import threading
import zlib
from collections.abc import Callable

LOOK_S = 0.2


class KeyedWorkers:
    """Some threads, each with a queue of its own. How much waits is the caller's to bound."""

    def __init__(self, count: int, name: str) -> None:
        self._stop = threading.Event()
        self._queues: list[queue.SimpleQueue[Callable[[], object]]] = []
        self._threads: list[threading.Thread] = []
        for number in range(count):
            waiting: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
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
        self._queues[zlib.crc32(key) % len(self._queues)].put(work)

    def close(self, timeout_s: float) -> bool:
        """Ends the threads after what each is doing. False if one is still at it after
        `timeout_s`."""
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout_s / len(self._threads))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self, waiting: queue.SimpleQueue[Callable[[], object]]) -> None:
        while not self._stop.is_set():
            try:
                work = waiting.get(timeout=LOOK_S)
            except queue.Empty:
                continue
            work()
