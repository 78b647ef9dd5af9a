"""Twelve stories: what was told, when, how often, and what `explain` says. The table of
docs/alerts.md is what these tests get; `python -m tests.server.alerts.test_stories` prints it."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lookout.server.alerts.channels.apprise_channel import AppriseChannel
from lookout.server.alerts.channels.channel import OpenChannel
from lookout.server.alerts.channels.webhook import Webhook
from lookout.server.alerts.definitions_io import CHANNEL, RULE, read_definitions, to_definition
from lookout.server.alerts.delivery.maker import MessageMaker
from lookout.server.alerts.delivery.message import AlertMessage
from lookout.server.alerts.delivery.outbox import Outbox
from lookout.server.alerts.delivery.planning import plan
from lookout.server.alerts.delivery.words import Names, title_words
from lookout.server.alerts.documents.channel import AppriseSettings, Channel, WebhookSettings
from lookout.server.alerts.documents.rule import What
from lookout.server.alerts.documents.site import Site
from lookout.server.alerts.engine import Engine
from lookout.server.alerts.rules.matching import match
from lookout.server.alerts.rules.moment import Moment
from lookout.server.alerts.rules.observation import NOBODY, RuleObservation, Signal
from lookout.server.alerts.states.change import AlertChange
from lookout.server.storage.alert_records import Alert, Delivery
from lookout.server.storage.records import Person, Sighting
from lookout.server.storage.sqlite.store import SqliteStore, open_store
from tests.support.alerts import (
    NOON_S,
    House,
    ada,
    rule,
    seen,
    silence,
    stranger,
    watchlist,
)
from tests.support.paths import ROOT
from tests.support.receivers import HttpReceiver

PHONE = Channel.model_validate(
    {
        "id": "chn_1",
        "name": "phone",
        "kind": "apprise",
        "settings": {"url": "ntfy://host/topic"},
        "leaves": {"name": True},
    }
)


@dataclass(frozen=True)
class Told:
    """What came of a story."""

    lines: list[str]
    explained: str

    @property
    def cell(self) -> str:
        lines = self.lines
        if len(lines) > 4:
            lines = [lines[0], "…", *lines[-2:]]
        return f"{len(self.lines)}×: " + "; ".join(lines) if lines else "nothing"


@dataclass
class Phone(House):
    """A house whose channel is a telephone that may be told names."""

    lines: list[str] = field(default_factory=list)
    planned: list[Delivery] = field(default_factory=list)

    def _keep(self, changes: Any) -> list[AlertChange]:
        for change in changes:
            own = [one for one in self.planned if one.alert == change.alert.id]
            for delivery in plan(change, {"chn_1": PHONE}, own, lambda: "del_1", self.now_s):
                title = self._title(change.alert, delivery.notice)
                self.planned.append(replace(delivery, state="sent"))
                self.lines.append(f"{clock(self.now_s)} {title}")
        return super()._keep(changes)

    def restart(self) -> None:
        """The server ends and begins anew, with the alerts that it has written down."""
        numbers = iter(range(100, 200))
        self.engine = Engine(lambda: f"alr_{next(numbers)}", self.alerts.values())

    def told_and(self, sighting: str | None, rule_name: str = "door") -> Told:
        """What was told, and what explain says of this sighting under this rule."""
        traces = [
            one.trace.words
            for one in self.changes
            if one.trace and one.trace.sighting == sighting and self._name(one) == rule_name
        ]
        return Told(self.lines, traces[-1] if traces else "")

    def refused(self, observation: RuleObservation, rule_name: str) -> str:
        """The first condition of a rule that does not hold for this observation."""
        (asked,) = [one for one in self.world.rules if one.name == rule_name]
        moment = Moment(What.APPEARS, observation.at_s, observation.subject, observation)
        return match(asked, moment, self.world).why

    def _name(self, change: AlertChange) -> str:
        return self.world.rules_by_id[change.alert.rule].name

    def _title(self, alert: Alert, notice: str) -> str:
        found = self.world.roster.get(str(alert.detail.get("list", "")))
        names = Names(
            person="Ada" if alert.person == "per_ada" else "",
            was="Ada" if alert.detail.get("was") == "per_ada" else "",
            watchlist=found.name if found else "",
            camera=alert.camera,
        )
        return title_words(alert, notice, names)


def clock(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%H:%M:%S}"


def leave(house: House, camera: str = "door") -> None:
    house.see(ada(), camera, signal=Signal.ENDED)
    house.wait(61)


def six_cameras() -> Told:
    house = Phone.of(rule())
    cameras = ("gate", "drive", "porch", "door", "hall", "stairs")
    for camera in cameras:
        house.see(ada(), camera)
        house.wait(20)
        house.see(ada(), camera, signal=Signal.ENDED)
    return house.told_and("sgt_per_ada_stairs")


def away_and_home() -> Told:
    house = Phone.of(rule(when={"profile": "away"}), site=Site(profile="away"))  # type: ignore[arg-type]
    house.see(ada())
    leave(house)
    house.wait(3600, 60.0)
    house.change(site=Site())
    house.see(ada())
    return Told(house.lines, house.refused(seen(ada(), house.now_s), "door"))


def dog_then_stranger() -> Told:
    house = Phone.of(rule(who={"kind": "unknown"}))
    house.see(stranger(1), sighting="sgt_dog")
    house.wait(20)
    house.see(stranger(2), sighting="sgt_stranger")
    return house.told_and("sgt_stranger")


def clock_moved_back() -> Told:
    house = Phone.of(rule())
    house.see(ada())
    leave(house)
    house.engine.shift(-3600)
    house.now_s -= 3600
    house.see(ada(), sighting="sgt_2")
    house.see(ada(), sighting="sgt_2", signal=Signal.ENDED)
    suppressed = house.told_and("sgt_2").explained
    house.wait(600)
    house.see(ada(), sighting="sgt_3")
    return Told(house.lines, suppressed)


def not_ada() -> Told:
    house = Phone.of(rule())
    house.see(ada(), sighting="sgt_1")
    house.wait(30)
    house.see(stranger(), sighting="sgt_1", signal=Signal.CORRECTED)
    return house.told_and("sgt_1")


def two_lists() -> Told:
    staff = watchlist(people=["per_ada"])
    banned = watchlist(id="wat_2", name="Banned", kind="alert", people=["per_ada"])
    house = Phone.of(
        rule(name="staff", who={"kind": "list", "lists": ["wat_1"]}),
        rule(id="rul_2", name="banned", who={"kind": "list", "lists": ["wat_2"]}),
        watchlists=(staff, banned),
    )
    house.see(ada())
    return Told(house.lines, f"rule 'staff': {house.refused(seen(ada()), 'staff')}")


def silence_over_a_restart() -> Told:
    house = Phone.of(rule(), silences=(silence(NOON_S + 7200, camera="door"),))
    house.see(ada(), sighting="sgt_1")
    leave(house)
    house.restart()
    house.wait(1800, 60.0)
    house.see(ada(), sighting="sgt_2")
    return house.told_and("sgt_2")


def five_hundred_strangers() -> Told:
    house = Phone.of(rule(who={"kind": "unknown"}))
    for number in range(500):
        house.see(stranger(number), sighting=f"sgt_{number}")
        house.now_s = NOON_S + number * 0.12
    house.wait(61)
    return house.told_and("sgt_499")


def camera_lost() -> Told:
    house = Phone.of(rule(what={"kind": "camera_lost"}))
    house.hear(seen(NOBODY, signal=Signal.CAMERA_LOST, sighting=None))
    house.wait(300)
    house.hear(seen(NOBODY, house.now_s, signal=Signal.CAMERA_ONLINE, sighting=None))
    return Told(house.lines, "no sighting: the alert says 'a camera is lost', pending for 60 s")


class Kept:
    """An alert on Ada in a real store, with its message not yet sent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now_s = NOON_S
        with open_store(folder, {}) as store:
            store.people.add(Person("per_ada", "Ada", 1.0))
            store.definitions.put(to_definition(CHANNEL, PHONE))
            store.definitions.put(to_definition(RULE, rule()))
            store.sightings.add(
                Sighting("sgt_1", "door", NOON_S, NOON_S, "known", "per_ada"), b"\xff\xd8 face"
            )
            house = House.of(rule())
            (change,) = house.see(ada(), sighting="sgt_1")
            with store.transaction():
                store.alerts.put(change.alert)
                for delivery in plan(change, {"chn_1": PHONE}, (), lambda: "del_1", NOON_S):
                    store.deliveries.add(delivery)

    @contextlib.contextmanager
    def outbox(
        self, channel: OpenChannel, *, picture: bool = False
    ) -> Iterator[tuple[SqliteStore, Outbox]]:
        """As after a start of the server."""
        leaves = PHONE.leaves.model_copy(update={"picture": picture})
        told = PHONE.model_copy(update={"leaves": leaves})
        with open_store(self.folder, {}) as store:

            def make(delivery: Delivery, now_s: float) -> AlertMessage:
                alert, world = store.alerts.get(delivery.alert), read_definitions(store)
                return MessageMaker(store).make(delivery, alert, told, world, now_s)

            yield (
                store,
                Outbox(
                    "chn_1",
                    channel,
                    store.deliveries,
                    make,
                    clock=lambda: self.now_s,
                    monotonic=lambda: self.now_s,
                    jitter=lambda: 0.5,
                ),
            )


