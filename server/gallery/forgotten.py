"""The names of people who were forgotten, so that a photograph that is just being examined does not
bring them back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from lookout.names import name_key

KEEP_S = 600.0
"""No photograph waits for so long to be learned."""


class ForgottenNames:
    """Of people, however their names are spelled. Any thread. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._forgotten_s: dict[str, float] = {}

    def now_s(self) -> float:
        return self._clock()

    def add(self, names: Iterable[str]) -> None:
        """These people are being forgotten."""
        now_s = self._clock()
        with self._lock:
            recent = {n: at_s for n, at_s in self._forgotten_s.items() if now_s - at_s < KEEP_S}
            self._forgotten_s = {**recent, **dict.fromkeys(map(name_key, names), now_s)}

    def is_since(self, name: str, moment_s: float) -> bool:
        """Whether the person was forgotten at that moment of the clock or later."""
        with self._lock:
            return self._forgotten_s.get(name_key(name), float("-inf")) >= moment_s
