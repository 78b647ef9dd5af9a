"""Forgets what has been kept for long enough: once an hour, by a thread of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from lookout.server.storage.errors import ClockDoubted, StorageError
from lookout.server.storage.retention import (
    Forgotten,
    RetentionRules,
    apply_retention,
    clock_doubt,
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
    StorageError. clock_is_right: the clock is not doubted at the first run.
    """

    def __init__(
        self,
        store: Store,
        rules: RetentionRules,
        tidy: Callable[[float], None],
        *,
        period_s: float = HOUR_S,
        clock: Callable[[], float] = time.time,
        clock_is_right: bool = False,
    ) -> None:
        self._store = store
        self._rules = rules
        self._tidy = tidy
        self._period_s = period_s
        self._clock = clock
        self._clock_is_right = clock_is_right
        super().__init__("upkeep")

    def run(self) -> Forgotten:
        """Applies the rules once, in the calling thread.

        Raises ClockDoubted where the time is not plausible, and StorageError.
        """
        now_s = self._clock()
        self._tidy(now_s)
        before = last_run(self._store)
        doubt = clock_doubt(
            now_s, None if before is None else before.at_s, newest_record_s(self._store)
        )
        if doubt and not self._clock_is_right:
            raise ClockDoubted(doubt)
        self._clock_is_right = False
        forgotten = apply_retention(self._store, plan_retention(self._rules, now_s), self._stop)
        # a clock that was set back must not make the right time look far ahead
        at_s = now_s if before is None else max(now_s, before.at_s)
        ran = LastRun(at_s, asdict(self._rules), asdict(forgotten))
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


def newest_record_s(store: Store) -> float | None:
    """The Unix time of the newest sighting, event or audit entry. Raises StorageError."""
    sightings, events = store.sightings.page(1).items, store.events.page(1).items
    entries = store.audit.page(1).items
    times = [
        *(sighting.last_s for sighting in sightings),
        *(event.at_s for event in events),
        *(entry.at_s for entry in entries),
    ]
    return max(times, default=None)


def last_run(store: Store) -> LastRun | None:
    """What `RetentionThread` wrote down last; None if it never ran. Raises StorageError."""
    match store.settings.get(_LAST_RUN):
        case {"at_s": float(at_s), "rules": dict(rules), "forgotten": dict(forgotten)}:
            return LastRun(at_s, rules, forgotten)
    return None
