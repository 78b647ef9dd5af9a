"""Whatever the transport: a client is told what happens, what it missed, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from websockets.sync.client import connect

from lookout.server.accounts.scopes import SCOPES
from lookout.server.api.dependencies import ApiSettings
from lookout.server.sockets import hub, serving
from lookout.server.storage.records import Person, Role
from tests.server.sockets.clients import Client, Connect, PythonClient, SocketClient
from tests.server.sockets.conftest import Served

pytestmark = pytest.mark.long


def events(client: Client, count: int) -> list[int]:
    """The numbers of the next events."""
    numbers = []
    for _ in range(count):
        name, data = client.next()
        assert name == "event", (name, data)
        numbers.append(data["id"])
    return numbers


def test_a_client_is_greeted_and_told_what_happens_in_order(
    served: Served, client: Connect
) -> None:
    served.happens("camera.online", "door")
    listening = served.connect(client, served.key(role=Role.VIEWER)[1])
    name, data = listening.next()
    assert name == "hello"
    assert {**data, "type": "hello"} == {
        "type": "hello",
        "user": "key:test",
        "role": "viewer",
        "rights": sorted(SCOPES[Role.VIEWER]),
        "cameras": None,
        "last_id": 1,
    }
    served.api.store.people.add(Person("ada", "Ada", 1.0))
    written = served.happens("sighting.began", "door", person="ada", detail={"state": "known"})
    name, told = listening.next()
    assert (name, told["id"], told["type"], told["camera"], told["person"]) == (
        "event",
        written,
        "sighting.began",
        served.camera("door"),
        {"id": "ada", "name": "Ada"},
    )
    numbers = [served.happens("camera.online", f"c{number}") for number in range(20)]
    assert events(listening, 20) == numbers


def test_who_comes_back_is_told_what_they_missed_and_then_what_comes(
    served: Served, client: Connect
) -> None:
    numbers = [served.happens("camera.online", "door") for _ in range(450)]
    listening = served.connect(client, served.key()[1], 20)
    assert listening.next()[0] == "hello"
    numbers += [served.happens("camera.lost", "door") for _ in range(5)]
    assert events(listening, 435) == numbers[20:]


@pytest.mark.parametrize("last_id", [0, 7, 9_000_000_000])
def test_who_has_missed_what_is_gone_is_told_so(
    served: Served, client: Connect, last_id: int
) -> None:
    for at in range(10):
        served.happens("camera.online", f"c{at}")
    served.api.store.events.delete_before(time.time() + 1, 9)
    listening = served.connect(client, served.key()[1], last_id)
    assert listening.next()[0] == "hello"
    assert listening.next()[0] == "resync"
    assert events(listening, 0) == []
    written = served.happens("camera.lost", "door")
    assert events(listening, 1) == [written]


def test_nothing_of_a_camera_that_one_may_not_see_is_told(served: Served, client: Connect) -> None:
    served.happens("sighting.began", "attic")
    missed = served.happens("sighting.began", "yard")
    listening = served.connect(client, served.key("door", "yard")[1], 0)
    name, data = listening.next()
    assert (name, data["cameras"]) == ("hello", sorted(map(served.camera, ("door", "yard"))))
    served.api.store.people.add(Person("ada", "Ada", 1.0))
    for kind in ("sighting.began", "camera.lost", "visit.began", "alert.firing"):
        served.happens(kind, "attic", person="ada", sighting="s", cluster="c")
    served.happens("unknown.named", person="ada", cluster="c")
    served.happens("alert.firing", person="ada")
    expected = [
        missed,
        served.happens("person.renamed", person="ada"),
        served.happens("alert.firing", "yard"),
        served.happens("camera.lost", "door"),
    ]
    assert events(listening, 4) == expected


@pytest.mark.parametrize("key", ["", "lk_of_nobody", "x.y.z"])
def test_without_a_good_key_nobody_listens(served: Served, client: Connect, key: str) -> None:
    name, data = served.connect(client, key).next()
    assert name == "refused", data
    assert "token" in data["reason"] or "API key" in data["reason"]


def test_whose_key_is_revoked_is_told_nothing_more(served: Served, client: Connect) -> None:
    key, secret = served.key()
    listening = served.connect(client, secret)
    assert listening.next()[0] == "hello"
    served.api.store.api_keys.revoke(key.id, time.time())
    name, data = listening.next()
    assert name in ("ended", "refused"), data
    assert not data["reason"] or "revoked" in data["reason"]


def test_who_loses_the_right_to_a_camera_has_to_connect_again(
    served: Served, client: Connect
) -> None:
    accounts = served.api.parts.accounts
    user = accounts.create_user("ann", "correct horse 7 staple", Role.VIEWER, time.time())
    token = accounts.sign_in("ann", "correct horse 7 staple", "", time.time()).access
    listening = served.connect(client, token)
    assert listening.next()[0] == "hello"
    accounts.limit(user.id, frozenset({served.camera("door")}))
    name, data = listening.next()
    assert name in ("ended", "refused"), data
    assert not data["reason"] or "rights" in data["reason"]


def test_without_sign_in_pages_of_other_sites_do_not_listen(
    serve: Callable[..., Served],
) -> None:
    served = serve(ApiSettings(no_auth=True, cors_origins=("https://board.home",)))
    address = f"{served.url.replace('http', 'ws')}"
    for path in ("/api/v1/events/ws", "/socket.io/?EIO=4&transport=websocket"):
        for origin, welcome in (
            ("https://evil.example", False),
            ("https://board.home", True),
            (served.url, True),
        ):
            with connect(address + path, additional_headers={"Origin": origin}) as socket:
                if "socket.io" in path:
                    socket.recv(30.0)
                    socket.send("40{}")
                    assert str(socket.recv(30.0)).startswith("40" if welcome else "44")
                elif welcome:
                    assert "hello" in str(socket.recv(30.0))
                else:
                    assert served.connect(PythonClient, "").next()[0] == "hello"
                    with pytest.raises(Exception, match="another site"):
                        socket.recv(30.0)


def test_one_client_too_many_is_asked_to_come_later(
    served: Served, client: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "MAX_LISTENERS", 1)
    _, key = served.key()
    first = served.connect(SocketClient, key)
    assert first.next()[0] == "hello"
    name, data = served.connect(client, key).next()
    assert name in ("refused", "ended")
    assert "try again later" in data["reason"]
    written = served.happens("camera.lost", "door")
    assert events(first, 1) == [written]


def test_who_has_missed_too_much_asks_anew(
    served: Served, client: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "MAX_REPLAY", 5)
    for _ in range(10):
        served.happens("camera.online", "door")
    listening = served.connect(client, served.key()[1], 4)
    assert [listening.next()[0], listening.next()[0]] == ["hello", "resync"]
    listening = served.connect(client, served.key()[1], 5)
    assert listening.next()[0] == "hello"
    assert events(listening, 5) == [6, 7, 8, 9, 10]
