"""The handshake: both sides prove that they know the shared secret without sending it.

Pure functions, shared by the blocking client and the asyncio server:

    server  CHALLENGE  challenge()                a fresh nonce; is a token wanted?
    client  HELLO      answer()                   who I am, my nonce, HMAC(token, "edge" …)
    server  WELCOME    admit()                    HMAC(token, "server" …), the limits
    client             confirm()                  the server, too, knew the token

A MAC is HMAC-SHA256 over label, server nonce and client nonce. The two labels differ, so neither
side can be made to answer the other's question; both nonces are fresh, so nothing can be replayed.
Without TLS the traffic after the handshake is neither secret nor sealed: docs/wire.md says so.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass, replace
from importlib import metadata
from typing import Any

from lookout.wire.errors import BadMessage, NotAuthorized
from lookout.wire.fields import Meta, read_integer, read_optional_text, read_text
from lookout.wire.framing import LATER_KINDS, Kind, Limits
from lookout.wire.keys import edge_key, is_api_key

NONCE_BYTES = 32
MAX_CLIENT_ID = 200
DEVICE_ID = re.compile(r"[0-9a-f]{16}")

_EDGE_LABEL = b"lookout 1 edge knows the token"
_SERVER_LABEL = b"lookout 1 server knows the token"


@dataclass(frozen=True, slots=True)
class Challenge:
    """The server's first message. `nonce` is 64 hexadecimal digits, used for one connection.

    keys: whether an API key may take the token's place.
    """

    nonce: str
    token_required: bool
    software: str
    keys: bool = False

    def to_meta(self) -> dict[str, Any]:
        return {
            "nonce": self.nonce,
            "token_required": self.token_required,
            "software": self.software,
            "keys": self.keys,
        }

    @classmethod
    def from_meta(cls, meta: Meta) -> Challenge:
        token_required = meta.get("token_required")
        if not isinstance(token_required, bool):
            raise BadMessage("token_required is true or false")
        keys = meta.get("keys", False)
        if not isinstance(keys, bool):
            raise BadMessage("keys is true or false")
        return cls(_nonce(meta), token_required, read_text(meta, "software"), keys)


@dataclass(frozen=True, slots=True)
class Hello:
    """The client's answer. `client` names it in the server's log: an edge gives its camera.

    key: the id of the API key that `mac` is made with (`wire.keys`); None for the token.
    device: the same at each connection of one camera, so that two cameras of one name can be told
    apart; None from an edge of an earlier release.
    """

    client: str
    nonce: str
    mac: str | None = None
    key: str | None = None
    device: str | None = None

    def to_meta(self) -> dict[str, Any]:
        return {
            "client": self.client,
            "nonce": self.nonce,
            "mac": self.mac,
            "key": self.key,
            "device": self.device,
        }

    @classmethod
    def from_meta(cls, meta: Meta) -> Hello:
        client = read_text(meta, "client")
        if not 0 < len(client) <= MAX_CLIENT_ID or not client.isprintable():
            raise BadMessage(f"a client's name is 1 to {MAX_CLIENT_ID} printable characters")
        mac, key = read_optional_text(meta, "mac"), read_optional_text(meta, "key")
        device = read_optional_text(meta, "device")
        if device is not None and not DEVICE_ID.fullmatch(device):
            raise BadMessage("a device's id is 16 hexadecimal digits in lower case")
        return cls(client, _nonce(meta), mac, key, device)


@dataclass(frozen=True, slots=True)
class Welcome:
    """The end of the handshake: the server's proof, the sizes that it accepts from now on, and the
    later kinds of messages that it takes.

    load: how many cameras it has; 0 from a server of an earlier release.
    """

    limits: Limits
    mac: str | None = None
    takes: frozenset[Kind] = LATER_KINDS
    load: int = 0

    def to_meta(self) -> dict[str, Any]:
        return {
            "mac": self.mac,
            "meta_bytes": self.limits.meta_bytes,
            "jpeg_bytes": self.limits.jpeg_bytes,
            "takes": sorted(kind.name for kind in self.takes),
            "load": self.load,
        }

    @classmethod
    def from_meta(cls, meta: Meta) -> Welcome:
        limits = Limits(read_integer(meta, "meta_bytes"), read_integer(meta, "jpeg_bytes"))
        if limits.meta_bytes <= 0 or limits.jpeg_bytes <= 0:
            raise BadMessage("limits are positive numbers of bytes")
        takes = meta.get("takes", [])
        if not isinstance(takes, list):
            raise BadMessage("takes is a list of kinds of messages")
        known = frozenset(kind for kind in LATER_KINDS if kind.name in takes)
        load = read_integer(meta, "load") if "load" in meta else 0
        return cls(limits, read_optional_text(meta, "mac"), known, max(0, load))


def challenge(token: str, keys: bool = False) -> Challenge:
    """A new challenge; one per connection. An empty token means that none is wanted, `keys` that
    API keys are taken, too."""
    return Challenge(_new_nonce(), bool(token), f"lookout {_release()}", keys)


def answer(asked: Challenge, client: str, token: str, device: str | None = None) -> Hello:
    """The client's reply. `token` may be an API key. Raises NotAuthorized when just one of the two
    sides has a token, or the server takes no API keys."""
    hello = Hello(client, _new_nonce(), device=device)
    if is_api_key(token):
        if not asked.keys:
            raise NotAuthorized(
                "this side has an API key, but the server takes none: start it with --http, or "
                "start this side with the same --token as the server"
            )
        own = edge_key(token)
        return replace(hello, key=own.id, mac=_mac(_EDGE_LABEL, own.secret, asked, hello))
    if token and not asked.token_required:
        raise NotAuthorized(
            "this side has a token but the server has none, so it cannot prove who it is: start "
            "the server with the same --token, or leave --token away here"
        )
    if asked.token_required and not token:
        raise NotAuthorized(
            "the server wants a token: start this side with the same --token as the server"
        )
    return replace(hello, mac=_mac(_EDGE_LABEL, token, asked, hello)) if token else hello


def admit(asked: Challenge, hello: Hello, token: str, limits: Limits) -> Welcome:
    """The server's decision. `token` is the server's, or the secret of the API key that the client
    has named. Raises NotAuthorized unless the client knows it."""
    if not token:
        return Welcome(limits)
    if not _proves(hello.mac, _mac(_EDGE_LABEL, token, asked, hello)):
        raise NotAuthorized("the token is missing or wrong: start both sides with the same --token")
    return Welcome(limits, _mac(_SERVER_LABEL, token, asked, hello))


def confirm(asked: Challenge, hello: Hello, welcome: Welcome, token: str) -> None:
    """The client's last check. Raises NotAuthorized unless the server knows `token`, too."""
    if hello.key is not None:
        token = edge_key(token).secret
    if token and not _proves(welcome.mac, _mac(_SERVER_LABEL, token, asked, hello)):
        raise NotAuthorized(
            "the server could not prove that it knows the token: it may not be your server; check "
            "the address, and start both sides with the same --token"
        )


def _mac(label: bytes, token: str, asked: Challenge, hello: Hello) -> str:
    # NFC: one keyboard types é as one code point, another as two. surrogatepass: an argument that
    # is not UTF-8 reaches Python as lone surrogates and is a secret like any other.
    key = unicodedata.normalize("NFC", token).encode("utf-8", "surrogatepass")
    data = label + bytes.fromhex(asked.nonce) + bytes.fromhex(hello.nonce)
    return hmac.new(key, data, hashlib.sha256).hexdigest()


def _proves(given: str | None, expected: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode("utf-8"), expected.encode())


def _new_nonce() -> str:
    return secrets.token_hex(NONCE_BYTES)


def _nonce(meta: Meta) -> str:
    nonce = read_text(meta, "nonce")
    if len(nonce) != 2 * NONCE_BYTES or set(nonce) - set("0123456789abcdef"):
        raise BadMessage(f"a nonce is {2 * NONCE_BYTES} hexadecimal digits in lower case")
    return nonce


@functools.cache
def _release() -> str:
    try:
        return metadata.version("lookout")
    except metadata.PackageNotFoundError:
        return "from a checkout"
