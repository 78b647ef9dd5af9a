"""The protocols of accounts, sign-ins and keys.

What holds for the methods of all of them stands in `server.storage.store`.
"""

from __future__ import annotations

from typing import Protocol

from lookout.server.storage.records import ApiKey, Failures, LoginSession, User


class Users(Protocol):
    """The accounts of people who use Lookout."""

    def add(self, user: User) -> None:
        """Raises Conflict where the user name is taken, in whatever letter case."""

    def update(self, user: User) -> None: ...

    def get(self, user: str) -> User: ...

    def find(self, username: str) -> User | None: ...

    def all(self) -> tuple[User, ...]: ...

    def delete(self, user: str) -> None:
        """Remove the account and its sessions."""


class Sessions(Protocol):
    """The sign-ins that are under way."""

    def add(self, session: LoginSession) -> None: ...

    def get(self, session: str) -> LoginSession: ...

    def renew(self, session: str, old_refresh_id: str, refresh_id: str, expires_at: float) -> bool:
        """Replace the refresh id in one step; False if it was not the one that counts."""

    def revoke(self, session: str) -> None: ...

    def revoke_all(self, user: str) -> None: ...

    def delete_expired(self, now_s: float) -> int: ...


class ApiKeys(Protocol):
    """The keys of programs."""

    def add(self, key: ApiKey) -> None: ...

    def get(self, key: str) -> ApiKey: ...

    def find(self, secret_hash: bytes) -> ApiKey | None: ...

    def find_edge(self, edge_id: str) -> ApiKey | None:
        """The key that an edge names by its `edge_id`."""

    def all(self) -> tuple[ApiKey, ...]: ...

    def touch(self, key: str, now_s: float) -> None:
        """Remember that the key was used."""

    def revoke(self, key: str, now_s: float) -> None: ...


class LoginFailures(Protocol):
    """How often signing in failed; `subject` is kept only as a keyed hash."""

    def get(self, subject: str) -> Failures: ...

    def add(self, subject: str, now_s: float) -> Failures: ...

    def clear(self, subject: str) -> None: ...

    def delete_before(self, before_s: float) -> int: ...
