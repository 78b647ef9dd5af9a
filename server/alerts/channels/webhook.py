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
import json
import ssl
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from lookout.server.alerts.channels.channel import CONNECT_S, READ_S
from lookout.server.alerts.channels.http_post import HttpPost
from lookout.server.alerts.delivery.message import AlertMessage
from lookout.server.alerts.documents.channel import WebhookSettings
from lookout.server.alerts.templates import filled


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
        self._post = HttpPost(clock, connect_s, read_s, tls)
        self._url = urlsplit(settings.url)

    def send(self, message: AlertMessage) -> str:
        body = self._body(message)
        answer = self._post(self._url, body, self._headers(message, body))
        if not answer.taken:
            raise answer.error(self._url.netloc)
        return answer.words

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


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """`sha256=…`, as the other side has to work it out."""
    mac = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={mac.hexdigest()}"
