"""The page behind the real nginx, with the examples of docs/reverse-proxy.md."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from lookout.edge.link import LinkSettings
from lookout.edge.pages import create_app
from lookout.edge.settings import read_settings
from lookout.edge.station import Station
from lookout.edge.web_server import WebServer
from tests.support.edge_fakes import PacedCamera, portrait_jpeg

ROOT = Path(__file__).resolve().parents[2]
NGINX = shutil.which("nginx") or ("/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else None)
NOBODY = 1

pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx: apt-get install nginx-light")

CONFIGURATION = """
daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; {locations} }}
}}
"""


def example(number: int) -> str:
    """The nginx block of this number, from 0, in the documentation."""
    text = (ROOT / "docs" / "reverse-proxy.md").read_text(encoding="utf-8")
    return str(re.findall(r"```nginx\n(.*?)```", text, re.DOTALL)[number])


def free_port() -> int:
    with socket.socket() as finder:
        finder.bind(("127.0.0.1", 0))
        return int(finder.getsockname()[1])


class Proxied:
    """The page of a paced camera behind nginx with these locations, started with these options."""

    def __init__(self, folder: Path, locations: str, *options: str) -> None:
        settings = read_settings(options, {})
        link = LinkSettings("127.0.0.1", NOBODY)
        self._station = Station(PacedCamera(fps=20), link, folder / "images")
        app = create_app(self._station, settings.allowed_hosts, settings.access)
        self._web = WebServer(app, "127.0.0.1", 0, 4)
        self._thread = threading.Thread(target=self._web.run)
        self.port = free_port()
        configuration = folder / "nginx.conf"
        locations = locations.replace("127.0.0.1:8001", f"127.0.0.1:{self._web.port}")
        configuration.write_text(
            CONFIGURATION.format(folder=folder, port=self.port, locations=locations),
            encoding="utf-8",
        )
        self._command = [NGINX or "", "-e", str(folder / "error.log"), "-c", str(configuration)]

    def __enter__(self) -> Proxied:
        self._station.start()
        assert self._station.view.pictures.wait(0, 5.0)
        self._thread.start()
        self._nginx = subprocess.Popen(self._command)
        end = time.monotonic() + 10.0
        while not self._listens():
            assert time.monotonic() < end, "nginx does not listen"
            threading.Event().wait(0.02)
        return self

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def __exit__(self, *_: object) -> None:
        self._nginx.terminate()
        self._nginx.wait(10.0)
        self._web.stop()
        self._thread.join(10.0)
        self._station.stop()

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


def test_the_page_at_the_root_of_a_proxy_works(tmp_path: Path) -> None:
    with Proxied(tmp_path, example(0)) as site:
        site.browse("/", "")


def test_the_page_under_a_path_that_the_proxy_takes_off_works(tmp_path: Path) -> None:
    with Proxied(tmp_path, example(1)) as site:
        site.browse("/lookout/", "/lookout")
        site.browse("/lookout", "/lookout")


def test_the_page_under_a_path_that_the_proxy_passes_on_works(tmp_path: Path) -> None:
    with Proxied(tmp_path, example(2), "--base-path", "/lookout") as site:
        site.browse("/lookout/", "/lookout")


def test_the_page_under_a_forwarded_prefix_works(tmp_path: Path) -> None:
    with Proxied(tmp_path, example(3), "--trusted-proxy", "127.0.0.1") as site:
        site.browse("/lookout/", "/lookout")


def test_a_proxy_that_replaces_the_host_gets_a_message_that_names_the_setting(
    tmp_path: Path,
) -> None:
    bare = "location /lookout/ { proxy_pass http://127.0.0.1:8001/; }"
    with Proxied(tmp_path, bare) as site:
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
