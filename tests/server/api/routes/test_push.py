"""Browsers subscribe over HTTP, and only their user and an admin can end that."""

from __future__ import annotations

import time
from typing import Any

from lookout.server.storage.records import Role
from tests.support.api import Api
from tests.support.push_service import Browser

CHANNEL: dict[str, Any] = {
    "name": "Browsers",
    "kind": "webpush",
    "settings": {"subject": "mailto:admin@example.org"},
}
SERVICE = "https://fcm.googleapis.com"


PASSWORD = "correct horse battery"


class Person:
    """A user who has signed in."""

    def __init__(self, api: Api, name: str, role: Role) -> None:
        self._api = api
        now_s = time.time()
        api.parts.accounts.create_user(name, PASSWORD, role, now_s)
        tokens = api.parts.accounts.sign_in(name, PASSWORD, "127.0.0.1", now_s)
        self._headers = {"authorization": f"Bearer {tokens.access}"}

    def call(self, method: str, path: str, **options: Any) -> Any:
        return self._api.client.request(method, path, headers=self._headers, **options)

    def subscribe(self, channel: str, **more: Any) -> Any:
        given = {"channel": channel, "subscription": Browser(SERVICE).subscription, **more}
        return self.call("POST", "/api/v1/push/subscriptions", json=given)


def channel_of(api: Api, body: dict[str, Any] = CHANNEL) -> str:
    made: str = api.call("POST", "/api/v1/channels", json=body).json()["id"]
    return made


def test_a_viewer_subscribes_and_unsubscribes(api: Api) -> None:
    channel, anne = channel_of(api), Person(api, "anne", Role.VIEWER)
    bert = Person(api, "bert", Role.OPERATOR)
    told = anne.call("GET", "/api/v1/push").json()
    assert told["channels"] == [{"id": channel, "name": "Browsers"}]
    assert len(told["public_key"]) == 87
    assert "servers of your browser's maker" in told["words"]
    made = anne.subscribe(channel, name="Kitchen")
    assert made.status_code == 201, made.text
    assert (made.json()["service"], made.json()["name"]) == ("fcm.googleapis.com", "Kitchen")
    listed = anne.call("GET", "/api/v1/push/subscriptions").json()["items"]
    assert listed == [made.json()]
    assert "auth" not in str(listed[0])
    one = f"/api/v1/push/subscriptions/{made.json()['id']}"
    assert bert.call("DELETE", one).status_code == 404
    assert anne.call("DELETE", one).status_code == 204
    assert anne.call("GET", "/api/v1/push/subscriptions").json()["items"] == []


def test_an_admin_ends_anybodys_subscription(api: Api) -> None:
    made = Person(api, "anne", Role.VIEWER).subscribe(channel_of(api)).json()["id"]
    assert api.call("DELETE", f"/api/v1/push/subscriptions/{made}").status_code == 204


def test_what_is_no_channel_for_browsers_takes_no_subscription(api: Api) -> None:
    anne = Person(api, "anne", Role.VIEWER)
    answer = anne.subscribe(channel_of(api, {"name": "log", "kind": "file", "settings": {}}))
    assert answer.status_code == 422
    assert "does not tell browsers" in answer.text
    assert anne.subscribe("chn_gone").status_code == 404


def test_a_program_has_no_browser(api: Api) -> None:
    given = {"channel": channel_of(api), "subscription": Browser(SERVICE).subscription}
    answer = api.call("POST", "/api/v1/push/subscriptions", json=given)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "no_user")
