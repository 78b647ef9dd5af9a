"""A clock that jumps ahead destroys no key; the log says what is the matter."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookout.server.storage.errors import ClockDoubted
from lookout.server.storage.records import Sighting, new_id
from lookout.server.storage.retention import DAY_S, RetentionRules, clock_doubt
from lookout.server.storage.retention_thread import RetentionThread, last_run
from lookout.server.storage.store import Store
from tests.support.stores import Opening

NOW = 20_000 * DAY_S


@pytest.mark.parametrize(
    ("last_run_s", "newest_s", "doubted"),
    [
        (None, None, False),  # nothing to lose
        (NOW - 3600.0, NOW - 3600.0, False),
        (NOW - 7 * DAY_S, None, False),
        (NOW - 8 * DAY_S, NOW, True),  # a record made under the wrong clock proves nothing
        (NOW + 400 * DAY_S, None, False),  # behind: as in 1970
        (None, NOW - 45 * DAY_S, False),
        (None, NOW - 46 * DAY_S, True),
    ],
)
def test_a_clock_is_doubted_when_it_is_far_ahead(
    last_run_s: float | None, newest_s: float | None, doubted: bool
) -> None:
    assert bool(clock_doubt(NOW, last_run_s, newest_s)) == doubted


def run_at(store: Store, now_s: float, *, sure: bool = False) -> int:
    thread = RetentionThread(
        store, RetentionRules(), lambda _: None, clock=lambda: now_s, clock_is_right=sure
    )
    return thread.run().unknown


def seen(store: Store, at_s: float) -> None:
    store.sightings.add(Sighting(new_id(), "door", at_s, at_s, "x"))


@pytest.mark.parametrize("years", [1.1, 3, 50])
def test_a_start_with_the_clock_years_ahead_loses_nothing_and_one_with_the_right_one_goes_on(
    open_store: Opening, tmp_path: Path, years: float
) -> None:
    ahead = NOW + years * 365 * DAY_S
    with open_store(tmp_path, {}) as store:
        for days in (40, 10, 1):
            seen(store, NOW - days * DAY_S)
        assert run_at(store, NOW - 3600.0) == 1
        seen(store, ahead)  # meanwhile sightings come in under the wrong clock
        for _ in range(3):
            with pytest.raises(ClockDoubted, match="Set the clock"):
                run_at(store, ahead)
        assert store.sightings.count() == 3
        assert run_at(store, NOW + 3600.0) == 0
        assert run_at(store, 0.0) == 0  # a clock without a battery
        assert run_at(store, NOW + 5 * DAY_S) == 0
        assert store.sightings.count() == 3


def test_a_long_pause_is_confirmed_once(open_store: Opening, tmp_path: Path) -> None:
    later = NOW + 100 * DAY_S
    with open_store(tmp_path, {}) as store:
        seen(store, NOW)
        run_at(store, NOW)
        with pytest.raises(ClockDoubted, match="100 days ahead of the last run"):
            run_at(store, later)
        assert run_at(store, later, sure=True) == 1
        ran = last_run(store)
        assert ran is not None
        assert ran.at_s == later
        with pytest.raises(ClockDoubted):
            run_at(store, later + 8 * DAY_S)
