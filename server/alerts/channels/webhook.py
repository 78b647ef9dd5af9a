"""Webhooks: JSON, or what a template makes, signed with HMAC-SHA256.

The headers `Lookout-Timestamp` and `Lookout-Signature` let the other side check who sent it and
that it is no old message: the signature is HMAC-SHA256 of the timestamp, a point and the body, in
hex after `sha256=`. `Idempotency-Key` stays the same over all attempts. No redirect is followed,
because one would take the message somewhere that nobody has chosen.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import ssl
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from lookout.server.alerts.channels.channel import CONNECT_S, READ_S, one_line
from lookout.server.alerts.delivery.message import AlertMessage
from lookout.server.alerts.documents.channel import WebhookSettings
from lookout.server.alerts.errors import ChannelRefused, NotDelivered
from lookout.server.alerts.templates import filled

MOST_READ = 4096
RETRY_AFTER_MOST_S = 3600.0
_TRY_AGAIN = frozenset({408, 425, 429})


class Webhook:
    """`channels.channel.OpenChannel`."""

    def __init__(
        self,
        settings: WebhookSettings,
        clock: Callable[[], float] = time.time,
        *,
        connect_s: float = CONNECT_S,
        read_s: float = READ_S,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """tls: by what the other side's certificate is checked; None: by the system's."""
        self._settings = settings
        self._clock = clock
        self._connect_s, self._read_s = connect_s, read_s
        self._tls = tls
        self._url = urlsplit(settings.url)

    def send(self, message: AlertMessage) -> str:
        body = self._body(message)
        connection = self._connection()
        target = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
        try:
            connection.connect()
            connection.sock.settimeout(self._read_s)
            connection.request("POST", target, body, dict(self._headers(message, body)))
            response = connection.getresponse()
            text = response.read(MOST_READ).decode("utf-8", "replace")
        except TimeoutError as error:
            raise NotDelivered(
                f"{self._url.netloc} did not answer within {self._read_s:g} s"
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise NotDelivered(f"{self._url.netloc} cannot be reached: {error}") from error
        finally:
            connection.close()
        answer = one_line(f"{response.status} {response.reason} {text}")
        if 200 <= response.status < 300:
            return answer
        words = f"{self._url.netloc} answered {answer}"
        if response.status >= 500 or response.status in _TRY_AGAIN:
            raise NotDelivered(words, self._retry_after_s(response.headers.get("Retry-After")))
        raise ChannelRefused(words)

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == "https":
            context = self._tls or ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=self._connect_s, context=context)
        return http.client.HTTPConnection(host, port, timeout=self._connect_s)

    def _body(self, message: AlertMessage) -> bytes:
        template = self._settings.template
        if template is None:
            data = dict(message.data)
            if message.jpeg is not None:
                data["picture"] = base64.b64encode(message.jpeg).decode()
            return json.dumps(data).encode()
        fields: Mapping[str, str] = message.fields
        if "json" in self._settings.content_type:
            fields = {name: json.dumps(value)[1:-1] for name, value in fields.items()}
        return filled(template, fields).encode("utf-8", "replace")

    def _headers(self, message: AlertMessage, body: bytes) -> Mapping[str, str]:
        stamp = str(int(self._clock()))
        headers = {
            **self._settings.headers,
            "Content-Type": self._settings.content_type,
            "User-Agent": "Lookout",
            "Idempotency-Key": message.id,
            "Lookout-Timestamp": stamp,
        }
        secret = self._settings.secret.get_secret_value()
        if secret:
            headers["Lookout-Signature"] = signature(secret, stamp, body)
        return headers

    def _retry_after_s(self, header: str | None) -> float | None:
        """Seconds, from either form of Retry-After."""
        if header is None:
            return None
        try:
            seconds = float(header)
        except ValueError:
            try:
                seconds = parsedate_to_datetime(header).timestamp() - self._clock()
            except ValueError:
                return None
        return min(RETRY_AFTER_MOST_S, max(0.0, seconds)) if seconds == seconds else None


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`sha256=…`, as the other side has to work it out."""
    mac = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={mac.hexdigest()}"
