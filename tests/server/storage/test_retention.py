"""What is forgotten, when, and that its keys and pictures go with it."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from lookout.server.storage.records import (
    AuditEntry,
    Event,
    Person,
    Sighting,
    SightingFilter,
    new_id,
)
from lookout.server.storage.retention import (
    DAY_S,
    Forgotten,
    RetentionRules,
    apply_retention,
    plan_retention,
)
from lookout.server.storage.store import Store
from tests.support.stores import Opening

NOW = 1_000 * DAY_S
JPEG = b"\xff\xd8\xff a picture"


def test_the_plan_is_the_rules_at_a_time() -> None:
    plan = plan_retention(RetentionRules(1, 2, 3, None, 0), NOW)
    assert plan.unknown_before_s == 999 * DAY_S
    assert plan.known_before_s == 998 * DAY_S
    assert plan.crops_before_s == 997 * DAY_S
    assert plan.events_before_s is None
    assert plan.audit_before_s == NOW


@pytest.mark.parametrize("days", [-1, float("nan")])
def test_a_rule_that_cannot_be_is_refused(days: float) -> None:
    with pytest.raises(ValueError, match="retention of known"):
        RetentionRules(known=days)


def fill(store: Store, person: str) -> None:
    """One sighting of somebody unknown and one of the person on each of the last ten days."""
    for day in range(10):
        at_s = NOW - day * DAY_S - 10
        for owner in (None, person):
            store.sightings.add(Sighting(new_id(), "door", at_s, at_s, "x", owner), JPEG)
        store.events.add(Event(new_id(), "came", at_s))
        store.audit.add(AuditEntry(new_id(), at_s, "admin", "look"))


def test_what_is_older_than_its_rule_goes_and_the_rest_stays(
    open_store: Opening, tmp_path: Path
) -> None:
    with open_store(tmp_path, {}) as store:
        alice = Person(new_id(), "Alice", 1.0)
        store.people.add(alice)
        fill(store, alice.id)
        plan = plan_retention(RetentionRules(3, 7, 5, 9, 10), NOW)
        forgotten = apply_retention(store, plan, threading.Event())
        assert forgotten == Forgotten(unknown=7, known=3, crops=2, events=1, audit=0)
        assert store.sightings.count(SightingFilter(known=False)) == 3
        kept = store.sightings.page(20, which=SightingFilter(known=True)).items
        assert [one.has_image for one in kept] == [True] * 5 + [False] * 2
        assert len(list((tmp_path / "crops").iterdir())) == 3 + 5
        assert store.people.get(alice.id) == alice
        assert (
            open_store.keys(tmp_path) == 1 + 1 + 3 + 7
        )  # the store, Alice, the sightings that are left
        assert apply_retention(store, plan, threading.Event()) == Forgotten(0, 0, 0, 0, 0)


def test_none_keeps_for_ever_and_a_stop_ends_it(open_store: Opening, tmp_path: Path) -> None:
    with open_store(tmp_path, {}) as store:
        store.sightings.add(Sighting(new_id(), "door", 1.0, 1.0, "x"))
        keep = plan_retention(RetentionRules(None, None, None, None, None), NOW)
        assert apply_retention(store, keep, threading.Event()) == Forgotten(0, 0, 0, 0, 0)
        stopped = threading.Event()
        stopped.set()
        everything = plan_retention(RetentionRules(0, 0, 0, 0, 0), NOW)
        assert apply_retention(store, everything, stopped).unknown == 0
        assert store.sightings.count() == 1


def test_crops_of_changes_that_were_cut_off_are_swept_when_settled(
    open_store: Opening, tmp_path: Path
) -> None:
    with open_store(tmp_path, {}) as store:
        kept = store.sightings.add(Sighting(new_id(), "door", 1.0, 1.0, "x"), JPEG)
    settled, fresh = tmp_path / "crops" / f"{new_id()}.crop", tmp_path / "crops" / "half"
    for path in (settled, fresh):
        path.write_bytes(b"cut off")
    for path in (settled, *(tmp_path / "crops").glob("*.crop")):
        os.utime(path, (1.0, 1.0))
    with open_store(tmp_path, {}) as store:
        assert store.sightings.image(kept.id) == JPEG
    assert not settled.exists()
    assert fresh.exists()
