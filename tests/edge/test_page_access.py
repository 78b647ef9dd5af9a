"""The page behind proxies and passwords, and in the frames of other sites."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient

from lookout.edge.cli import warn_of_open_doors
from lookout.edge.link import LinkSettings
from lookout.edge.page_access import PageAccess
from lookout.edge.page_password import FREE_ATTEMPTS, MOST_ADDRESSES, Attempts
from lookout.edge.pages import create_app
from lookout.edge.settings import EdgeSettings, read_settings
from lookout.edge.station import Station
from tests.support.edge_fakes import PacedCamera

NOBODY = 1
EVERYWHERE = "0.0.0.0"  # noqa: S104 - of settings only
HOME_ASSISTANT = "http://homeassistant.local:8123"
Site = Callable[..., FlaskClient]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The page with the access that these options give."""
    station = Station(PacedCamera(fps=50), LinkSettings("127.0.0.1", NOBODY), tmp_path / "images")
    station.start()
    assert station.view.pictures.wait(0, 5.0)

    def open_site(*options: str, **environ: str) -> FlaskClient:
        settings = read_settings(options, environ)
        return create_app(station, settings.allowed_hosts, settings.access).test_client()

    yield open_site
    station.stop()


def links(page: str) -> list[str]:
    return re.findall(r'(?:src|href|data-src|data-url)="([^"]+)"', page)


@pytest.mark.parametrize("prefix", ["", "/lookout", "/api/hassio_ingress/x3Fk_9"])
def test_a_proxy_that_takes_its_path_off_needs_no_option(site: Site, prefix: str) -> None:
    client = site()
    outside = f"http://home:8123{prefix}/"
    page = urljoin(outside, client.get("/").location)
    assert page == f"{outside}video_feed_page"
    found = links(client.get("/video_feed_page").get_data(as_text=True))
    assert len(found) > 5
    for link in found:
        assert urljoin(page, link).startswith(outside), link
    with client.get("/static/status.js") as script:
        assert b'fetch("status"' in script.data


@pytest.mark.parametrize("path", ["/lookout/", "/lookout", "/"])
def test_a_proxy_that_passes_its_path_on_needs_the_base_path(site: Site, path: str) -> None:
    client = site("--base-path", "/lookout/")
    assert client.get(path).location == "/lookout/video_feed_page"
    assert client.get("/lookout/status").status_code == 200
    assert client.get("/lookouts").status_code == 404


@pytest.mark.parametrize("header", ["X-Forwarded-Prefix", "X-Ingress-Path"])
def test_the_prefix_of_a_trusted_proxy_is_believed(site: Site, header: str) -> None:
    client = site("--trusted-proxy", "127.0.0.0/8")
    assert client.get("/", headers={header: "/cam"}).location == "/cam/video_feed_page"


@pytest.mark.parametrize(
    "prefix", ["//evil.example", "/\\evil", "http://evil", "/a/../..", "/a\r\nX: y", "/a?b", ""]
)
def test_a_prefix_that_leads_elsewhere_is_not(site: Site, prefix: str) -> None:
    client = site("--trusted-proxy", "127.0.0.1")
    with_header = {"X-Forwarded-Prefix": prefix.replace("\r\n", " ")}
    assert client.get("/", headers=with_header).location == "video_feed_page"


def test_forwarded_headers_of_strangers_are_ignored(site: Site) -> None:
    client = site("--trusted-proxy", "10.0.0.1")
    headers = {"X-Forwarded-Prefix": "/cam", "X-Forwarded-Host": "evil.example.com"}
    assert client.get("/", headers=headers).location == "video_feed_page"


def test_the_host_of_a_trusted_proxy_is_checked_as_any_other(site: Site) -> None:
    client = site("--trusted-proxy", "127.0.0.1")
    answer = client.get("/status", headers={"X-Forwarded-Host": "evil.example.com"})
    assert answer.status_code == 421


