"""A thread that does one task after another, for what must not keep the event loop waiting."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

Task = Callable[[], None]


class TaskQueue:
    """Tasks must not raise; at most `most_waiting` wait, so that nothing piles up."""

    def __init__(self, name: str, most_waiting: int) -> None:
        self._most_waiting = most_waiting
        self._waiting: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def offer(self, task: Task) -> bool:
        """Let the task be done in its turn; False if there is no room for it. Any thread."""
        if self._waiting.qsize() >= self._most_waiting:
            return False
        self._waiting.put(task)
        return True

    def close(self, timeout_s: float) -> bool:
        """End the thread. False if it is still at a task after `timeout_s`."""
        self._waiting.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (task := self._waiting.get()) is not None:
            task()
