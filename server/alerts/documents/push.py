"""Web push: a browser that somebody has told to show alerts, and the settings of the channel."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from lookout.server.alerts.documents.document import Document, IdText, Name

SERVICES = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    ".push.apple.com",
    ".notify.windows.com",
)
"""The servers of the browsers' makers; with a point in front also those below."""
POINT_BYTES, SECRET_BYTES = 65, 16


def _subject(text: str) -> str:
    host = text.rpartition("@")[2] if text.startswith("mailto:") else urlsplit(text).hostname or ""
    if not text.startswith(("mailto:", "https://")) or "." not in host:
        raise ValueError(
            "give mailto: and an address of yours, or https://…: push services write there when "
            "something is wrong, and Apple's refuses one at localhost"
        )
    return text


Subject = Annotated[str, StringConstraints(max_length=254), AfterValidator(_subject)]
Host = Annotated[
    str, StringConstraints(pattern=r"^\.?[A-Za-z0-9.-]+(:[0-9]{1,5})?$", max_length=254)
]


class WebPushSettings(Document):
    """services: the hosts to which messages may go; a subscription for another one is refused,
    because whoever subscribes says where the server sends to."""

    subject: Subject
    services: tuple[Host, ...] = Field(default=SERVICES, min_length=1, max_length=20)

    def may_send_to(self, endpoint: str) -> bool:
        """Whether this address is one of a service."""
        netloc = urlsplit(endpoint).netloc
        return any(
            netloc == one or (one.startswith(".") and netloc.endswith(one)) for one in self.services
        )


def _endpoint(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
        raise ValueError("the address of a subscription begins with https://")
    return text


def _bytes(text: str, length: int) -> str:
    try:
        found = len(unpadded(text))
    except (ValueError, binascii.Error) as error:
        raise ValueError("a key is base64url") from error
    if found != length:
        raise ValueError(f"this key has {length} bytes, not {found}")
    return text


def unpadded(text: str) -> bytes:
    """Base64url without its padding, as browsers write it. Raises ValueError."""
    return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


class PushKeys(Document):
    """What the browser gave to encrypt for it: its point on P-256, and a secret."""

    p256dh: Annotated[
        str,
        StringConstraints(max_length=100),
        AfterValidator(lambda text: _bytes(text, POINT_BYTES)),
    ]
    auth: Annotated[
        str,
        StringConstraints(max_length=40),
        AfterValidator(lambda text: _bytes(text, SECRET_BYTES)),
    ]


class BrowserSubscription(Document):
    """What a browser's `PushSubscription.toJSON()` says."""

    endpoint: Annotated[str, StringConstraints(max_length=1000), AfterValidator(_endpoint)]
    expiration_time: float | None = Field(default=None, alias="expirationTime")
    keys: PushKeys


class PushSubscriptionBody(Document):
    """A browser that is to show the alerts of a channel."""

    channel: IdText
    name: Name = "a browser"
    subscription: BrowserSubscription


class PushSubscription(PushSubscriptionBody):
    """One that is kept. user: whose browser it is: it is told what they may know."""

    id: str
    user: str
    created: float


class PushIdentity(Document):
    """The key by which push services know this server."""

    id: str
    pem: SecretStr
