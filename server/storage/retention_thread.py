"""Forgets what has been kept for long enough: once an hour, by a thread of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from lookout.server.storage.errors import StorageError
from lookout.server.storage.retention import (
    Forgotten,
    RetentionRules,
    apply_retention,
    plan_retention,
)
from lookout.server.storage.store import Store
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

HOUR_S = 3600.0
_LAST_RUN = "retention.last_run"


@dataclass(frozen=True, slots=True)
class LastRun:
    """When the rules were last applied, which rules, and how much of what they removed.

    at_s: Unix seconds. rules: days, None for ever. forgotten: records.
    """

    at_s: float
    rules: Mapping[str, float | None]
    forgotten: Mapping[str, int]


class RetentionThread(StoppableThread):
    """Owns the thread.

    tidy: what else is to be done each time, at the Unix time that it is given; may raise
    StorageError.
    """

    def __init__(
        self,
        store: Store,
        rules: RetentionRules,
        tidy: Callable[[float], None],
        *,
        period_s: float = HOUR_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._rules = rules
        self._tidy = tidy
        self._period_s = period_s
        self._clock = clock
        super().__init__("upkeep")

    def run(self) -> Forgotten:
        """Apply the rules once, in the calling thread. Raises StorageError."""
        now_s = self._clock()
        self._tidy(now_s)
        forgotten = apply_retention(self._store, plan_retention(self._rules, now_s), self._stop)
        ran = LastRun(now_s, asdict(self._rules), asdict(forgotten))
        self._store.settings.put(_LAST_RUN, asdict(ran))
        return forgotten

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                removed = {what: n for what, n in asdict(self.run()).items() if n}
            except StorageError as error:
                log.error("what has been kept for long enough stays: %s", error)  # noqa: TRY400
            else:
                if removed:
                    counts = ", ".join(f"{n} {what}" for what, n in removed.items())
                    log.info("forgotten, by the rules of retention: %s", counts)
            self._stop.wait(self._period_s)


def last_run(store: Store) -> LastRun | None:
    """What `RetentionThread` wrote down last; None if it never ran. Raises StorageError."""
    match store.settings.get(_LAST_RUN):
        case {"at_s": float(at_s), "rules": dict(rules), "forgotten": dict(forgotten)}:
            return LastRun(at_s, rules, forgotten)
    return None
