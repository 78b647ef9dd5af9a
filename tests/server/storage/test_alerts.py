"""Alerts and what users write down: kept, sealed, moved, and forgotten with their people."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lookout.server.storage.alert_records import Alert, AlertFilter, Definition, Delivery, Trace
from lookout.server.storage.errors import NotFound
from lookout.server.storage.records import Person
from lookout.server.storage.retention import RetentionRules, apply_retention, plan_retention
from lookout.server.storage.store import Store
from tests.support.stores import Opening

DAY_S = 86_400.0


@pytest.fixture
def store(open_store: Opening, tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "data", {}) as opened:
        for name in ("ada", "bob", "cid"):
            opened.people.add(Person(name, name.title(), 1.0))
        yield opened


def alert(name: str = "alr_1", began_s: float = 100.0, **fields: object) -> Alert:
    plain = Alert(
        id=name,
        rule="rul_1",
        subject="person:ada",
        what="appears",
        state="firing",
        severity="info",
        began_s=began_s,
        updated_s=began_s,
        person="ada",
        camera="door",
        told_s=began_s,
        tag=name,
        detail={"words": "somebody appears", "margin": 0.2},
    )
    return replace(plain, **fields)  # type: ignore[arg-type]


def delivery(name: str, of: str = "alr_1", next_s: float = 100.0) -> Delivery:
    return Delivery(name, of, "chn_1", "told", "waiting", 100.0, next_s)


def test_an_alert_comes_back_as_it_went_in_and_is_replaced(store: Store) -> None:
    store.alerts.put(alert(suppressed_by={"kind": "silence", "id": "sil_1", "until": 9.0}))
    kept = store.alerts.get("alr_1")
    assert kept == alert(suppressed_by={"kind": "silence", "id": "sil_1", "until": 9.0})
    store.alerts.put(alert(state="resolved", person=None, ended_s=120.0))
    assert store.alerts.get("alr_1") == alert(state="resolved", person=None, ended_s=120.0)


def test_alerts_are_found_by_what_they_are_about_latest_first(store: Store) -> None:
    for number in range(5):
        camera = "door" if number % 2 else "garden"
        store.alerts.put(alert(f"alr_{number}", 100.0 + number, camera=camera))
    first = store.alerts.page(2)
    assert [one.id for one in first.items] == ["alr_4", "alr_3"]
    assert [one.id for one in store.alerts.page(9, first.cursor).items] == [
        "alr_2",
        "alr_1",
        "alr_0",
    ]
    found = store.alerts.page(9, None, AlertFilter(camera="door", person="ada", since_s=102.0))
    assert [one.id for one in found.items] == ["alr_3"]
    nothing = store.alerts.page(9, None, AlertFilter(cameras=()))
    assert nothing.items == ()


def test_a_list_loses_who_is_forgotten_and_keeps_the_others_in_order(store: Store) -> None:
    store.definitions.put(Definition("wat_1", "watchlist", {"name": "A"}, ("cid", "ada", "bob")))
    version = store.definitions.version()
    store.people.delete("ada")
    assert store.definitions.get("watchlist", "wat_1").people == ("cid", "bob")
    assert store.definitions.version() > version


def test_a_silence_of_a_person_goes_with_them(store: Store) -> None:
    store.definitions.put(Definition("sil_1", "silence", {"until": 9}, ("ada",), bound=True))
    store.people.delete("ada")
    assert store.definitions.all("silence") == ()


def test_two_people_who_are_one_share_lists_silences_and_alerts(store: Store) -> None:
    store.definitions.put(Definition("wat_1", "watchlist", {"name": "A"}, ("ada", "bob")))
    store.definitions.put(Definition("wat_2", "watchlist", {"name": "B"}, ("ada",)))
    store.definitions.put(Definition("sil_1", "silence", {"until": 9}, ("ada",), bound=True))
    store.alerts.put(alert())
    store.people.merge("ada", "bob")
    assert [one.people for one in store.definitions.all("watchlist")] == [("bob",), ("bob",)]
    assert store.definitions.get("silence", "sil_1").people == ("bob",)
    moved = store.alerts.get("alr_1")
    assert (moved.person, moved.subject, moved.detail) == ("bob", "person:bob", alert().detail)


def test_a_definition_may_be_replaced_and_names_only_known_people(store: Store) -> None:
    store.definitions.put(Definition("sil_1", "silence", {"until": 9}, ("ada",), bound=True))
    store.definitions.put(Definition("sil_1", "silence", {"until": 8}, ("bob",), bound=True))
    assert store.definitions.all("silence") == (
        Definition("sil_1", "silence", {"until": 8}, ("bob",), bound=True),
    )
    with pytest.raises(NotFound):
        store.definitions.put(Definition("wat_1", "watchlist", {}, ("nobody",)))
    with pytest.raises(NotFound):
        store.definitions.put(Definition("sil_1", "rule", {}))


def test_whoever_is_forgotten_leaves_neither_alert_nor_delivery(store: Store) -> None:
    store.alerts.put(alert())
    store.deliveries.add(delivery("del_1"))
    store.alerts.add_trace(Trace("rul_1", "sgt_1", 100.0, "alr_1", "told", "somebody appears"))
    store.people.delete("ada")
    assert store.alerts.page(9).items == ()
    assert store.deliveries.of(["alr_1"]) == ()
    assert store.alerts.traces("sgt_1") == ()


def test_deliveries_are_due_in_their_order_and_given_up_ones_are_seen(store: Store) -> None:
    store.alerts.put(alert())
    for number, next_s in enumerate((100.0, 300.0, 50.0)):
        store.deliveries.add(delivery(f"del_{number}", next_s=next_s))
    assert [one.id for one in store.deliveries.due("chn_1", 150.0, 10)] == ["del_2", "del_0"]
    assert store.deliveries.due("chn_2", 150.0, 10) == ()
    assert (store.deliveries.next_s("chn_1"), store.deliveries.waiting("chn_1")) == (50.0, 3)
    dead = replace(delivery("del_2"), state="dead", attempts=8, answer="it said: Ada is not here")
    store.deliveries.update(dead)
    assert store.deliveries.dead(10) == (replace(dead, next_s=100.0),)


def test_retention_forgets_alerts_that_are_over_and_no_others(store: Store) -> None:
    store.alerts.put(alert("alr_old", 100.0, state="resolved", ended_s=110.0))
    store.alerts.put(alert("alr_open", 100.0))
    store.alerts.put(alert("alr_new", 99 * DAY_S, state="resolved", ended_s=99 * DAY_S))
    plan = plan_retention(RetentionRules(events=90.0), 100 * DAY_S)
    assert apply_retention(store, plan, threading.Event()).alerts == 1
    assert [one.id for one in store.alerts.page(9).items] == ["alr_new", "alr_open"]


def test_nothing_of_an_alert_lies_on_the_disk_in_the_clear(
    store: Store, open_store: Opening, tmp_path: Path
) -> None:
    secret = "a word that nobody else has"
    store.definitions.put(Definition("chn_1", "channel", {"settings": {"password": secret}}))
    store.alerts.put(alert(detail={"words": secret}))
    store.alerts.add_trace(Trace("rul_1", "sgt_1", 100.0, "alr_1", "told", secret))
    store.deliveries.add(replace(delivery("del_1"), answer=secret))
    assert secret.encode() not in open_store.kept(tmp_path / "data")
