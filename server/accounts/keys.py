"""API keys: 256 random bits, of which only SHA-256 is kept.

A slow hash such as Argon2 protects what people think up; 256 random bits cannot be guessed
however fast the hash is, and a key is checked with every request. Looking the hash up in an index
leaks by its timing at most a prefix of the hash, which helps nobody to find the key.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Set as AbstractSet
from dataclasses import replace

from lookout.server.accounts.errors import BadAccount, InvalidToken
from lookout.server.accounts.scopes import SCOPES, Principal, Scope, common
from lookout.server.storage.errors import NotFound, StorageError
from lookout.server.storage.records import ApiKey, new_id
from lookout.server.storage.store import Store
from lookout.wire.keys import PREFIX as PREFIX  # callers know it from here
from lookout.wire.keys import edge_key

log = logging.getLogger(__name__)

MAX_NAME_CHARACTERS = 100
_BY_USER = "user:"
_BY_KEY = "key:"
BY_ADDRESS = "address:"
"""The `Principal.maker` of a client that its address alone lets in (`--trust`)."""
TOUCH_EVERY_S = 60.0
"""`last_used_at` is written at most this often: a write costs an fsync, a request must not."""


class ApiKeyRing:
    """Makes, checks and revokes API keys."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(
        self,
        name: str,
        scopes: AbstractSet[Scope],
        creator: Principal,
        now_s: float,
        expires_at: float | None = None,
        cameras: AbstractSet[str] | None = None,
    ) -> tuple[ApiKey, str]:
        """The record and the key itself, which is never to be had again. `cameras`: of which alone
        its holder may know.

        Raises BadAccount for no name, no scope, or more than the creator may do; and for a creator
        who is known by an address alone: the key would outlive the trust in it, and nobody could
        be asked about it.
        """
        if not 1 <= len(name.strip()) <= MAX_NAME_CHARACTERS:
            raise BadAccount(f"an API key has a name of 1 to {MAX_NAME_CHARACTERS} characters")
        if creator.maker.startswith(BY_ADDRESS):
            raise BadAccount(
                "a trusted address has no account that a key could belong to, and could not take "
                "it back: sign in, or use a key of your own, to make an API key"
            )
        if not scopes or not scopes <= creator.scopes:
            raise BadAccount("an API key has at least one right, and none that its maker has not")
        if Scope.ENROL in scopes and Scope.EDGE not in scopes:
            raise BadAccount(
                "the right `enrol` is one of edges: give the key the right `edge`, too"
            )
        secret = PREFIX + secrets.token_urlsafe(32)
        key = ApiKey(
            id=new_id(),
            name=name.strip(),
            secret_hash=_hash(secret),
            scopes=frozenset(scope.value for scope in scopes),
            created_by=creator.name,
            created_at=now_s,
            expires_at=expires_at,
            maker=creator.maker,
            cameras=common(None if cameras is None else frozenset(cameras), creator.cameras),
        )
        if Scope.EDGE in scopes:
            own = edge_key(secret)
            key = replace(key, edge_id=own.id, edge_secret=own.secret)
        self._store.api_keys.add(key)
        return key, secret

    def principal(self, secret: str, now_s: float) -> Principal:
        """The program that the key belongs to, with its rights of now; it is noted that it was
        used. Raises InvalidToken."""
        key = _valid(self._store.api_keys.find(_hash(secret)), now_s)
        self._note(key, now_s)
        rights, cameras = self._rights(key, now_s)
        return Principal(
            key.id, f"key:{key.name}", rights, maker=f"{_BY_KEY}{key.id}", cameras=cameras
        )

    def edge_secret(self, edge_id: str, now_s: float) -> str:
        """The secret that proves the key that an edge names by `edge_id` (`wire.keys`). Only reads.

        Raises InvalidToken where it is not good for an edge.
        """
        key = _valid(self._store.api_keys.find_edge(edge_id), now_s)
        if Scope.EDGE not in self._rights(key, now_s)[0]:
            raise InvalidToken(f"the API key {key.name!r} has lost the right 'edge' of its maker")
        return key.edge_secret

    def may_enrol(self, edge_id: str, now_s: float) -> bool:
        """Whether the edge with this key may send photographs and corrections.

        Raises InvalidToken.
        """
        key = _valid(self._store.api_keys.find_edge(edge_id), now_s)
        return Scope.ENROL in self._rights(key, now_s)[0]

    def is_valid(self, edge_id: str) -> bool:
        """Whether the key is there and has not been revoked, as far as can be known now."""
        try:
            key = self._store.api_keys.find_edge(edge_id)
        except StorageError as error:
            log.warning("an API key cannot be looked up: %s", error)
            return True
        return key is not None and key.revoked_at is None

    def _rights(self, key: ApiKey, now_s: float) -> tuple[frozenset[Scope], frozenset[str] | None]:
        """The rights and the cameras that the key and everybody above it have now.

        Raises InvalidToken.
        """
        # a right that this version does not know is no right
        rights = frozenset(scope for scope in Scope if scope.value in key.scopes)
        cameras = key.cameras
        while key.maker.startswith(_BY_KEY):
            try:
                key = _valid(self._store.api_keys.get(key.maker.removeprefix(_BY_KEY)), now_s)
            except NotFound as error:
                raise InvalidToken("the API key that made this one is gone") from error
            rights &= frozenset(scope for scope in Scope if scope.value in key.scopes)
            cameras = common(cameras, key.cameras)
        if not key.maker:
            return rights, cameras
        try:
            user = self._store.users.get(key.maker.removeprefix(_BY_USER))
        except NotFound as error:
            raise _orphaned(key) from error
        if user.disabled:
            raise _orphaned(key)
        return rights & SCOPES[user.role], common(cameras, user.cameras)

    def note_edge(self, edge_id: str, now_s: float) -> None:
        """Notes that an edge used the key; another writer of the store may keep this waiting."""
        key = self._store.api_keys.find_edge(edge_id)
        if key is not None:
            self._note(key, now_s)

    def _note(self, key: ApiKey, now_s: float) -> None:
        if key.last_used_at is None or now_s - key.last_used_at >= TOUCH_EVERY_S:
            try:
                self._store.api_keys.touch(key.id, now_s)
            except StorageError as error:
                # the key is good all the same: nobody is to be locked out by a full disk
                log.warning("the use of an API key could not be noted: %s", error)


def _valid(key: ApiKey | None, now_s: float) -> ApiKey:
    """The key, if it is good now. Raises InvalidToken."""
    if key is None:
        raise InvalidToken("this is no API key of this server")
    if key.revoked_at is not None:
        raise InvalidToken(f"the API key {key.name!r} has been revoked")
    if key.expires_at is not None and now_s >= key.expires_at:
        raise InvalidToken(f"the API key {key.name!r} has expired")
    return key


def maker_of_user(user: str) -> str:
    """The `ApiKey.maker` of keys that this user makes."""
    return _BY_USER + user


def _orphaned(key: ApiKey) -> InvalidToken:
    return InvalidToken(
        f"the API key {key.name!r} ended with its maker's account, which was deleted or disabled; "
        "make a new one"
    )


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