@pytest.mark.parametrize(
    ("options", "host", "headers", "allowed"),
    [
        ((), "127.0.0.1:8001", {"Origin": "http://pi:80"}, False),
        ((), "127.0.0.1:8001", {"Origin": "https://pi", "Sec-Fetch-Site": "same-origin"}, True),
        (("--allow-host", "pi"), "127.0.0.1:8001", {"Origin": "http://pi:8080"}, True),
        ((), "pi", {"Origin": "http://pi:8080"}, True),
        ((), "pi:8001", {"Origin": "http://pi:8080"}, False),
        (
            ("--trusted-proxy", "127.0.0.1"),
            "127.0.0.1:8001",
            {"Origin": "http://pi:8080", "X-Forwarded-Host": "pi:8080"},
            True,
        ),
        ((), "127.0.0.1:8001", {"Origin": "http://pi:8080", "X-Forwarded-Host": "pi:8080"}, False),
        ((), "pi", {"Origin": "http://evil.example"}, False),
    ],
)
def test_the_button_works_behind_a_proxy_that_tells_the_host(
    site: Site, options: tuple[str, ...], host: str, headers: dict[str, str], allowed: bool
) -> None:
    answer = site(*options).post("/capture", headers={"Host": host, **headers}, json={"name": "A"})
    assert answer.status_code == (200 if allowed else 403)
    if not allowed:
        assert "proxy_set_header Host" in answer.get_json()["error"]
        assert "--allow-host" in answer.get_json()["error"]


def test_only_allowed_sites_may_frame_the_page(site: Site) -> None:
    policy = "Content-Security-Policy"
    assert site().get("/video_feed_page").headers[policy].endswith("frame-ancestors 'self'")
    client = site("--allow-embedding", HOME_ASSISTANT)
    framed = client.get("/video_feed_page")
    assert framed.headers[policy].endswith(f"frame-ancestors 'self' {HOME_ASSISTANT}")
    assert framed.headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("referrer", "shown"),
    [(None, True), (f"{HOME_ASSISTANT}/lovelace", True), ("https://evil.example/", False)],
)
def test_the_picture_is_shown_by_allowed_sites(
    site: Site, referrer: str | None, shown: bool
) -> None:
    headers = {} if referrer is None else {"Referer": referrer}
    policy = "Cross-Origin-Resource-Policy"
    picture = site("--allow-embedding", HOME_ASSISTANT).get("/snapshot.jpg", headers=headers)
    assert picture.headers[policy] == ("cross-origin" if shown else "same-origin")
    assert site().get("/snapshot.jpg", headers=headers).headers[policy] == "same-origin"


PASSWORD = "Grün: 1 %"


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    "path", ["/", "/video_feed_page", "/video_feed", "/snapshot.jpg", "/status"]
)
def test_with_a_password_nothing_is_shown_without_it(site: Site, file: str, path: str) -> None:
    client = site("--page-password-file", file)
    refused = client.get(path)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Basic ")
    assert refused.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(path, auth=("anybody", PASSWORD)).status_code in (200, 302)


def test_health_is_open_and_says_nothing_of_the_picture(site: Site, file: str) -> None:
    assert site("--page-password-file", file).get("/healthz").status_code == 200


@pytest.mark.parametrize("wrong", ["", "Grün: 1", PASSWORD + "x", PASSWORD.upper()])
def test_a_wrong_password_captures_nothing(site: Site, file: str, wrong: str) -> None:
    client = site("--page-password-file", file)
    assert client.post("/capture", json={"name": "A"}, auth=("a", wrong)).status_code == 401


def test_the_environment_may_hold_the_password(site: Site) -> None:
    client = site(LOOKOUT_PAGE_PASSWORD=PASSWORD)
    assert client.get("/status").status_code == 401
    assert client.get("/status", auth=("a", PASSWORD)).status_code == 200


def test_visitors_may_watch_and_not_capture(site: Site, file: str) -> None:
    client = site("--page-password-file", file, "--watch-without-password")
    assert client.get("/video_feed_page").status_code == 200
    assert client.post("/capture", json={"name": "A"}).status_code == 401
    assert client.post("/correction", json={}).status_code == 401
    assert client.post("/capture", json={"name": "A"}, auth=("a", PASSWORD)).status_code == 200


