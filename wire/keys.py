"""API keys as an edge's credential: what is said of a key in a handshake, and what proves it.

A server keeps no API key, so neither side can use the key itself as the shared secret. Both derive
from it, one way, a public id that says which key this is and a secret that takes the token's place
in the HMACs of `wire.auth`; the server keeps the derived secret, which opens nothing but this.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

PREFIX = "lk_"
"""Every API key begins so: it lets people and secret scanners tell what it is that leaked."""
ID_CHARACTERS = 32

_ID_LABEL = b"lookout 1 edge key id"
_SECRET_LABEL = b"lookout 1 edge key secret"


@dataclass(frozen=True, slots=True)
class EdgeKey:
    """The two values that an edge and the server derive from an API key.

    id: 32 hexadecimal digits, public.
    """

    id: str
    secret: str = field(repr=False)


def is_api_key(token: str) -> bool:
    return token.startswith(PREFIX)


def edge_key(api_key: str) -> EdgeKey:
    """HMAC-SHA256 with the key over two labels; docs/wire.md, "API keys"."""
    key = api_key.encode("utf-8", "surrogatepass")
    return EdgeKey(
        hmac.new(key, _ID_LABEL, hashlib.sha256).hexdigest()[:ID_CHARACTERS],
        hmac.new(key, _SECRET_LABEL, hashlib.sha256).hexdigest(),
    )
