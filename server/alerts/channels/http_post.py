"""One POST to somewhere outside: bounded, without redirects, with what the other side answered."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult

from lookout.server.alerts.channels.channel import CONNECT_S, READ_S, one_line
from lookout.server.alerts.errors import ChannelRefused, NotDelivered

MOST_READ = 4096
RETRY_AFTER_MOST_S = 3600.0
_TRY_AGAIN = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """words: status and text in one line. retry_after_s: what the other side asked for."""

    status: int
    words: str
    retry_after_s: float | None

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300

    def error(self, host: str) -> NotDelivered:
        """The error where it was not taken."""
        words = f"{host} answered {self.words}"
        if self.status >= 500 or self.status in _TRY_AGAIN:
            return NotDelivered(words, self.retry_after_s)
        return ChannelRefused(words)


@dataclass(frozen=True, slots=True)
class HttpPost:
    """How it is sent. tls: by what the other side's certificate is checked; None: by the
    system's."""

    clock: Callable[[], float]
    connect_s: float = CONNECT_S
    read_s: float = READ_S
    tls: ssl.SSLContext | None = None

    def __call__(self, url: SplitResult, body: bytes, headers: Mapping[str, str]) -> HttpAnswer:
        """Raises NotDelivered where nobody answers."""
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        connection = self._connection(url)
        try:
            connection.connect()
            connection.sock.settimeout(self.read_s)
            connection.request("POST", target, body, dict(headers))
            response = connection.getresponse()
            text = response.read(MOST_READ).decode("utf-8", "replace")
        except TimeoutError as error:
            raise NotDelivered(f"{url.netloc} did not answer within {self.read_s:g} s") from error
        except (OSError, http.client.HTTPException) as error:
            raise NotDelivered(f"{url.netloc} cannot be reached: {error}") from error
        finally:
            connection.close()
        words = one_line(f"{response.status} {response.reason} {text}")
        asked_s = self._retry_after_s(response.headers.get("Retry-After"))
        return HttpAnswer(response.status, words, asked_s)

    def _connection(self, url: SplitResult) -> http.client.HTTPConnection:
        host, port = url.hostname or "", url.port
        if url.scheme == "https":
            context = self.tls or ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=self.connect_s, context=context)
        return http.client.HTTPConnection(host, port, timeout=self.connect_s)

    def _retry_after_s(self, header: str | None) -> float | None:
        """Seconds, from either form of Retry-After."""
        if header is None:
            return None
        try:
            seconds = float(header)
        except ValueError:
            try:
                seconds = parsedate_to_datetime(header).timestamp() - self.clock()
            except ValueError:
                return None
        return min(RETRY_AFTER_MOST_S, max(0.0, seconds)) if seconds == seconds else None