def sent(store: SqliteStore) -> Delivery:
    return store.deliveries.get("del_1")


def gateway_down(folder: Path) -> Told:
    kept = Kept(folder)
    with HttpReceiver() as receiver:
        url = receiver.url
    settings = WebhookSettings(url=url)
    with kept.outbox(Webhook(settings)) as (store, outbox):
        while kept.now_s < NOON_S + 3600:
            outbox.send_due()
            kept.now_s = max(kept.now_s, sent(store).next_s)
    with (
        HttpReceiver() as receiver,
        kept.outbox(Webhook(WebhookSettings(url=receiver.url))) as (
            store,
            outbox,
        ),
    ):
        outbox.send_due()
        outbox.send_due()
        lines = [
            f"{clock(kept.now_s)} {one.json['title']} ({one.json['text'].splitlines()[-1]})"
            for one in receiver.requests
        ]
        attempts = sent(store).attempts
    return Told(lines, f"somebody appears; the message was taken at attempt {attempts}")


def killed_before_sending(folder: Path) -> Told:
    kept = Kept(folder)  # the rows are there, and the process is not any more
    kept.now_s += 30
    with (
        HttpReceiver() as receiver,
        kept.outbox(Webhook(WebhookSettings(url=receiver.url))) as (
            store,
            outbox,
        ),
    ):
        outbox.send_due()
        outbox.send_due()
        lines = [f"{clock(kept.now_s)} {one.json['title']}" for one in receiver.requests]
        assert [one.headers["Idempotency-Key"] for one in receiver.requests] == ["del_1"]
        assert sent(store).state == "sent"
    return Told(lines, "somebody appears")


