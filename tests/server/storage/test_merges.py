"""Two people who were one by mistake are two again, each with what was theirs."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lookout.server.storage.alert_records import Alert, Definition
from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.merge_records import UNDO_S
from lookout.server.storage.records import Event, FaceSample, Person, Sighting
from lookout.server.storage.retention import RetentionRules, apply_retention, plan_retention
from lookout.server.storage.store import Store
from tests.support.stores import Opening

JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"
ADA = Person("ada", "Ada", 1.0, "A-17", {"floor": "3"})
BOB = Person("bob", "Bob", 2.0)
CID = Person("cid", "Cid", 3.0)


@pytest.fixture
def store(open_store: Opening, tmp_path: Path) -> Iterator[Store]:
    """Ada and Bob have one of everything, and share a list."""
    with open_store(tmp_path / "data", {}) as opened:
        for number, one in enumerate((ADA, BOB, CID)):
            face = np.eye(128, dtype=np.float32)[number]
            opened.people.add(one)
            opened.samples.add(
                FaceSample(f"s-{one.id}", one.id, face, "dlib-128", "upload", 1.0, source=one.name),
                JPEG + one.id.encode(),
            )
            opened.sightings.add(Sighting(f"seen-{one.id}", "door", 1.0, 2.0, "known", one.id))
            opened.events.add(Event(f"e-{one.id}", "came", 2.0, person=one.id, detail={"x": 1}))
            opened.alerts.put(
                Alert(
                    *(f"alr-{one.id}", "rul_1", f"person:{one.id}", "appears", "firing", "info"),
                    *(9.0, 9.0),
                    person=one.id,
                    camera="door",
                    tag="t",
                    detail={"words": one.name},
                )
            )
        put = opened.definitions.put
        put(Definition("wat_1", "watchlist", {"name": "Both"}, ("ada", "bob")))
        put(Definition("wat_2", "watchlist", {"name": "One"}, ("cid", "ada")))
        put(Definition("sil_1", "silence", {"until": 9}, ("ada",), bound=True))
        put(Definition("sil_2", "silence", {"until": 9}, ("ada", "bob"), bound=True))
        yield opened


def everything(store: Store) -> dict[str, object]:
    """All that is kept of people, as far as one can read it."""
    people = store.people.page(9).items
    return {
        "people": people,
        "samples": [(s.id, s.person, s.source, store.samples.image(s.id)) for s in samples(store)],
        "sightings": [(one.id, one.person) for one in store.sightings.page(9).items],
        "events": [(one.id, one.person, one.detail) for one in store.events.page(9).items],
        "alerts": [(a.id, a.person, a.subject, a.detail) for a in store.alerts.page(9).items],
        "lists": store.definitions.all("watchlist"),
        "silences": store.definitions.all("silence"),
    }


def samples(store: Store) -> list[FaceSample]:
    return [one for person in store.people.page(9).items for one in store.samples.of(person.id)]


def test_after_it_is_taken_back_everything_is_as_it_was(store: Store) -> None:
    before = everything(store)
    merge = store.merges.make("ada", "bob", 100.0, (5.0, 6.25))
    assert store.people.page(9).items == (BOB, CID)
    assert [one.people for one in store.definitions.all("watchlist")] == [("bob",), ("cid", "bob")]
    assert store.merges.of("bob") == (merge,)
    assert store.merges.of("cid") == ()
    assert store.merges.take_back(merge.id) == merge
    assert (merge.gone, merge.stays, merge.rejections) == (ADA, "bob", (5.0, 6.25))
    assert everything(store) == before
    with pytest.raises(NotFound):
        store.merges.take_back(merge.id)
    store.people.delete("ada")
    assert [one.id for one in store.definitions.all("silence")] == []


@pytest.mark.parametrize("second", [("bob", "cid"), ("cid", "bob")])
def test_of_several_merges_the_latest_is_taken_back_first(
    store: Store, second: tuple[str, str]
) -> None:
    before = everything(store)
    made = store.merges.make("ada", "bob", 1.0)
    between = everything(store)
    later = store.merges.make(*second, 2.0)
    assert store.merges.of(second[1]) == (later, dataclasses.replace(made, stays=second[1]))
    with pytest.raises(Conflict, match="later: take that back first"):
        store.merges.take_back(made.id)
    store.merges.take_back(later.id)
    assert everything(store) == between
    store.merges.take_back(made.id)
    assert everything(store) == before


def test_what_has_changed_hands_since_and_what_is_new_stays_where_it_is(store: Store) -> None:
    merge = store.merges.make("ada", "bob", 100.0)
    store.sightings.add(Sighting("new", "door", 3.0, 4.0, "known", "bob"))
    store.samples.move(["s-ada"], "cid")
    moved = dataclasses.replace(store.sightings.get("seen-ada"), person="cid")
    store.sightings.update(moved)
    store.merges.take_back(merge.id)
    assert store.samples.get("s-ada").person == "cid"
    assert [store.sightings.get(name).person for name in ("seen-ada", "new")] == ["cid", "bob"]


def test_an_identifier_that_somebody_has_got_since_keeps_them_one(store: Store) -> None:
    merge = store.merges.make("ada", "bob", 100.0)
    store.people.update(dataclasses.replace(CID, identifier="A-17"))
    before = everything(store)
    with pytest.raises(Conflict, match="A-17"):
        store.merges.take_back(merge.id)
    assert everything(store) == before
    assert store.merges.of("bob") == (merge,)


def test_a_merge_goes_with_who_stayed_and_after_a_week(store: Store) -> None:
    store.merges.make("ada", "bob", 100.0)
    store.people.delete("bob")
    assert store.merges.of("bob") == ()
    store.people.add(ADA)
    store.merges.make("ada", "cid", 1000.0)
    keep = RetentionRules(None, None, None, None, None)
    for now_s, left in ((1000.0 + UNDO_S, 1), (1001.0 + UNDO_S, 0)):
        apply_retention(store, plan_retention(keep, now_s), threading.Event())
        assert len(store.merges.of("cid")) == left
