"""Learns the photographs again whenever one was added, in a thread of its own.

Any number of requests while it learns make one more round. `encodings.pkl` is replaced at the end
of a round, and `server.gallery_watch` takes it from there.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from faces.errors import FacesError

log = logging.getLogger(__name__)


class Retraining:
    """Runs `learn` in its thread: once now and then, never twice at a time.

    `learn` is given the event that tells it to stop early; it may raise FacesError or OSError.
    """

    def __init__(self, learn: Callable[[threading.Event], object]) -> None:
        self._learn = learn
        self._asked = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="retraining", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def request(self) -> None:
        """There is something new to learn. Any thread; returns at once."""
        self._asked.set()

    def close(self, timeout_s: float) -> bool:
        """End the thread. False if it is still learning after `timeout_s`."""
        self._stop.set()
        self._asked.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            if self._stop.is_set():
                return
            try:
                self._learn(self._stop)
            except (FacesError, OSError) as error:
                log.error("the new photographs were not learned: %s", error)  # noqa: TRY400
            except Exception:
                log.exception("learning the photographs failed; the gallery stays as it was")