def attachment_refused(folder: Path) -> Told:
    kept = Kept(folder)
    with HttpReceiver([(200, {}), (413, {})]) as receiver:
        url = f"ntfy://127.0.0.1:{receiver.port}/topic12"
        channel = AppriseChannel(AppriseSettings.model_validate({"url": url}))
        with kept.outbox(channel, picture=True) as (store, outbox):
            outbox.send_due()
            answer = sent(store).answer.partition(" (")[0]
            assert sent(store).state == "sent"
    assert b"Ada, door" in receiver.requests[0].body
    return Told([f"{clock(kept.now_s)} Ada, door"], f"somebody appears; answer: {answer}")


STORIES: dict[str, Callable[..., Told]] = {
    "one walk past six cameras": six_cameras,
    "known person, rule for 'away': away, and an hour later at home": away_and_home,
    "stranger 20 s after a dog that was taken for a stranger": dog_then_stranger,
    "the phone's gateway is down for an hour": gateway_down,
    "server killed between decision and sending, up again after 30 s": killed_before_sending,
    "clock set back by an hour; she comes again at once, and after ten minutes": clock_moved_back,
    "attachment refused": attachment_refused,
    'wrong name, corrected with "Not Ada" after 30 s': not_ada,
    "person on two lists, each with a rule": two_lists,
    "silence of two hours, restart, she comes again": silence_over_a_restart,
    "500 strangers in a minute": five_hundred_strangers,
    "camera lost for five minutes": camera_lost,
}


def row(name: str, folder: Path) -> str:
    story = STORIES[name]
    told = story(folder) if story in _WITH_STORE else story()
    return f"| {name} | {told.cell} | {told.explained} |"


_WITH_STORE = (gateway_down, killed_before_sending, attachment_refused)


@pytest.mark.parametrize("name", STORIES)
def test_the_manual_says_what_a_story_leads_to(name: str, tmp_path: Path) -> None:
    manual = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8").splitlines()
    found = row(name, tmp_path / "data")
    (said,) = [line for line in manual if line.startswith(f"| {name} |")]
    assert said == found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(STORIES):
            sys.stdout.write(row(name, Path(folder) / str(number)) + "\n")
