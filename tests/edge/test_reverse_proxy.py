"""The page behind the real nginx and Caddy, with the examples of docs/reverse-proxy.md, and behind
a stand-in for Home Assistant's ingress."""

from __future__ import annotations

import base64
import http.client
import json
import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from lookout.edge.link import LinkSettings
from lookout.edge.page_password import FREE_ATTEMPTS
from lookout.edge.pages import create_app
from lookout.edge.settings import read_settings
from lookout.edge.station import Station
from lookout.edge.web_server import WebServer
from tests.support.edge_fakes import PacedCamera, portrait_jpeg
from tests.support.ingress import HOME_ASSISTANT, PREFIX, Ingress
from tests.support.proxies import Start, caddy, example, needs_caddy, needs_nginx, nginx

NOBODY = 1


@contextmanager
def ingress(page: int) -> Iterator[int]:
    with Ingress(page) as proxy:
        yield proxy.port


class Proxied:
    """The page of a paced camera, started with these options, behind a proxy."""

    def __init__(self, folder: Path, start: Start, *options: str) -> None:
        settings = read_settings(options, {})
        link = LinkSettings("127.0.0.1", NOBODY)
        self._station = Station(PacedCamera(fps=20), link, folder / "images")
        app = create_app(self._station, settings.allowed_hosts, settings.access)
        self._web = WebServer(app, "127.0.0.1", 0, 4)
        self._thread = threading.Thread(target=self._web.run)
        self._start = start
        self._ends = ExitStack()
        self.port = 0

    def __enter__(self) -> Proxied:
        self._station.start()
        self._ends.callback(self._station.stop)
        assert self._station.view.pictures.wait(0, 5.0)
        self._thread.start()
        self._ends.callback(self._thread.join, 10.0)
        self._ends.callback(self._web.stop)
        self.port = self._ends.enter_context(self._start(self._web.port))
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        content = answer.read(65536 if path.endswith("video_feed") else None)
        answer.close()
        connection.close()
        return answer, content

    def browse(self, path: str, prefix: str) -> None:
        """The requests of a browser: the page, all that it names, the stream, and the button."""
        here = f"http://127.0.0.1:{self.port}{path}"
        answer, _ = self.ask(path)
        while answer.status in (301, 302, 308):
            here = urljoin(here, answer.headers["location"])
            answer, page = self.ask(urlsplit(here).path)
        assert (answer.status, urlsplit(here).path) == (200, f"{prefix}/video_feed_page")
        links = re.findall(r'(?:src|href|data-src)="([^"]+)"', page.decode())
        for link in {*links, "status", "snapshot.jpg"}:
            answer, content = self.ask(urlsplit(urljoin(here, link)).path)
            assert answer.status == 200, link
            if link == "video_feed":
                assert portrait_jpeg()[:1000] in content
        origin = f"http://127.0.0.1:{self.port}"
        body = json.dumps({"name": "Ada"}).encode()
        target = urlsplit(urljoin(here, "capture")).path
        answer, content = self.ask(
            target, "POST", body, Origin=origin, Content_Type="application/json"
        )
        assert answer.status == 200, content


@needs_nginx
def test_the_page_at_the_root_of_a_proxy_works(tmp_path: Path) -> None:
    with Proxied(tmp_path, nginx(tmp_path, example(0))) as site:
        site.browse("/", "")


@needs_nginx
def test_the_page_under_a_path_that_the_proxy_takes_off_works(tmp_path: Path) -> None:
    with Proxied(tmp_path, nginx(tmp_path, example(1))) as site:
        site.browse("/lookout/", "/lookout")
        site.browse("/lookout", "/lookout")


@needs_nginx
def test_the_page_under_a_path_that_the_proxy_passes_on_works(tmp_path: Path) -> None:
    with Proxied(tmp_path, nginx(tmp_path, example(2)), "--base-path", "/lookout") as site:
        site.browse("/lookout/", "/lookout")


@needs_nginx
def test_the_page_under_a_forwarded_prefix_works(tmp_path: Path) -> None:
    with Proxied(tmp_path, nginx(tmp_path, example(3)), "--trusted-proxy", "127.0.0.1") as site:
        site.browse("/lookout/", "/lookout")


@needs_nginx
def test_a_proxy_that_replaces_the_host_gets_a_message_that_names_the_setting(
    tmp_path: Path,
) -> None:
    bare = "location /lookout/ { proxy_pass http://127.0.0.1:8001/; }"
    with Proxied(tmp_path, nginx(tmp_path, bare)) as site:
        answer, content = site.ask(
            "/lookout/capture",
            "POST",
            b'{"name": "Ada"}',
            Origin="http://pi:8080",
            Content_Type="application/json",
        )
        assert answer.status == 403
        assert b"proxy_set_header Host $http_host;" in content
        assert b"--allow-host" in content
        answer, _ = site.ask("/lookout/status")
        assert answer.status == 200


@needs_caddy
def test_the_page_behind_caddy_works(tmp_path: Path) -> None:
    with Proxied(tmp_path, caddy(tmp_path, example(0, "caddy"))) as site:
        site.browse("/lookout/", "/lookout")
        site.browse("/lookout", "/lookout")


@needs_caddy
def test_the_page_behind_caddy_that_passes_its_path_on_works(tmp_path: Path) -> None:
    start = caddy(tmp_path, example(1, "caddy"))
    with Proxied(tmp_path, start, "--base-path", "/lookout") as site:
        site.browse("/lookout/", "/lookout")


@pytest.mark.parametrize("options", [(), ("--trusted-proxy", "127.0.0.1")])
def test_the_page_behind_the_ingress_of_home_assistant_works(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    with Proxied(tmp_path, ingress, *options) as site:
        site.browse(f"{PREFIX}/", PREFIX)


def test_behind_the_two_proxies_of_ingress_wrong_passwords_are_counted_by_visitor(
    tmp_path: Path,
) -> None:
    password = tmp_path / "password"
    password.write_text("right", encoding="utf-8")
    options = ("--page-password-file", str(password), "--trusted-proxy", "127.0.0.1")
    wrong = "Basic " + base64.b64encode(b"x:wrong").decode()
    right = "Basic " + base64.b64encode(b"x:right").decode()
    path = f"{PREFIX}/status"
    with Proxied(tmp_path, ingress, *options, "--trusted-proxy", f"{HOME_ASSISTANT}/23") as site:
        statuses = [
            site.ask(path, Authorization=wrong, X_Test_Client="192.168.1.66")[0].status
            for _ in range(FREE_ATTEMPTS + 2)
        ]
        assert statuses[-1] == 429
        answer, _ = site.ask(path, Authorization=right, X_Test_Client="192.168.1.20")
        assert answer.status == 200
