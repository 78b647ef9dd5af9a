"""Fetches a photograph from a URL that somebody else wrote, and from nowhere it must not go.

A URL in a table may point at this machine, at the router, or at a cloud's metadata service. So
the name is resolved here, the address is checked, and the connection goes to that very address: a
name that resolves differently a moment later (DNS rebinding) gains nothing. Redirects start over.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from lookout.faces.photo.limits import MAX_BYTES
from lookout.server.storage.errors import StorageError

MAX_REDIRECTS = 5
_CHUNK = 64 * 1024

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host name. May raise OSError."""


class FetchFailed(StorageError):
    """A photograph could not be fetched; the text says why."""


@dataclass(frozen=True, slots=True)
class FetchRules:
    """Limits on what is fetched. timeout_s is for everything: redirects, headers, body."""

    timeout_s: float = 15.0
    max_bytes: int = MAX_BYTES
    allow_private: bool = False


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses that this machine's resolver knows of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether an address is on the public internet, also if it is IPv4 written inside IPv6."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None or ip.is_site_local:
            return inner is not None and is_public(str(inner))
    return ip.is_global and not ip.is_multicast


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def fetch(url: str, rules: FetchRules, resolve: Resolve = resolve) -> bytes:
    """The body behind an http or https URL. Raises FetchFailed."""
    deadline_s = time.monotonic() + rules.timeout_s
    for _ in range(MAX_REDIRECTS + 1):
        answer = _fetch_once(url, rules, resolve, deadline_s)
        if isinstance(answer, bytes):
            return answer
        url = urljoin(url, answer.location)
    raise FetchFailed(f"it was redirected more than {MAX_REDIRECTS} times")


@dataclass(frozen=True, slots=True)
class _Redirect:
    location: str


def _fetch_once(
    url: str, rules: FetchRules, resolve: Resolve, deadline_s: float
) -> bytes | _Redirect:
    parts, host, port = _checked_url(url)
    address = _address(host, port, rules, resolve)
    with _translated(host), contextlib.ExitStack() as closing:
        made = _PinnedTls if parts.scheme == "https" else _Pinned
        connection = made(host, port, address, _left_s(deadline_s))
        closing.callback(connection.close)
        # a server that sends a byte now and then never meets the socket's own timeout
        watchdog = threading.Timer(_left_s(deadline_s), connection.cut)
        watchdog.daemon = True
        watchdog.start()
        closing.callback(watchdog.cancel)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={"Accept": "image/*", "User-Agent": "lookout"})
        response = closing.enter_context(connection.getresponse())
        location = response.getheader("Location")
        if response.status in (301, 302, 303, 307, 308) and location:
            return _Redirect(location)
        if response.status != http.HTTPStatus.OK:
            raise FetchFailed(f"{host} answered {response.status} {response.reason}"[:200])
        return _body(response, rules, deadline_s)


def _body(response: http.client.HTTPResponse, rules: FetchRules, deadline_s: float) -> bytes:
    body = bytearray()
    while chunk := response.read(_CHUNK):
        body += chunk
        if len(body) > rules.max_bytes:
            raise FetchFailed(f"it is over {rules.max_bytes >> 20} MiB")
        _left_s(deadline_s)
    _left_s(deadline_s)
    if response.length:
        raise TimeoutError  # the server broke off
    return bytes(body)


def _checked_url(url: str) -> tuple[SplitResult, str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise FetchFailed(f"this is not a URL: {url!r:.100}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise FetchFailed(f"only http and https are fetched, not {url!r:.100}")
    if parts.username or parts.password:
        raise FetchFailed("the URL holds a password: it would be kept and sent in the clear")
    if not url.isascii() or any(character <= " " for character in url):
        raise FetchFailed(f"the URL has characters that need percent-encoding: {url!r:.100}")
    return parts, host, port or (443 if parts.scheme == "https" else 80)


def _address(host: str, port: int, rules: FetchRules, resolve: Resolve) -> str:
    try:
        addresses = resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise FetchFailed(f"the host {host!r:.100} is not known: {error}") from error
    allowed = [address for address in addresses if rules.allow_private or is_public(address)]
    if not allowed:
        raise FetchFailed(
            f"{host!r:.100} is an address of this machine or network; photographs are fetched from "
            "there only with --allow-private"
        )
    return allowed[0]


class _Pinned(http.client.HTTPConnection):
    """Connects to the checked address; the host's name goes into the request."""

    def __init__(self, host: str, port: int, address: str, timeout_s: float) -> None:
        super().__init__(host, port, timeout=timeout_s)
        self._address = address
        # http.client forgets `sock` while it still reads a body that ends with the connection
        self._cuttable: socket.socket | None = None

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        self._cuttable = self.sock

    def cut(self) -> None:
        """Wake the thread that waits for the server; from any thread."""
        if self._cuttable is not None:
            with contextlib.suppress(OSError):
                self._cuttable.shutdown(socket.SHUT_RDWR)


class _PinnedTls(_Pinned):
    """Likewise, and the certificate must be the host's."""

    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        super().connect()
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(
            self.sock, server_hostname=self.host, do_handshake_on_connect=False
        )
        self._cuttable = self.sock
        self.sock.do_handshake()  # apart, so that `cut` knows the socket meanwhile


def _left_s(deadline_s: float) -> float:
    left_s = deadline_s - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s


@contextlib.contextmanager
def _translated(host: str) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise FetchFailed(f"{host} took too long, or broke off") from error
    except ssl.SSLError as error:
        raise FetchFailed(f"the certificate of {host} is not trusted: {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        cause = str(error) or type(error).__name__
        raise FetchFailed(f"{host} cannot be reached: {cause}"[:200]) from error
