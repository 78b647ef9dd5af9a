"""Web push: messages for browsers, encrypted for each (RFC 8291) and signed (VAPID, RFC 8292).

They go over the servers of the browser's maker, which see when a message goes to whom, and not what
it says. Encryption and signature are those of http-ece and py-vapid; the sending is ours, because
it must follow no redirect and must end.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, Protocol
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lookout.server.alerts.channels.channel import one_line
from lookout.server.alerts.channels.http_post import HttpPost
from lookout.server.alerts.delivery.message import AlertMessage
from lookout.server.alerts.documents.push import PushSubscription, WebPushSettings, unpadded
from lookout.server.alerts.errors import CannotOpen, NotDelivered

WORDS = (
    "Alerts on this device are sent over the servers of your browser's maker (Google, Mozilla, "
    "Apple or Microsoft). They are encrypted: the maker sees that a message comes and when, not "
    "what it says."
)
"""What somebody is told before they say yes."""
TTL_S = 12 * 3600
"""How long a push service keeps a message for a device that is off."""
EXPIRES_S = 12 * 3600
MOST_TEXT = 1200
MOST_REMEMBERED = 200
_GONE = frozenset({404, 410})
_URGENCY = {"critical": "high", "warning": "high", "info": "normal"}


class Browsers(Protocol):
    """Whom a channel tells (`alerts.subscriptions.Subscriptions`)."""

    def told(self, channel: str, camera: str) -> Sequence[PushSubscription]: ...

    def drop(self, name: str) -> None: ...

    def identity(self, make: Callable[[], str]) -> str: ...


def application_server_key(browsers: Browsers) -> str | None:
    """The public key that a page gives to its browser; None where the extra is missing."""
    try:
        key = _vapid().from_pem(browsers.identity(_fresh_pem).encode()).public_key
    except CannotOpen:
        return None
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


class WebPush:
    """`channels.channel.OpenChannel`."""

    def __init__(
        self,
        channel: str,
        settings: WebPushSettings,
        browsers: Browsers,
        clock: Callable[[], float] = time.time,
        post: HttpPost | None = None,
    ) -> None:
        """Raises CannotOpen where the extra is missing."""
        self._channel = channel
        self._settings = settings
        self._browsers = browsers
        self._clock = clock
        self._post = post or HttpPost(clock)
        self._ece = _ece()
        self._key = _vapid().from_pem(browsers.identity(_fresh_pem).encode())
        self._taken: OrderedDict[str, set[str]] = OrderedDict()

    def send(self, message: AlertMessage) -> str:
        taken = self._taken.setdefault(message.id, set())
        while len(self._taken) > MOST_REMEMBERED:
            self._taken.popitem(last=False)
        browsers = self._browsers.told(self._channel, message.fields["camera"])
        failed: list[NotDelivered] = []
        for one in browsers:
            if one.id not in taken:
                try:
                    self._send_to(one, message)
                except NotDelivered as error:
                    failed.append(error)
                    continue
                taken.add(one.id)
        if failed:
            asked = [error.retry_after_s for error in failed if error.retry_after_s is not None]
            again = [error for error in failed if type(error) is NotDelivered]
            words = f"{len(failed)} of {len(browsers)} browsers were not told: {failed[0]}"
            raise NotDelivered(words, max(asked, default=None)) if again else type(failed[0])(words)
        if not browsers:
            return "no browser is subscribed whose user may know of this"
        return f"{len(browsers)} of {len(browsers)} browsers"

    def _send_to(self, browser: PushSubscription, message: AlertMessage) -> None:
        """Raises NotDelivered."""
        subscription = browser.subscription
        url = urlsplit(subscription.endpoint)
        if not self._settings.may_send_to(subscription.endpoint):
            self._browsers.drop(browser.id)  # its service is not allowed any more
            return
        claims = {
            "sub": self._settings.subject,
            "aud": f"{url.scheme}://{url.netloc}",
            "exp": int(self._clock()) + EXPIRES_S,
        }
        headers = {
            **self._key.sign(claims),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(TTL_S),
            "Urgency": _URGENCY.get(message.severity, "normal"),
            "Topic": hashlib.sha256(message.tag.encode()).hexdigest()[:32],
        }
        answer = self._post(url, self._encrypted(browser, message), headers)
        if answer.status in _GONE:
            self._browsers.drop(browser.id)
        elif not answer.taken:
            raise answer.error(url.netloc)

    def _encrypted(self, browser: PushSubscription, message: AlertMessage) -> bytes:
        keys = browser.subscription.keys
        encrypted: bytes = self._ece.encrypt(
            json.dumps(payload(message), ensure_ascii=False).encode(),
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=unpadded(keys.p256dh),
            auth_secret=unpadded(keys.auth),
            version="aes128gcm",
        )
        return encrypted


def payload(message: AlertMessage) -> dict[str, Any]:
    """What the service worker of the page shows."""
    return {
        "title": one_line(message.title)[:200],
        "body": message.text[:MOST_TEXT],
        "tag": message.tag,
        "url": message.fields.get("link", ""),
        "alert": message.fields.get("alert", ""),
        "severity": message.severity,
        "notice": message.notice,
        "timestamp": message.data.get("began"),
    }


def _ece() -> ModuleType:
    """Imported here, because only this kind of channel needs the extra."""
    try:
        import http_ece
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    module: ModuleType = http_ece
    return module


def _vapid() -> Any:
    try:
        from py_vapid import Vapid02
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    return Vapid02


def _missing(error: ModuleNotFoundError) -> CannotOpen:
    return CannotOpen(f"web push needs the package {error.name}: pip install '.[webpush]'")


def _fresh_pem() -> str:
    vapid = _vapid()()
    vapid.generate_keys()
    pem: bytes = vapid.private_pem()
    return pem.decode()
