"""Photographs from URLs: from a real server, within limits, and from nowhere inside."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from lookout.server.registry.fetch import FetchFailed, FetchRules, fetch, is_public
from tests.support.fair_clock import FairClock

ALLOWED = FetchRules(timeout_s=60.0, max_bytes=1000, allow_private=True)


class Photos(BaseHTTPRequestHandler):
    """A small site with everything that goes wrong on large ones."""

    hosts: list[str]

    def do_GET(self) -> None:
        self.hosts.append(self.headers["Host"])
        match self.path.partition("?")[0]:
            case "/photo.jpg":
                self._send(200, b"a picture")
            case "/moved":
                self._send(302, b"", {"Location": "/photo.jpg"})
            case "/inside":
                self._send(302, b"", {"Location": "http://169.254.169.254/latest/meta-data/"})
            case "/file":
                self._send(302, b"", {"Location": "file:///etc/passwd"})
            case "/loop":
                self._send(302, b"", {"Location": "/loop"})
            case "/large":
                self._send(200, b"x" * 1001)
            case "/short":
                self._send(200, b"x" * 10, {"Content-Length": "20"})
            case "/endless":
                self.send_response(200)
                self.end_headers()
                while True:
                    self.wfile.write(b"x" * 100)
            case _:
                self._send(404, b"no")

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # the endless body is cut off
            super().handle()


@contextlib.contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[ThreadingHTTPServer]:
    Photos.hosts = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Photos) as server:
        if tls is not None:
            # the handshake belongs into the thread of the connection, not into that which accepts
            server.socket = tls.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


@pytest.fixture
def site() -> Iterator[ThreadingHTTPServer]:
    with serving() as server:
        yield server


@pytest.fixture
def secure_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    """The site over TLS as photos.example, by an authority that this process trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("photos.example").configure_cert(context)
    with serving(context) as server:
        yield server


def url(site: ThreadingHTTPServer, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
    return f"{scheme}://{host}:{site.server_port}{path}"


def test_a_photograph_is_fetched_also_behind_a_redirect(site: ThreadingHTTPServer) -> None:
    assert fetch(url(site, "/photo.jpg?size=full"), ALLOWED) == b"a picture"
    assert fetch(url(site, "/moved"), ALLOWED) == b"a picture"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/gone", "answered 404"),
        ("/large", "it is over 0 MiB"),
        ("/endless", "it is over 0 MiB"),
        ("/short", "took too long, or broke off"),
        ("/loop", "redirected more than 5 times"),
        ("/file", "only http and https"),
    ],
)
def test_what_is_not_to_be_had_is_said(site: ThreadingHTTPServer, path: str, words: str) -> None:
    with pytest.raises(FetchFailed, match=words):
        fetch(url(site, path), ALLOWED)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"],  # noqa: S104
)
def test_this_machine_is_not_asked(site: ThreadingHTTPServer, host: str) -> None:
    with pytest.raises(FetchFailed, match=r"--allow-private|is not known"):
        fetch(url(site, "/photo.jpg", host), FetchRules())
    assert Photos.hosts == []


def resolver(*answers: Sequence[str]) -> tuple[Callable[[str, int], Sequence[str]], list[str]]:
    asked: list[str] = []

    def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    return resolve, asked


def test_the_connection_goes_to_the_address_that_was_checked(site: ThreadingHTTPServer) -> None:
    # a name that would resolve to another address the second time is asked for once
    resolve, asked = resolver(["127.0.0.1"], ["203.0.113.9"])
    where = url(site, "/photo.jpg", "photos.example")
    assert fetch(where, ALLOWED, resolve) == b"a picture"
    assert asked == ["photos.example"]
    assert Photos.hosts == [f"photos.example:{site.server_port}"]


def test_a_photograph_is_fetched_over_tls_if_the_certificate_is_the_hosts(
    secure_site: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve, _ = resolver(["127.0.0.1"])

    def fetched(host: str, rules: FetchRules = ALLOWED) -> bytes:
        return fetch(url(secure_site, "/photo.jpg", host, "https"), rules, resolve)

    assert fetched("photos.example") == b"a picture"
    assert Photos.hosts == [f"photos.example:{secure_site.server_port}"]
    with pytest.raises(FetchFailed, match=r"the certificate of other\.example is not trusted"):
        fetched("other.example")
    with pytest.raises(FetchFailed, match="address of this machine or network"):
        fetched("photos.example", FetchRules())
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(FetchFailed, match=r"the certificate of photos\.example is not trusted"):
        fetched("photos.example")
    assert len(Photos.hosts) == 1


def test_a_name_that_points_inside_is_refused(site: ThreadingHTTPServer) -> None:
    resolve, _ = resolver(["127.0.0.1", "10.0.0.1", "fd00::1"])
    with pytest.raises(FetchFailed, match="address of this machine or network"):
        fetch(url(site, "/photo.jpg", "photos.example"), FetchRules(), resolve)


def test_a_redirect_is_checked_like_the_first_address(
    site: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # only the site counts as outside: what it redirects to is judged as it is
    def public(address: str) -> bool:
        return address == "127.0.0.1" or is_public(address)

    monkeypatch.setattr("lookout.server.registry.fetch.is_public", public)
    with pytest.raises(FetchFailed, match=r"'169\.254\.169\.254' is an address of this machine"):
        fetch(url(site, "/inside"), FetchRules())
    assert len(Photos.hosts) == 1


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("127.9.9.9", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::808:808", True),
        ("2002:7f00:1::", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) == public


@pytest.mark.parametrize(
    "bad",
    [
        "ftp://x.example/a.jpg",
        "file:///etc/passwd",
        "http:///a.jpg",
        "http://[::1",
        "http://x.example:99999/",
        "http://user:word@x.example/",
        "http://x.example/a b.jpg",
        "http://x.example/\r\nX-Evil: 1",
        "http://x.example/é",
    ],
)
def test_what_is_no_plain_url_is_refused(bad: str) -> None:
    with pytest.raises(FetchFailed):
        fetch(bad, ALLOWED)


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nX-A: ", b"HTTP/1.0 200 OK\r\n\r\n"])
def test_a_server_that_drips_is_left_at_the_deadline(sent: bytes) -> None:
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def drip() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.sendall(sent)
                while not done.wait(0.05):
                    try:
                        peer.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        rules = FetchRules(timeout_s=0.5, max_bytes=10_000, allow_private=True)
        with FairClock() as clock, pytest.raises(FetchFailed):
            fetch(f"http://127.0.0.1:{listener.getsockname()[1]}/", rules)
        done.set()
        thread.join(10)
    assert clock() < 5.0
