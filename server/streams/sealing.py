"""The sealing of what lies in topics: a broker keeps copies of faces, and must not see them.

The key of streams is kept among the store's settings, sealed with the store's own key; whoever
loses the store has lost every picture that a broker or its backups still hold.
"""

from __future__ import annotations

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lookout.server.storage.store import Store
from lookout.server.streams.errors import BadStreamMessage

SETTING = "streams.key"
_NONCE = 12


class StreamKey:
    """Seals payloads with AES-256-GCM, without Fernet's base64: a picture stays its size."""

    def __init__(self, key: bytes) -> None:
        """`key` is 32 bytes."""
        self._cipher = AESGCM(key)

    def seal(self, content: bytes, bound_to: str) -> bytes:
        """Nonce and sealed content; it opens only together with `bound_to`."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, content, bound_to.encode())

    def open(self, sealed: bytes, bound_to: str) -> bytes:
        """Raises BadMessage where it was altered, or sealed for something else or elsewhere."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_to.encode())
        except (InvalidTag, ValueError) as error:
            raise BadStreamMessage(
                "it cannot be opened: it was altered, or sealed by another store"
            ) from error


def stream_key(store: Store) -> StreamKey:
    """The key of this store's streams, made where there is none yet. Raises StorageError, and
    BadMessage where what is kept is no key."""
    fresh = base64.b64encode(AESGCM.generate_key(256)).decode()
    kept = store.settings.put_if_absent(SETTING, fresh)
    try:
        return StreamKey(base64.b64decode(str(kept), validate=True))
    except (binascii.Error, ValueError) as error:
        raise BadStreamMessage("the key of streams that the store keeps is damaged") from error
