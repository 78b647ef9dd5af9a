"""A thread that runs one task after another, for work that must not block the event loop."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

Task = Callable[[], None]


class TaskQueue:
    """Runs tasks, which must not raise; at most `max_waiting` wait, so that nothing piles up."""

    def __init__(self, name: str, max_waiting: int) -> None:
        self._max_waiting = max_waiting
        self._waiting: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def offer(self, task: Task) -> bool:
        """Queues the task; False if there is no room for it. Any thread."""
        if self._waiting.qsize() >= self._max_waiting:
            return False
        self._waiting.put(task)
        return True

    def close(self, timeout_s: float) -> bool:
        """Ends the thread. False if it is still running a task after `timeout_s`."""
        self._waiting.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (task := self._waiting.get()) is not None:
            task()
