"""One GET to a network camera: login, redirects, TLS, timeouts; errors as CameraLost."""

from __future__ import annotations

import http.client
import socket
import ssl
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from lookout.edge.cameras.errors import CameraLost
from lookout.edge.cameras.http_login import Login
from lookout.wire.redaction import LOGIN_HINT

MAX_REDIRECTS = 5
MAX_LOGINS = 4
"""Requests for one picture: without a login, with one, with one in the other encoding, and one for
a nonce that has expired meanwhile."""

_KEPT = "%/:?#[]@!$&'()*+,;=~"  # as they are in a path and a query


class HttpCamera:
    """Asks one address, again and again. `abort` may be called from any thread."""

    def __init__(self, url: str, name: str, tls: ssl.SSLContext, timeout_s: float) -> None:
        self._url, user, password = split_login(url)
        self._login = None if user is None else Login(user, password or "")
        self._name = name
        self._tls = tls
        self._timeout_s = timeout_s
        self._connection: http.client.HTTPConnection | None = None
        self._socket: socket.socket | None = None

    @contextmanager
    def get(self) -> Iterator[http.client.HTTPResponse]:
        """The response, with status 200 and its body unread. Raises CameraLost, inside, too."""
        response: http.client.HTTPResponse | None = None
        try:
            response = self._answer()
            yield response
        except ssl.SSLCertVerificationError as error:
            raise CameraLost(
                f"{self._name} shows a certificate that is not accepted ({error.verify_message}): "
                "give --camera-ca FILE with that certificate, or --camera-insecure to accept any"
            ) from None
        except TimeoutError:
            raise CameraLost(f"{self._name} sent nothing for {self._timeout_s:.0f} s") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            # No cause: it may hold the address with the password.
            raise CameraLost(f"{self._name} cannot be reached: {_reason(error)}") from None
        finally:
            self._hang_up(response)

    def abort(self) -> None:
        """Ends a read that is under way."""
        open_socket = self._socket
        if open_socket is not None:
            with suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)

    def _answer(self) -> http.client.HTTPResponse:
        url = self._url
        for _ in range(MAX_REDIRECTS + 1):
            response = self._signed_in(url)
            if response.status == http.HTTPStatus.OK:
                return response
            self._hang_up(response)
            target = response.getheader("location")
            if response.status not in (301, 302, 303, 307, 308) or target is None:
                raise CameraLost(f"{self._name} answers {response.status} {response.reason}")
            url = urllib.parse.urljoin(url, target)
            if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
                raise CameraLost(f"{self._name} redirects to an address that is not http")
        raise CameraLost(f"{self._name} redirects in a circle")

    def _signed_in(self, url: str) -> http.client.HTTPResponse:
        """The answer to one address, after as many logins as it takes."""
        # Another machine, to which a redirect leads, is not given the password.
        login = self._login if _place(url) == _place(self._url) else None
        for attempt in range(MAX_LOGINS):
            response = self._request(url, login)
            if response.status != http.HTTPStatus.UNAUTHORIZED:
                return response
            self._hang_up(response)
            if login is None:
                raise CameraLost(
                    f"{self._name} answers 401 Unauthorized: put user:password@ before the host"
                )
            offers = response.headers.get_all("www-authenticate", [])
            if not login.take(offers, refused=attempt > 0):
                break
        raise CameraLost(
            f"{self._name} answers 401 Unauthorized: check the user:password@ before the host; "
            f"{LOGIN_HINT}"
        )

    def _hang_up(self, response: http.client.HTTPResponse | None) -> None:
        """Closes both: which of the two holds the socket depends on the answer."""
        self._socket = None
        if response is not None:
            response.close()
        if self._connection is not None:
            self._connection.close()

    def _request(self, url: str, login: Login | None) -> http.client.HTTPResponse:
        cut = urllib.parse.urlsplit(url)
        if cut.scheme == "https":
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                cut.hostname or "", cut.port, timeout=self._timeout_s, context=self._tls
            )
        else:
            connection = http.client.HTTPConnection(
                cut.hostname or "", cut.port, timeout=self._timeout_s
            )
        path = cut._replace(scheme="", netloc="", fragment="").geturl() or "/"
        target = urllib.parse.quote(path if path.startswith("/") else f"/{path}", _KEPT)
        headers: dict[str, str | bytes] = {"Accept": "*/*", "Connection": "close"}
        answer = None if login is None else login.header("GET", target)
        if answer is not None:
            headers["Authorization"] = answer
        self._connection = connection
        connection.connect()
        self._socket = connection.sock
        connection.request("GET", target, headers=headers)
        return connection.getresponse()


def split_login(url: str) -> tuple[str, str | None, str | None]:
    """The address without its login, and the user and password, decoded."""
    cut = urllib.parse.urlsplit(url)
    bare = cut._replace(netloc=cut.netloc.rpartition("@")[2], fragment="").geturl()
    user = None if cut.username is None else urllib.parse.unquote(cut.username)
    password = None if cut.password is None else urllib.parse.unquote(cut.password)
    return bare, user, password


def _place(url: str) -> tuple[str, str | None, int | None]:
    cut = urllib.parse.urlsplit(url)
    return cut.scheme, cut.hostname, cut.port


def _reason(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return f"its name is not known; check it, and that {LOGIN_HINT}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, http.client.BadStatusLine):
        return "it does not speak HTTP"
    return type(error).__name__
