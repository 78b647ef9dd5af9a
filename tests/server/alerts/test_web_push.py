"""Browsers are told by web push: each by a message that only it can read, of what its user may
know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lookout.server.alerts import desk
from lookout.server.alerts.channels.http_post import HttpPost
from lookout.server.alerts.channels.web_push import WebPush, application_server_key
from lookout.server.alerts.definitions_io import CHANNEL
from lookout.server.alerts.documents.channel import Channel, ChannelBody
from lookout.server.alerts.documents.document import read_document
from lookout.server.alerts.documents.push import PushSubscriptionBody, WebPushSettings
from lookout.server.alerts.errors import BadDefinition, ChannelRefused, NotDelivered
from lookout.server.alerts.subscriptions import Subscriptions
from lookout.server.storage.sqlite.store import SqliteStore, open_store
from tests.server.alerts.test_channels import message
from tests.support.alerts import NOON_S
from tests.support.push_service import Browser, PushService, signed_by

SEES = {("anne", "door"), ("anne", "gate"), ("bert", "door")}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with open_store(tmp_path / "data", {}) as store:
        yield store


class Pushing:
    """A channel that tells the browsers of one service."""

    def __init__(self, store: SqliteStore, service: PushService) -> None:
        settings = {"subject": "mailto:admin@example.org", "services": [service.host]}
        body = {"name": "Browsers", "kind": "webpush", "settings": settings}
        self.service = service
        self.channel: Channel = desk.add(store, CHANNEL, read_document(ChannelBody, body, ""))
        self.subscriptions = Subscriptions(store, lambda user, camera: (user, camera) in SEES)
        parsed = self.channel.parsed
        assert isinstance(parsed, WebPushSettings)
        post = HttpPost(lambda: NOON_S, tls=service.trust)
        self.opened = WebPush(self.channel.id, parsed, self.subscriptions, lambda: NOON_S, post)

    def subscribe(self, user: str, path: str = "/push/1") -> Browser:
        browser = Browser(self.service.url, path)
        self.subscriptions.add(self.body(browser), user, NOON_S)
        return browser

    def body(self, browser: Browser) -> PushSubscriptionBody:
        given = {"channel": self.channel.id, "subscription": browser.subscription}
        return read_document(PushSubscriptionBody, given, "subscription")


def test_a_browser_decrypts_its_message_and_knows_who_sent_it(store: SqliteStore) -> None:
    with PushService() as service:
        pushing = Pushing(store, service)
        browser = pushing.subscribe("anne")
        assert pushing.opened.send(message(link="/alerts?alert=alr_1")) == "1 of 1 browsers"
        (request,) = service.requests
    told = browser.read(request)
    assert (told["title"], told["body"], told["tag"]) == ("Ada, door", "some text", "alr_1")
    assert told["url"] == "/alerts?alert=alr_1"
    assert b"Ada" not in request.body
    key = application_server_key(pushing.subscriptions)
    assert key is not None
    claims = signed_by(request, key)
    assert claims["aud"] == service.url
    assert claims["sub"] == "mailto:admin@example.org"
    assert (request.path, request.headers["Content-Encoding"]) == ("/push/1", "aes128gcm")
    assert (request.headers["Urgency"], len(request.headers["Topic"])) == ("high", 32)


def test_the_key_of_the_server_stays_the_same(store: SqliteStore) -> None:
    first, again = (application_server_key(Subscriptions(store)) for _ in range(2))
    assert first is not None
    assert first == again
    assert len(first) == 87  # 65 bytes


def test_each_browser_is_told_what_its_user_may_know(store: SqliteStore) -> None:
    with PushService() as service:
        pushing = Pushing(store, service)
        pushing.subscribe("anne", "/push/anne")
        pushing.subscribe("bert", "/push/bert")
        for camera in ("door", "gate", "cellar"):
            pushing.opened.send(replace(message(camera=camera), id=f"del_{camera}"))
        assert [one.path for one in service.requests] == ["/push/anne", "/push/bert", "/push/anne"]


def test_a_browser_that_unsubscribed_is_forgotten(store: SqliteStore) -> None:
    with PushService([(410, {})]) as service:
        pushing = Pushing(store, service)
        pushing.subscribe("anne")
        pushing.opened.send(message())
        assert pushing.subscriptions.all() == ()
        assert pushing.opened.send(message()).startswith("no browser")


def test_who_was_told_is_not_told_again_when_another_is_tried_again(store: SqliteStore) -> None:
    with PushService([(201, {}), (429, {"Retry-After": "9"})]) as service:
        pushing = Pushing(store, service)
        pushing.subscribe("anne", "/push/anne")
        pushing.subscribe("bert", "/push/bert")
        with pytest.raises(NotDelivered, match="1 of 2 browsers were not told") as raised:
            pushing.opened.send(message())
        assert raised.value.retry_after_s == 9.0
        assert pushing.opened.send(message()) == "2 of 2 browsers"
        assert [one.path for one in service.requests] == ["/push/anne", "/push/bert", "/push/bert"]


def test_a_service_that_refuses_the_signature_is_not_asked_again(store: SqliteStore) -> None:
    with PushService([(403, {})]) as service:
        pushing = Pushing(store, service)
        pushing.subscribe("anne")
        with pytest.raises(ChannelRefused, match="answered 403"):
            pushing.opened.send(message())


def test_nobody_subscribes_for_a_server_that_no_admin_has_chosen(store: SqliteStore) -> None:
    with PushService() as service:
        pushing = Pushing(store, service)
        elsewhere = Browser("https://intranet.example")
        with pytest.raises(BadDefinition, match="not among the channel's `services`"):
            pushing.subscriptions.add(pushing.body(elsewhere), "anne", NOON_S)


def test_the_same_browser_takes_its_own_place(store: SqliteStore) -> None:
    with PushService() as service:
        pushing = Pushing(store, service)
        browser = pushing.subscribe("anne")
        pushing.subscriptions.add(pushing.body(browser), "bert", NOON_S)
        (kept,) = pushing.subscriptions.all()
        assert kept.user == "bert"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"endpoint": "http://localhost/1"}, "begins with https"),
        ({"endpoint": "https://a:b@localhost/1"}, "begins with https"),
        ({"keys": {"p256dh": "AAAA", "auth": "AAAA"}}, "this key has 65 bytes, not 3"),
        ({"keys": {"p256dh": "ä", "auth": "AAAA"}}, "a key is base64url"),
    ],
)
def test_a_subscription_that_cannot_be_one_says_why(change: dict[str, str], words: str) -> None:
    given = {"channel": "chn_1", "subscription": Browser("https://a.b").subscription | change}
    with pytest.raises(BadDefinition, match=words):
        read_document(PushSubscriptionBody, given, "subscription")


@pytest.mark.parametrize("subject", ["mailto:x@localhost", "admin@example.org", "http://a.b"])
def test_a_subject_that_push_services_refuse_is_refused_first(subject: str) -> None:
    with pytest.raises(BadDefinition, match="mailto"):
        read_document(WebPushSettings, {"subject": subject}, "settings")