def test_after_some_wrong_passwords_one_has_to_wait(site: Site, file: str) -> None:
    client = site("--page-password-file", file)
    codes = [client.get("/status", auth=("a", "b")).status_code for _ in range(FREE_ATTEMPTS + 2)]
    assert codes == [401] * FREE_ATTEMPTS + [429] * 2
    waiting = client.get("/status", auth=("a", PASSWORD))
    assert waiting.status_code == 429
    assert int(waiting.headers["Retry-After"]) >= 1


def test_the_wait_doubles_up_to_a_bound_and_ends() -> None:
    now = 0.0
    attempts = Attempts(lambda: now)
    for _ in range(FREE_ATTEMPTS):
        assert attempts.wait_s("10.0.0.7") == 0
        attempts.failed("10.0.0.7")
    assert attempts.wait_s("10.0.0.7") == 2.0
    attempts.failed("10.0.0.7")
    assert attempts.wait_s("10.0.0.7") == 4.0
    assert attempts.wait_s("10.0.0.8") == 0
    now = 4.0
    assert attempts.wait_s("10.0.0.7") == 0
    for _ in range(100):
        attempts.failed("10.0.0.7")
    assert attempts.wait_s("10.0.0.7") == 300.0
    attempts.succeeded("10.0.0.7")
    assert attempts.wait_s("10.0.0.7") == 0


def test_the_table_of_addresses_is_bounded() -> None:
    attempts = Attempts(lambda: 0.0)
    for number in range(MOST_ADDRESSES + 50):
        for _ in range(FREE_ATTEMPTS):
            attempts.failed(f"fe80::{number:x}")
    known = [n for n in range(MOST_ADDRESSES + 50) if attempts.wait_s(f"fe80::{n:x}") > 0]
    assert known == list(range(50, MOST_ADDRESSES + 50))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--base-path", "lookout"], "is not a path"),
        (["--base-path", "/a//b"], "is not a path"),
        (["--base-path", "/.."], "is not a path"),
        (["--trusted-proxy", "nginx"], "is not an address or network"),
        (["--allow-embedding", "homeassistant.local"], "is not an origin"),
        (["--allow-embedding", "http://a; script-src *"], "is not an origin"),
        (["--allow-embedding", "*"], "is not an origin"),
        (["--page-password-file", "nowhere"], "cannot be read"),
        (["--watch-without-password"], "needs a password"),
        (["--rotate", "45"], "invalid choice"),
        (["--flip", "sideways"], "invalid choice"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        read_settings(options, {})
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_an_empty_password_file_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        read_settings(["--page-password-file", str(tmp_path / "empty")], {})
    assert "is empty" in capsys.readouterr().err


def test_passwords_are_not_in_the_settings_as_text() -> None:
    assert "geheim" not in repr(EdgeSettings(access=PageAccess(password="geheim"), token="geheim"))


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": ' + b"[" * 1500 + b"]" * 1500 + b"}",
        b"[" * 2000,
        b'{"name": "\\ud800"}',
        b'{"name": NaN}',
        b"[]",
        b"\xff",
        b"",
    ],
)
@pytest.mark.parametrize("path", ["/capture", "/correction"])
def test_json_that_cannot_be_used_is_a_400(site: Site, path: str, body: bytes) -> None:
    answer = site().post(path, data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.get_json()["error"]


def test_a_page_without_a_password_says_so_loudly(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    warn_of_open_doors(EdgeSettings(host="127.0.0.1"))
    warn_of_open_doors(EdgeSettings(host=EVERYWHERE, access=PageAccess(password="x")))
    assert caplog.text == ""
    warn_of_open_doors(EdgeSettings(host=EVERYWHERE))
    assert "THE PAGE HAS NO PASSWORD" in caplog.text
    assert "--page-password-file" in caplog.text
