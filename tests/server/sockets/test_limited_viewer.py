"""A viewer who may know of two cameras gets nothing of the third, by whatever way."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from websockets.sync.client import connect

from lookout.server.alerts import desk
from lookout.server.alerts.channels.http_post import HttpPost
from lookout.server.alerts.channels.web_push import WebPush
from lookout.server.alerts.definitions_io import CHANNEL, RULE
from lookout.server.alerts.documents.channel import ChannelBody
from lookout.server.alerts.documents.document import read_document
from lookout.server.alerts.documents.push import PushSubscriptionBody, WebPushSettings
from lookout.server.alerts.documents.rule import RuleBody
from lookout.server.alerts.keeper import Keeper
from lookout.server.alerts.subscriptions import Subscriptions
from lookout.server.api.services.user_knowledge import knowing
from lookout.server.events.types import EventType
from lookout.server.storage.alert_records import Alert
from lookout.server.storage.records import Event, Role, Sighting, User, new_id
from tests.server.alerts.test_channels import message
from tests.server.sockets.clients import Connect
from tests.server.sockets.conftest import Served
from tests.support.push_service import Browser, PushService

OWN, THIRD = ("door", "yard"), "cellar"
JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"
STREAMS = ("stream", "/docs", "/live")


@dataclass
class House:
    """Three cameras, each with a stranger, a sighting, an alert; secrets: what nobody may learn who
    may not know of the third."""

    served: Served
    sightings: dict[str, str]
    alerts: dict[str, str]
    clusters: dict[str, str]

    @property
    def secrets(self) -> dict[str, str]:
        return {
            "its name": THIRD,
            "its id": self.served.camera(THIRD),
            "its sighting": self.sightings[THIRD],
            "its alert": self.alerts[THIRD],
            "its stranger": self.clusters[THIRD],
        }

    def assert_silent(self, text: str, where: str) -> None:
        """Raises AssertionError where one of the secrets is in it."""
        told = [what for what, secret in self.secrets.items() if secret in text]
        assert not told, f"{where} tells {', '.join(told)}: {text[:300]}"


def happen(served: Served) -> House:
    """A stranger before each camera, and an alert on each."""
    house = House(served, {}, {}, {})
    store, now_s = served.api.store, time.time()
    for camera in (*OWN, THIRD):
        sighting, cluster = new_id(), new_id()
        house.sightings[camera], house.clusters[camera] = sighting, cluster
        store.sightings.add(
            Sighting(sighting, camera, now_s, now_s, "unknown", None, cluster), JPEG
        )
        served.happens(
            EventType.SIGHTING_BEGAN,
            camera,
            sighting=sighting,
            cluster=cluster,
            detail={"state": "unknown"},
        )
        house.alerts[camera] = alert = f"alr_{new_id()}"
        kept = Alert(
            id=alert,
            rule="rul_1",
            subject=f"cluster:{cluster}",
            what="appears",
            state="firing",
            severity="info",
            began_s=now_s,
            updated_s=now_s,
            told_s=now_s,
            cluster=cluster,
            camera=camera,
            sighting=sighting,
            tag=alert,
        )
        store.alerts.put(kept)
        served.happens(
            EventType.ALERT_FIRING, camera, subject=alert, detail={"alert": {"id": alert}}
        )
        served.happens(EventType.CAMERA_LOST, camera)
    return house


def test_over_every_socket_now_and_afterwards(served: Served, client: Connect) -> None:
    _, key = served.key(*OWN)
    before = served.connect(client, key)
    name, hello = before.next()
    assert (name, set(hello["cameras"])) == ("hello", set(map(served.camera, OWN)))
    house = happen(served)
    last = served.happens("sighting.ended", "door", sighting=house.sightings["door"])
    afterwards = served.connect(client, key, last_id=hello["last_id"])
    for listening in (before, afterwards):
        told: list[dict[str, Any]] = []
        while not told or told[-1].get("id") != last:
            name, event = listening.next()
            told += [event] if name == "event" else []
        house.assert_silent(json.dumps(told), "the socket")
        assert {one["camera_name"] for one in told} == set(OWN)
        assert len(told) == 7  # three at each of the two cameras, and the end


def get_routes(served: Served) -> Iterator[str]:
    """Every path that can be asked for."""
    for path, methods in served.api.app.openapi()["paths"].items():
        if "get" in methods and not any(word in path for word in STREAMS):
            yield path


def test_over_every_route_that_is_asked(served: Served) -> None:
    house = happen(served)
    _, key = served.key(*OWN)
    filled = {
        "{sighting}": house.sightings[THIRD],
        "{alert}": house.alerts[THIRD],
        "{cluster}": house.clusters[THIRD],
        "{camera}": served.camera(THIRD),
        "{camera_id}": served.camera(THIRD),
    }
    asked = {"camera": THIRD, "sighting": house.sightings[THIRD], "since": "0", "limit": "50"}
    answered = set()
    for path in get_routes(served):
        for params in ({}, asked):
            filled_path = path
            for name, value in filled.items():
                filled_path = filled_path.replace(name, value)
            answer = served.api.client.get(
                filled_path, headers={"x-api-key": key}, params=params, follow_redirects=False
            )
            answered.add((path, answer.status_code))
            text = answer.text
            for given in (*filled.values(), *asked.values()):
                if answer.status_code >= 400:  # an error may repeat what was asked for
                    text = text.replace(given, "")
            house.assert_silent(text, f"GET {path}")
            if answer.status_code < 400:
                assert JPEG not in answer.content, path
    assert ("/api/v1/sightings", 200) in answered
    assert ("/api/v1/alerts", 200) in answered
    assert ("/api/v1/alerts/{alert}", 404) in answered
    assert ("/api/v1/sightings/{sighting}/image", 404) in answered
    assert ("/api/v1/rules", 403) in answered


def test_over_live_pictures(served: Served) -> None:
    house = happen(served)
    _, key = served.key(*OWN)
    third = served.camera(THIRD)
    for path in ("image", "stream.mjpg"):
        answer = served.api.client.get(
            f"/api/v1/cameras/{third}/{path}", headers={"x-api-key": key}
        )
        assert answer.status_code == 404, path
    address = f"{served.url.replace('http', 'ws')}/api/v1/cameras/live"
    with connect(address, additional_headers={"x-api-key": key}) as socket:
        wanted = [{"camera": camera, "fps": 1} for camera in (third, served.camera("door"))]
        socket.send(json.dumps({"watch": wanted}))
        told = socket.recv(30.0)
        text = told.decode("latin-1") if isinstance(told, bytes) else told
        house.assert_silent(text.replace(third, "") if "no camera" in text else text, "live")


@pytest.fixture
def anne(served: Served) -> User:
    cameras = frozenset(map(served.camera, OWN))
    return served.api.parts.accounts.create_user(
        "anne", "correct horse battery", Role.VIEWER, time.time(), cameras=cameras
    )


def test_over_web_push(served: Served, anne: User) -> None:
    parts = served.api.parts
    knows = knowing(parts.accounts, parts.directory)
    with PushService() as service:
        settings = {"subject": "mailto:admin@example.org", "services": [service.host]}
        body = {"name": "Browsers", "kind": "webpush", "settings": settings}
        channel = desk.add(parts.store, CHANNEL, read_document(ChannelBody, body, ""))
        subscriptions, browser = Subscriptions(parts.store, knows), Browser(service.url)
        given = {"channel": channel.id, "subscription": browser.subscription}
        subscriptions.add(read_document(PushSubscriptionBody, given, ""), anne.id, 1.0)
        parsed = WebPushSettings.model_validate(settings)
        post = HttpPost(time.time, tls=service.trust)
        opened = WebPush(channel.id, parsed, subscriptions, post=post)
        for camera in (THIRD, "door", ""):
            opened.send(replace(message(camera=camera, title=camera), id=f"del_{camera}"))
        assert [browser.read(one)["title"] for one in service.requests] == ["door"]
        parts.accounts.change(anne.id, disabled=True)
        opened.send(replace(message(camera="door"), id="del_later"))
        assert len(service.requests) == 1


def test_over_a_channel_that_is_their_own(served: Served, anne: User) -> None:
    parts = served.api.parts
    body = {"name": "Anne's mail", "kind": "file", "owner": anne.id, "settings": {}}
    channel = desk.add(parts.store, CHANNEL, read_document(ChannelBody, body, ""))
    rule = {"name": "anybody", "what": {"kind": "appears"}, "channels": [channel.id]}
    desk.add(parts.store, RULE, read_document(RuleBody, rule, ""))
    keeper = Keeper(
        parts.store,
        parts.feed,
        parts.directory,
        parts.alert_folder,
        knows=knowing(parts.accounts, parts.directory),
    )
    keeper.round()
    for camera in (THIRD, "door"):
        event = Event(
            new_id(),
            EventType.SIGHTING_BEGAN,
            time.time(),
            camera,
            None,
            new_id(),
            {"state": "unknown"},
            cluster=new_id(),
        )
        parts.store.events.add(event)
    keeper.round()
    keeper.close(5.0)
    alerts = {one.id: one.camera for one in parts.store.alerts.page(10).items}
    assert sorted(alerts.values()) == [THIRD, "door"]
    told = [alerts[one.alert] for one in parts.store.deliveries.of(list(alerts))]
    assert told == ["door"]
