"""Sealing: one data key per person and per sighting, each locked by the master key.

Whoever destroys a data key destroys everything that it sealed, in every copy that does not hold
the key. Fernet is AES-128-CBC with HMAC-SHA256; a sealed value starts with the time of sealing in
the clear, which tells nothing that `created_at` does not tell.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Mapping

import numpy as np
from cryptography.fernet import Fernet, InvalidToken

from lookout.faces.detections import Floats
from lookout.server.storage.errors import MasterKeyWrong, StoreDamaged

_FLOATS = np.dtype("<f4")


class DataKey:
    """Seals and opens the values of one person, one sighting, or the store itself."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)

    def seal(self, content: bytes) -> bytes:
        return self._fernet.encrypt(content)

    def open(self, sealed: bytes) -> bytes:
        """Raises StoreDamaged where the value was sealed with another key or was altered."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise StoreDamaged(
                "a sealed value cannot be opened: it was altered, or belongs to somebody else; "
                "restore the data folder from a backup"
            ) from error

    def seal_json(self, value: object) -> bytes:
        return self.seal(json.dumps(value).encode())

    def open_json(self, sealed: bytes) -> object:
        value: object = json.loads(self.open(sealed))
        return value

    def open_mapping(self, sealed: bytes) -> Mapping[str, object]:
        value = self.open_json(sealed)
        if not isinstance(value, dict):
            raise StoreDamaged(f"a sealed value should hold a mapping, it holds {type(value)}")
        return value

    def seal_floats(self, encoding: Floats) -> bytes:
        """Little-endian float32, whichever machine writes."""
        return self.seal(encoding.astype(_FLOATS).tobytes())

    def open_floats(self, sealed: bytes) -> Floats:
        return np.frombuffer(self.open(sealed), _FLOATS).astype(np.float32)


class Vault:
    """Makes data keys and unlocks them, with the master key.

    `master_key` is 32 bytes in URL-safe base64, as `Fernet.generate_key` makes it. Raises
    ValueError for anything else.
    """

    def __init__(self, master_key: bytes) -> None:
        self._fernet = Fernet(master_key)

    def new_key(self) -> tuple[DataKey, bytes]:
        """A fresh data key, and the locked form of it that is kept."""
        key = Fernet.generate_key()
        return DataKey(key), self._fernet.encrypt(key)

    def unlock(self, locked: bytes) -> DataKey:
        """Raises MasterKeyWrong where another master key locked it."""
        return DataKey(self._unlocked(locked))

    def relock(self, locked: bytes, other: Vault) -> bytes:
        """The same data key, locked by the master key of `other`."""
        return other._fernet.encrypt(self._unlocked(locked))

    def blinder(self, locked: bytes) -> Blinder:
        """Keyed hashes, under a key that is derived from this data key."""
        return Blinder(hmac.digest(self._unlocked(locked), b"lookout blind index", "sha256"))

    def _unlocked(self, locked: bytes) -> bytes:
        try:
            return self._fernet.decrypt(locked)
        except InvalidToken as error:
            raise MasterKeyWrong(
                "the master key is not the one that this store was locked with; put the right "
                "one into data/.encryption_key or LOOKOUT_MASTER_KEY"
            ) from error


class Blinder:
    """Keyed hashes, to look a value up by that is kept sealed.

    Without the key nobody can try names or photographs against the database; with the database
    alone one can still see that two values are equal, nothing more.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def text(self, kind: str, text: str) -> bytes:
        """(32 bytes) Letter case, Unicode form and outer spaces do not count."""
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
        return self.content(kind, " ".join(folded.split()).encode("utf-8", "surrogatepass"))

    def content(self, kind: str, content: bytes) -> bytes:
        """(32 bytes) `kind` keeps a name and an equal identifier apart."""
        return hmac.digest(self._key, kind.encode() + b"\0" + content, hashlib.sha256)
