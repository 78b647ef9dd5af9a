"""The HTTP side behind the real nginx, under a path, with the examples of docs/reverse-proxy.md."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from lookout.server.accounts.trusted import Trust, read_network
from lookout.server.api.dependencies import ApiSettings
from lookout.server.storage.records import Person, Role, Sighting, new_id
from tests.server.sockets.clients import PythonClient, SocketClient, StreamClient
from tests.server.sockets.conftest import RECHECK_S, Served
from tests.support.proxies import example, needs_nginx, nginx

pytestmark = [needs_nginx, pytest.mark.long]

PATH = "/lookout"
BY_PROXY = Trust((), (read_network("127.0.0.1"),))
PASSWORD = "correct horse 7 staple"
PATIENCE_S = 60.0


@pytest.fixture(params=["taken off and said", "passed on"])
def site(
    request: pytest.FixtureRequest, serve: Callable[..., Served], tmp_path: Path
) -> Iterator[tuple[Served, str]]:
    """The server, and its address behind nginx."""
    said = request.param == "taken off and said"
    settings = ApiSettings(recheck_s=RECHECK_S, trust=BY_PROXY, base_path="" if said else PATH)
    locations = example(4) if said else example(4).replace(":8000/", ":8000")
    served = serve(settings)
    with ExitStack() as opened:
        start = nginx(tmp_path, locations, documented=8000)
        port = opened.enter_context(start(httpx.URL(served.url).port or 0))
        yield served, f"http://127.0.0.1:{port}{PATH}"


def test_everything_is_found_under_the_path(site: tuple[Served, str]) -> None:
    served, here = site
    _, key = served.key(role=Role.OPERATOR)
    with httpx.Client(headers={"x-api-key": key}, timeout=PATIENCE_S) as browser:
        assert browser.get(f"{here}/healthz").status_code == 200
        described = browser.get(f"{here}/openapi.json").json()
        assert described["servers"] == [{"url": PATH}]
        for page in ("/", "/docs", "/docs/start.js"):
            assert browser.get(here + page).status_code == 200, page
        moved = browser.get(f"{here}/docs/")
        assert httpx.URL(moved.headers["location"]).path == f"{PATH}/docs"
        lost = browser.get(f"{here}/api/v1/recognition/nothing")
        assert set(lost.json()) == {"message", "code"}, "the words of the system it imitates"


def test_addresses_in_answers_can_be_asked_for_as_they_are(site: tuple[Served, str]) -> None:
    served, here = site
    sighted = seen(served)
    _, key = served.key(role=Role.OPERATOR)
    root = httpx.URL(here).copy_with(path="/")
    with httpx.Client(base_url=root, headers={"x-api-key": key}, timeout=PATIENCE_S) as browser:
        (person,) = browser.get(f"{PATH}/api/v1/people").json()["items"]
        (event,) = browser.get(f"{PATH}/api/v1/events").json()["items"]
        for address in (person["image"], event["envelope"]["image"]):
            assert address == f"{PATH}/api/v1/sightings/{sighted}/image"
            assert browser.get(address).content == b"\xff\xd8 a picture"
    with httpx.Client(
        base_url=served.url, headers={"x-api-key": key}, timeout=PATIENCE_S
    ) as beside:
        (person,) = beside.get("/api/v1/people").json()["items"]
        assert beside.get(person["image"]).status_code == 200


@pytest.mark.parametrize("client", [SocketClient, StreamClient, PythonClient])
def test_sockets_open_under_the_path_and_tell_addresses_under_it(
    site: tuple[Served, str], client: Any
) -> None:
    served, here = site
    _, key = served.key(role=Role.OPERATOR)
    listener = client(here, key, 0)
    served.opened.callback(listener.close)
    assert listener.next()[0] == "hello"
    sighted = seen(served)
    name, envelope = listener.next()
    assert name == "event"
    assert envelope["image"] == f"{PATH}/api/v1/sightings/{sighted}/image"


def test_a_browser_keeps_the_sign_in_for_the_path_alone(site: tuple[Served, str]) -> None:
    served, here = site
    served.api.parts.accounts.create_user("ann", PASSWORD, Role.VIEWER, time.time())
    given = {"username": "ann", "password": PASSWORD, "cookie": True}
    with httpx.Client(timeout=PATIENCE_S) as browser:
        assert browser.post(f"{here}/api/v1/auth/login", json=given).status_code == 200
        (cookie,) = browser.cookies.jar
        assert cookie.path.startswith(f"{PATH}/api/v1/auth")
        assert browser.post(f"{here}/api/v1/auth/refresh", json={}).status_code == 200


def seen(served: Served) -> str:
    """A known person is seen, with a picture; the sighting's id."""
    store, now_s = served.api.store, time.time()
    ada = Person(new_id(), "Ada", now_s)
    store.people.add(ada)
    sighting = Sighting(new_id(), "door", now_s, now_s + 1.0, "known", person=ada.id)
    kept = store.sightings.add(sighting, b"\xff\xd8 a picture")
    served.happens("sighting.began", "door", person=ada.id, sighting=kept.id)
    return kept.id
