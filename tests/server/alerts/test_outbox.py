"""One channel's way out: in order, as often as needed, and no longer than it is of use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from lookout.server.alerts.delivery import retry
from lookout.server.alerts.delivery.message import AlertMessage
from lookout.server.alerts.delivery.outbox import Outbox
from lookout.server.alerts.dispatch import MOST_CHANNELS, Dispatch
from lookout.server.alerts.documents.channel import Channel
from lookout.server.alerts.errors import ChannelRefused, NotDelivered
from lookout.server.storage.alert_records import Alert, Delivery
from lookout.server.storage.sqlite.store import SqliteStore, open_store
from tests.support.alerts import NOON_S


@dataclass
class Script:
    """A channel that answers as its script says, and then takes everything."""

    errors: list[Exception | None] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def send(self, message: AlertMessage) -> str:
        self.heard.append(message.id)
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        return "taken"


class Way:
    """An outbox whose clock is set by hand."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.now_s = NOON_S
        self.channel = Script()
        self.outbox = Outbox(
            "chn_1",
            self.channel,
            store.deliveries,
            lambda delivery, _: AlertMessage(
                delivery.id, "tag", "told", "info", "title", "text", "", {}, {}
            ),
            clock=lambda: self.now_s,
            monotonic=lambda: self.now_s,
            jitter=lambda: 0.5,
        )

    def add(self, name: str, expires_s: float | None = None) -> None:
        given = Delivery(name, "alr_1", "chn_1", "told", "waiting", self.now_s, self.now_s)
        self.store.deliveries.add(replace(given, expires_s=expires_s))

    def state(self, name: str) -> tuple[str, int, str]:
        kept = self.store.deliveries.get(name)
        return kept.state, kept.attempts, kept.answer


@pytest.fixture
def way(tmp_path: Path) -> Iterator[Way]:
    with open_store(tmp_path / "data", {}) as store:
        subject = "camera:door"
        store.alerts.put(
            Alert("alr_1", "rul_1", subject, "camera_lost", "firing", "info", NOON_S, NOON_S)
        )
        yield Way(store)


def test_messages_go_in_their_order_and_the_answer_is_kept(way: Way) -> None:
    way.add("del_1")
    way.add("del_2")
    assert way.outbox.send_due() > 1
    assert way.channel.heard == ["del_1", "del_2"]
    assert way.state("del_2") == ("sent", 1, "taken")


def test_a_message_that_nobody_takes_holds_up_no_other(way: Way) -> None:
    way.add("del_bad")
    way.add("del_good")
    way.channel.errors = [NotDelivered("500")]
    assert way.outbox.send_due() == 1
    assert way.state("del_bad") == ("waiting", 1, "500")
    way.outbox.send_due()
    assert way.channel.heard == ["del_bad", "del_good"]
    assert way.state("del_good")[0] == "sent"


def test_what_is_refused_is_not_repeated(way: Way) -> None:
    way.add("del_1")
    way.channel.errors = [ChannelRefused("403 no")]
    way.outbox.send_due()
    way.now_s += 1000
    way.outbox.send_due()
    assert way.channel.heard == ["del_1"]
    assert way.state("del_1") == ("dead", 1, "403 no")


def test_the_other_side_is_asked_again_when_it_wants_to_be(way: Way) -> None:
    way.add("del_1")
    way.channel.errors = [NotDelivered("429", retry_after_s=60.0)]
    assert way.outbox.send_due() == 60
    way.now_s += 59
    way.outbox.send_due()
    assert way.channel.heard == ["del_1"]
    way.now_s += 1
    way.outbox.send_due()
    assert way.channel.heard == ["del_1", "del_1"]


def test_a_message_is_given_up_after_a_day(way: Way) -> None:
    way.add("del_1")
    way.channel.errors = [NotDelivered("down")] * 1000
    while way.state("del_1")[0] == "waiting":
        way.outbox.send_due()
        way.now_s = max(way.now_s, way.store.deliveries.get("del_1").next_s)
    state, attempts, _ = way.state("del_1")
    assert state == "dead"
    assert way.now_s - NOON_S >= retry.GIVE_UP_S
    assert attempts < 300


def test_nothing_is_opened_when_it_is_too_late(way: Way) -> None:
    way.add("del_door", expires_s=NOON_S + retry.OPEN_WITHIN_S)
    way.now_s += retry.OPEN_WITHIN_S + 1
    way.outbox.send_due()
    assert way.channel.heard == []
    assert way.state("del_door") == ("dead", 0, "too late to be of use; not sent")


def test_a_channel_is_broken_from_its_first_failure_to_its_next_success(way: Way) -> None:
    way.add("del_1")
    way.channel.errors = [NotDelivered("down")]
    way.outbox.send_due()
    way.now_s += 700
    assert way.outbox.broken_for_s == 700
    way.outbox.send_due()
    assert (way.outbox.broken_for_s, way.outbox.works) == (0.0, True)


def test_no_more_channels_are_open_than_there_may_be(way: Way, tmp_path: Path) -> None:
    def make(_delivery: Delivery, _channel: Channel, _now_s: float) -> AlertMessage:
        raise AssertionError("nothing is to be sent")

    dispatch = Dispatch(way.store, tmp_path, make, clock=lambda: NOON_S)
    given = {"name": "log", "kind": "file", "settings": {}}
    channels = [
        Channel.model_validate(given | {"id": f"chn_{number}"})
        for number in range(MOST_CHANNELS + 5)
    ]
    dispatch.set_channels({one.id: one for one in channels})
    assert len(dispatch._running) == MOST_CHANNELS
    assert dispatch.close(5.0)
