"""A browser with a push service behind it: it decrypts what it is sent and checks who sent it."""

from __future__ import annotations

import base64
import json
import secrets
import ssl
from collections.abc import Mapping
from typing import Any

import http_ece
import jwt
import trustme
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.receivers import HttpReceiver, Request


class Browser:
    """Its keys, and its subscription at a service."""

    def __init__(self, service: str, path: str = "/push/1") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._secret = secrets.token_bytes(16)
        self.endpoint = f"{service}{path}"
        self.path = path

    @property
    def subscription(self) -> dict[str, Any]:
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": base64url(point), "auth": base64url(self._secret)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def read(self, request: Request) -> Mapping[str, Any]:
        """What the service worker is told."""
        plain = http_ece.decrypt(
            request.body, private_key=self._key, auth_secret=self._secret, version="aes128gcm"
        )
        told: Mapping[str, Any] = json.loads(plain)
        return told


class PushService(HttpReceiver):
    """Over TLS, with a certificate of its own authority."""

    def __init__(self, answers: list[tuple[int, Mapping[str, str]] | None] | None = None) -> None:
        authority = trustme.CA()
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(server)
        self.trust = ssl.create_default_context()
        authority.configure_trust(self.trust)
        super().__init__(answers or [], server)

    def __enter__(self) -> PushService:
        super().__enter__()
        return self

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"


def signed_by(request: Request, public_key: str) -> Mapping[str, Any]:
    """The claims of a request, checked by the key that the page was given."""
    kind, _, rest = request.headers["Authorization"].partition(" ")
    assert kind == "vapid"
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert parts["k"] == public_key
    point = base64.urlsafe_b64decode(public_key + "=" * (-len(public_key) % 4))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    claims: Mapping[str, Any] = jwt.decode(
        parts["t"], key, algorithms=["ES256"], options={"verify_aud": False, "verify_exp": False}
    )
    return claims


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
