"""Signed messages: JSON in one form, and Ed25519 over it.

{"body": {…}, "signature": "<base64>"}
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from lookout.json_document import read_json
from lookout.server.federated.errors import BadRoundMessage
from lookout.server.federated.reasons import because

MAX_BYTES = 256 * 2**10
"""The largest message or document: a round of a hundred sites has 40 KiB."""

Body = dict[str, Any]


def canonical(body: Mapping[str, Any]) -> bytes:
    """The one form of a body over which it is signed."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def signed(body: Mapping[str, Any], key: Ed25519PrivateKey) -> bytes:
    """The message."""
    signature = base64.b64encode(key.sign(canonical(body))).decode()
    return canonical({"body": body, "signature": signature})


def checked(message: bytes, public: bytes) -> Body:
    """The body of a message that the owner of this key has signed. Raises BadMessage."""
    body, signature = parts(message)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, canonical(body))
    except (InvalidSignature, ValueError) as error:
        raise BadRoundMessage(because("not_signed")) from error
    return body


def parts(message: bytes) -> tuple[Body, bytes]:
    """Body and signature, which is not checked. Raises BadMessage."""
    try:
        document = read_json(message, MAX_BYTES)
        if not isinstance(document, dict) or not isinstance(document.get("body"), dict):
            raise BadRoundMessage("a message has no body")
        return document["body"], from_base64(document.get("signature"))
    except ValueError as error:
        raise BadRoundMessage(f"a message cannot be read: {error}") from error


def to_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def from_base64(text: object) -> bytes:
    """Raises BadMessage for what is not base64."""
    try:
        return base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRoundMessage("a field of a message is not base64") from error


def public_of(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes by which others know the owner of a key."""
    return key.public_key().public_bytes_raw()
