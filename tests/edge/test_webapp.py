"""The routes, through Flask's test client, on a station with a camera and without a server."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient

from lookout.edge import settings
from lookout.edge.cli import main
from lookout.edge.guards import HEADERS, is_home_name
from lookout.edge.link import LinkSettings
from lookout.edge.pages import create_app
from lookout.edge.station import Station
from tests.support.edge_fakes import PacedCamera, number_of, portrait_jpeg
from tests.support.paths import ROOT

NOBODY = 1  # a port that only root could listen on


@pytest.fixture
def images(tmp_path: Path) -> Path:
    return tmp_path / "images"


@pytest.fixture
def station(images: Path) -> Iterator[Station]:
    link = LinkSettings("127.0.0.1", NOBODY, camera="Front <door>")
    station = Station(PacedCamera(fps=50), link, images, most_viewers=2)
    station.start()
    assert station.view.pictures.wait(0, 5.0), "the camera gave no picture"
    yield station
    station.stop()


@pytest.fixture
def client(station: Station) -> FlaskClient:
    return create_app(station).test_client()


def test_the_root_leads_to_the_page(client: FlaskClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 302
    assert urljoin("http://pi:8001/", answer.location) == "http://pi:8001/video_feed_page"


def test_the_page_needs_nothing_from_elsewhere_and_no_inline_script(client: FlaskClient) -> None:
    page = client.get("/video_feed_page").get_data(as_text=True)
    assert "Front &lt;door&gt;" in page
    assert not re.findall(r"https?://", page)
    assert not re.findall(r"<script(?![^>]*src=)|\son\w+=|style=", page)
    for source in re.findall(r'(?:src|href)="([^"]+\.(?:js|css|svg))"', page):
        with client.get(source) as answer:
            assert answer.status_code == 200, source


def test_a_snapshot_is_the_newest_picture_and_is_not_kept_by_the_browser(
    client: FlaskClient,
) -> None:
    first, second = client.get("/snapshot.jpg"), client.get("/snapshot.jpg")
    assert first.data.startswith(portrait_jpeg())
    assert number_of(second.data) >= number_of(first.data)
    assert first.headers["Cache-Control"] == "no-store"


def test_the_status_says_that_the_camera_is_live_and_the_server_is_not(
    client: FlaskClient,
) -> None:
    status = client.get("/status").get_json()
    assert status["camera"]["ok"]
    assert status["server"]["online"] is False
    assert "server running" in status["server"]["words"]
    assert status["view"]["recognising"] is False
    assert status["faces"] == []
    assert status["photos"] == {"waiting": 0, "poor": 0, "words": ""}


def test_health_needs_a_camera_but_no_server(station: Station, client: FlaskClient) -> None:
    assert client.get("/healthz").status_code == 200
    station.stop()
    assert client.get("/healthz").status_code == 503


def test_a_capture_with_the_server_down_saves_the_plain_picture(
    client: FlaskClient, images: Path
) -> None:
    answer = client.post("/capture", json={"name": "Zoë K"})
    assert answer.status_code == 200
    said = answer.get_json()
    assert said["outcome"] == "unchecked"
    assert (images / said["path"]).read_bytes().startswith(portrait_jpeg())
    assert said["path"].startswith("Zoë K/")


@pytest.mark.parametrize("name", ["", "../up", "a" * 65, None, 7, ["Ann"]])
def test_an_impossible_name_is_refused_with_a_message(
    client: FlaskClient, images: Path, name: object
) -> None:
    answer = client.post("/capture", json={"name": name})
    assert answer.status_code in (400, 422)
    assert answer.get_json()["error"]
    assert not images.exists()


def test_a_photograph_that_cannot_be_written_is_refused_with_a_message(
    client: FlaskClient, images: Path
) -> None:
    images.write_text("a file where the folder should be", encoding="utf-8")
    answer = client.post("/capture", json={"name": "Ann"})
    assert answer.status_code == 507
    assert "could not be saved" in answer.get_json()["error"]


def test_a_shot_that_is_no_longer_held_is_said_to_be_gone(client: FlaskClient) -> None:
    answer = client.post("/capture/never-was/keep", json={})
    assert (answer.status_code, "new one" in answer.get_json()["error"]) == (410, True)


def test_an_over_long_request_is_refused(client: FlaskClient) -> None:
    assert client.post("/capture", json={"name": "a" * 5000}).status_code == 413


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": "application/x-www-form-urlencoded"}, "name=Ann"),
        ({"Content-Type": "text/plain"}, '{"name": "Ann"}'),
        ({"Content-Type": "application/json", "Origin": "http://evil.example"}, '{"name": "A"}'),
        ({"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"}, '{"name": "A"}'),
        ({"Content-Type": "application/json", "Origin": "null"}, '{"name": "A"}'),
    ],
)
def test_another_web_site_cannot_press_the_button(
    client: FlaskClient, images: Path, headers: dict[str, str], body: str
) -> None:
    assert client.post("/capture", headers=headers, data=body).status_code == 403
    assert not images.exists()


def test_our_own_page_can_press_it(client: FlaskClient) -> None:
    ours = {"Origin": "http://pi.local:8001", "Host": "pi.local:8001"}
    ours |= {"Sec-Fetch-Site": "same-origin"}
    assert client.post("/capture", headers=ours, json={"name": "Ann"}).status_code == 200


@pytest.mark.parametrize("path", ["/status", "/snapshot.jpg", "/video_feed_page", "/nowhere"])
def test_every_answer_wears_the_guards(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("host", "home"),
    [
        ("192.168.1.20:8001", True),
        ("[fe80::1]:8001", True),
        ("localhost", True),
        ("raspberrypi:8001", True),
        ("raspberrypi.local:8001", True),
        ("pi.fritz.box", True),
        ("pi.example.org", True),
        ("evil.example.com:8001", False),
        ("192.168.1.20.evil.com", False),
        ("local.evil.com", False),
        ("[::1", False),
        ("", False),
    ],
)
def test_only_names_that_nobody_outside_can_own_are_served(host: str, home: bool) -> None:
    assert is_home_name(host, {"pi.example.org"}) is home


def test_a_foreign_name_gets_no_picture_and_the_owner_a_hint(client: FlaskClient) -> None:
    answer = client.get("/snapshot.jpg", headers={"Host": "evil.example.com"})
    assert answer.status_code == 421
    assert "--allow-host evil.example.com" in answer.get_json()["error"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--serverIP", "300.1.1.1"], "not an address"),
        (["--serverIP", "http://gpu"], "--serverPort"),
        (["--port", "99999"], "not a port"),
        (["--camera", "77"], "no such device"),
        (["--camera", "nowhere.mp4"], "no such file"),
        (["--camera", "demo", "--host", "192.0.2.1"], "--host 0.0.0.0"),
        (["--camera", "demo", "--tls-ca", "nowhere.pem"], "copy the server's certificate"),
        (["--size", "big"], "640x480"),
    ],
)
def test_what_cannot_be_meant_ends_with_code_2_and_one_line_that_helps(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code: object = main(options)
    except SystemExit as exit_:
        code = exit_.code
    assert code == 2
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_the_script_runs_from_anywhere_and_its_help_teaches(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "edge" / "webapp.py"), "--help"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0
    assert "edge/webapp.py --serverIP 192.168.1.20" in run.stdout


def test_the_environment_fills_in_what_the_command_line_leaves_out(tmp_path: Path) -> None:
    environ = {"LOOKOUT_SERVER_IP": "10.0.0.5", "LOOKOUT_TOKEN": "from the environment"}
    read = settings.read_settings([], environ)
    assert (read.server_host, read.token) == ("10.0.0.5", "from the environment")
    secret = tmp_path / "token"
    secret.write_text("from a file\n")
    read = settings.read_settings(["--serverIP=gpu.local", "--token-file", str(secret)], environ)
    assert (read.server_host, read.token) == ("gpu.local", "from a file")
    assert "file" not in repr(read)
