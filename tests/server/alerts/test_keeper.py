"""Events in the store become alerts, messages and answers, over restarts, once."""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from benchmarks.support.waiting import wait_until
from lookout.server.alerts.definitions_io import (
    CHANNEL,
    RULE,
    SILENCE,
    WATCHLIST,
    Noun,
    keep_site,
    to_definition,
)
from lookout.server.alerts.delivery.outbox import BROKEN_S
from lookout.server.alerts.delivery.retry import delay_s
from lookout.server.alerts.documents.channel import Channel
from lookout.server.alerts.documents.site import Site
from lookout.server.alerts.keeper import Keeper
from lookout.server.alerts.writing import alert_event
from lookout.server.events.cameras import NamesAsIds
from lookout.server.events.feed import EventFeed
from lookout.server.events.types import EventType
from lookout.server.storage.records import Event, Person, Sighting, new_id
from lookout.server.storage.sqlite.store import SqliteStore, open_store
from tests.support.alerts import NOON_S, rule, silence, watchlist
from tests.support.receivers import HttpReceiver


class Site1:
    """A store, a keeper whose rounds are done by hand, and channels that really send."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now_s = NOON_S
        self.opened = contextlib.ExitStack()
        self.start()

    def start(self) -> None:
        self.store: SqliteStore = self.opened.enter_context(open_store(self.folder, {}))
        self.keeper = Keeper(
            self.store,
            EventFeed(self.store),
            NamesAsIds(),
            self.folder / "alerts",
            clock=lambda: self.now_s,
            monotonic=lambda: self.now_s,
        )
        self.opened.callback(self.keeper.close, 5.0)
        self.keeper.round()

    def restart(self) -> None:
        self.opened.close()
        self.start()

    def put(self, noun: Noun, document: Any) -> None:
        self.store.definitions.put(to_definition(noun, document))

    def channel(
        self, kind: str, settings: dict[str, Any], name: str = "chn_1", **more: Any
    ) -> None:
        given = {"id": name, "name": f"by {kind}", "kind": kind, "settings": settings}
        self.put(CHANNEL, Channel.model_validate(given | more))

    def see(
        self,
        person: str | None,
        sighting: str = "sgt_1",
        kind: str = EventType.SIGHTING_BEGAN,
        **more: Any,
    ) -> None:
        cluster = None if person else more.pop("cluster", "unk_1")
        detail = {"state": "known" if person else "unknown", "margin": 0.2}
        event = Event(
            new_id(), kind, self.now_s, "door", person, sighting, detail, cluster=cluster, **more
        )
        self.store.events.add(event)

    def wait(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            self.now_s += 1
            self.keeper.round()

    def states(self) -> list[tuple[str, str]]:
        alerts = reversed(self.store.alerts.page(100).items)
        return [(one.what, one.state) for one in alerts]

    def lines(self, wanted: int) -> list[dict[str, Any]]:
        """The lines of the file log, once there are so many."""
        path = self.folder / "alerts" / "alerts.jsonl"

        def read() -> list[dict[str, Any]]:
            text = path.read_text() if path.exists() else ""
            return [json.loads(line) for line in text.splitlines()]

        wait_until(lambda: len(read()) >= wanted)
        return read()


def test_of_two_servers_on_a_store_the_one_on_duty_decides_and_the_other_goes_on_from_there(
    site: Site1,
) -> None:
    on_duty = [True, False]
    site.keeper.close(5.0)
    with open_store(site.folder, {}) as second:
        keepers = [
            Keeper(
                store,
                EventFeed(store),
                NamesAsIds(),
                site.folder / "alerts",
                clock=lambda: site.now_s,
                monotonic=lambda: site.now_s,
                on_duty=functools.partial(on_duty.__getitem__, number),
            )
            for number, store in enumerate((site.store, second))
        ]
        site.channel("file", {})
        site.put(RULE, rule())
        decided = []
        for number, duty in enumerate(([True, False], [False, True], [False, False])):
            on_duty[:] = duty
            site.now_s += 1
            site.see(None, f"sgt_{number}", cluster=f"unk_{number}")
            for keeper in keepers:
                keeper.round()
            decided.append(sorted(str(one.sighting) for one in site.store.alerts.page(9).items))
        assert decided == [["sgt_0"], ["sgt_0", "sgt_1"], ["sgt_0", "sgt_1"]]
        assert len(site.lines(2)) == 2
        for keeper in keepers:
            assert keeper.close(5.0)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site1]:
    made = Site1(tmp_path / "data")
    with made.opened:
        made.store.people.add(Person("per_ada", "Ada", 1.0))
        yield made


def test_a_sighting_becomes_a_line_with_a_name_in_the_log(site: Site1) -> None:
    site.channel("file", {})
    site.put(RULE, rule())
    site.see("per_ada")
    site.keeper.round()
    (line,) = site.lines(1)
    assert (line["who"], line["camera"], line["notice"]) == ("Ada", "door", "told")
    assert line["title"] == "Ada, door"
    (alert,) = site.store.alerts.page(9).items
    wait_until(lambda: site.store.deliveries.of([alert.id])[0].state == "sent")
    events = [one.kind for one in site.store.events.since(0, 99)]
    assert events == ["sighting.began", "alert.firing"]
    (trace,) = site.store.alerts.traces("sgt_1")
    assert (trace.outcome, trace.words) == ("told", "somebody appears")


def test_neither_name_nor_id_nor_face_leaves_by_a_webhook_unless_it_may(site: Site1) -> None:
    with HttpReceiver() as receiver:
        site.channel("webhook", {"url": receiver.url})
        site.put(WATCHLIST, watchlist(people=["per_ada"]))
        site.put(RULE, rule())
        site.store.sightings.add(
            Sighting("sgt_1", "door", NOON_S, NOON_S, "known", "per_ada"), b"\xff\xd8 face"
        )
        site.see("per_ada")
        site.keeper.round()
        wait_until(lambda: len(receiver.requests) == 1)
        first = receiver.requests[0].body.decode()
        assert "Someone on the list 'Staff', door" in first
        assert not any(word in first for word in ("Ada", "per_ada", "sgt_1", "picture"))
        site.channel("webhook", {"url": receiver.url}, leaves={"name": True, "picture": True})
        site.keeper.round()
        site.see(None, "sgt_2")
        site.see(None, "sgt_1", EventType.SIGHTING_ENDED)
        site.keeper.round()
        wait_until(lambda: len(receiver.requests) == 2)
        assert receiver.requests[1].json["title"] == "Somebody unknown, door"


def test_what_was_not_sent_before_the_end_is_sent_after_the_next_start(site: Site1) -> None:
    with HttpReceiver() as receiver:
        url = receiver.url
    site.channel("webhook", {"url": url})
    site.put(RULE, rule())
    site.see("per_ada")
    site.keeper.round()
    (alert,) = site.store.alerts.page(9).items
    wait_until(lambda: site.store.deliveries.of([alert.id])[0].attempts == 1)
    site.opened.close()
    with HttpReceiver() as receiver:
        site.start()
        site.channel("webhook", {"url": receiver.url})
        site.now_s += 3600
        site.keeper.round()
        wait_until(lambda: len(receiver.requests) == 1)
        sent = receiver.requests[0]
    (delivery,) = site.store.deliveries.of([alert.id])
    assert sent.headers["Idempotency-Key"] == delivery.id
    assert "Told 1 h late" in sent.json["text"]


def test_events_of_before_the_restart_are_decided_on_once(site: Site1) -> None:
    site.channel("file", {})
    site.put(RULE, rule())
    site.see("per_ada")
    site.keeper.round()
    site.restart()
    site.now_s += 5
    site.see("per_ada", "sgt_1", EventType.SIGHTING_UPDATED)
    site.keeper.round()
    assert site.states() == [("appears", "firing")]
    assert len(site.lines(1)) == 1


def test_a_cooldown_and_a_silence_hold_over_a_restart(site: Site1) -> None:
    site.put(RULE, rule())
    site.put(SILENCE, silence(NOON_S + 1000, camera="garden"))
    site.see("per_ada")
    site.see("per_ada", "sgt_1", EventType.SIGHTING_ENDED)
    site.keeper.round()
    site.wait(61)
    site.restart()
    site.see("per_ada", "sgt_2")
    site.keeper.round()
    assert site.states() == [("appears", "resolved"), ("appears", "suppressed")]


def test_an_acknowledgement_from_outside_is_not_overwritten(site: Site1) -> None:
    site.put(RULE, rule(escalate={"after_s": 30, "channels": ["chn_2"]}))
    site.channel("file", {"name": "boss.jsonl"}, "chn_2")
    site.see("per_ada")
    site.keeper.round()
    (alert,) = site.store.alerts.page(9).items
    acknowledged = replace(alert, state="acknowledged", acknowledged_by="olga", escalate_s=None)
    with site.store.transaction():
        site.store.alerts.put(acknowledged)
        site.store.events.add(alert_event(acknowledged, site.now_s))
    site.wait(40)
    kept = site.store.alerts.get(alert.id)
    assert (kept.state, kept.acknowledged_by) == ("acknowledged", "olga")
    assert not (site.folder / "alerts" / "boss.jsonl").exists()


def test_a_person_who_is_forgotten_leaves_no_alert_behind(site: Site1) -> None:
    site.put(RULE, rule())
    site.see("per_ada")
    site.keeper.round()
    site.store.people.delete("per_ada")
    site.wait(70)
    assert site.states() == []


def test_a_profile_counts_from_the_next_round_on(site: Site1) -> None:
    site.put(RULE, rule(when={"profile": "away"}))
    site.see("per_ada")
    site.keeper.round()
    assert site.states() == []
    keep_site(site.store, Site(profile="away"))  # type: ignore[arg-type]
    site.see(None, "sgt_2")
    site.keeper.round()
    assert site.states() == [("appears", "firing")]


def test_a_channel_that_is_broken_for_ten_minutes_is_told_by_the_others(site: Site1) -> None:
    with HttpReceiver() as receiver:
        url = receiver.url
    site.channel("webhook", {"url": url}, "chn_bad")
    site.channel("file", {})
    site.put(RULE, rule(channels=["chn_bad"]))
    site.see("per_ada")
    site.keeper.round()
    (alert,) = site.store.alerts.page(9).items
    wait_until(lambda: site.store.deliveries.of([alert.id])[0].attempts == 1)
    outbox = site.keeper._dispatch._running["chn_bad"].outbox
    wait_until(lambda: outbox.broken_for_s > 0)
    outbox._monotonic = steady(BROKEN_S)
    site.keeper.round()
    (line,) = site.lines(1)
    assert line["title"] == "The channel has been broken for ten minutes"
    assert line["what"] == "channel_broken"
    site.keeper.round()
    assert len(site.lines(1)) == 1


def steady(ahead_s: float) -> Callable[[], float]:
    """A clock that is far ahead."""
    numbers = count(int(1e9 + ahead_s))
    return lambda: float(next(numbers))


def test_a_message_waits_longer_each_time_and_as_long_as_it_is_asked() -> None:
    assert [delay_s(number, lambda: 0.5) for number in range(1, 12)] == [
        *(1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300)
    ]
    assert (delay_s(1, lambda: 0.0), delay_s(1, lambda: 1.0)) == (0.8, 1.2)
    assert delay_s(1, lambda: 0.5, asked_s=60) == 60
