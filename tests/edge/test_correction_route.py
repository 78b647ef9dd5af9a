"""The route of corrections made on the page, with a small real server or with none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from benchmarks.support.waiting import wait_until
from lookout.edge.link import LinkSettings
from lookout.edge.pages import create_app
from lookout.edge.station import Station
from lookout.wire.corrections import Say
from tests.support.edge_fakes import PacedCamera
from tests.support.wire import FakeServer

NOBODY = 1  # a port that only root could listen on
NOT_ADA = {"say": "not", "track": 7, "name": "Ada"}


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as server:
        yield server


@pytest.fixture
def client(server: FakeServer, tmp_path: Path) -> Iterator[FlaskClient]:
    link = LinkSettings("127.0.0.1", server.port, camera="Front door")
    station = Station(PacedCamera(fps=20), link, tmp_path / "images")
    station.start()
    client = create_app(station).test_client()
    wait_until(lambda: client.get("/status").get_json()["server"]["online"], 10, "the server")
    yield client
    station.stop()


def test_the_server_gets_the_correction_and_its_answer_comes_back_with_an_undo(
    client: FlaskClient, server: FakeServer
) -> None:
    answer = client.post("/correction", json=NOT_ADA)
    assert answer.status_code == 200
    assert answer.get_json() == {"words": "Noted.", "said_at": 5.25, "advice": ""}
    client.post("/correction", json={"say": "ignore", "track": 8})
    client.post("/correction", json={"say": "take_back", "said_at": 5.25})
    assert [(c.camera, c.say, c.track, c.name) for c in server.corrections] == [
        ("Front door", Say.NOT, 7, "Ada"),
        ("Front door", Say.IGNORE, 8, None),
        ("Front door", Say.TAKE_BACK, None, None),
    ]
    assert server.corrections[-1].said_at == 5.25


def test_a_refusal_comes_back_as_the_server_worded_it(
    client: FlaskClient, server: FakeServer
) -> None:
    answer = client.post("/correction", json={**NOT_ADA, "track": server.gone})
    assert (answer.status_code, answer.get_json()) == (410, {"error": "No longer known."})


@pytest.mark.parametrize(
    "said",
    [5, [], {}, {"say": "not", "track": 7}, {"say": "ignore", "track": "7"}],
    ids=repr,
)
def test_an_empty_correction_is_refused_with_a_message(
    client: FlaskClient, server: FakeServer, said: object
) -> None:
    answer = client.post("/correction", json=said)
    assert answer.status_code == 400
    assert "Send JSON such as" in answer.get_json()["error"]
    assert server.corrections == []


def test_another_web_site_cannot_correct_anything(client: FlaskClient, server: FakeServer) -> None:
    evil = {"Origin": "http://evil.example"}
    assert client.post("/correction", json=NOT_ADA, headers=evil).status_code == 403
    assert client.post("/correction", data="say=not&track=7").status_code == 403
    assert server.corrections == []


def test_without_a_server_the_answer_says_so(tmp_path: Path) -> None:
    link = LinkSettings("127.0.0.1", NOBODY, camera="Front door")
    station = Station(PacedCamera(fps=20), link, tmp_path / "images")
    station.start()
    try:
        answer = create_app(station).test_client().post("/correction", json=NOT_ADA)
    finally:
        station.stop()
    assert answer.status_code == 503
    assert "cannot be reached" in answer.get_json()["error"]
