"""What can be allowed, and to whom it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lookout.server.accounts.errors import BadAccount, Forbidden
from lookout.server.storage.records import Role


class Scope(StrEnum):
    """One thing that can be allowed. To search by a face is to recognise it."""

    RECOGNIZE = "recognize"
    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    SIGHTINGS_READ = "sightings:read"
    SIGHTINGS_WRITE = "sightings:write"
    CAMERAS_READ = "cameras:read"
    EDGE = "edge"
    ADMIN = "admin"


_VIEWER = frozenset({Scope.PEOPLE_READ, Scope.SIGHTINGS_READ, Scope.CAMERAS_READ})
_OPERATOR = _VIEWER | {Scope.RECOGNIZE, Scope.PEOPLE_WRITE, Scope.SIGHTINGS_WRITE}

SCOPES: Mapping[Role, frozenset[Scope]] = {
    Role.VIEWER: _VIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.ADMIN: frozenset(Scope),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a user or a program, and what they may do.

    name:    for the audit log: the user name, or `key:` and the name of the API key.
    session: the sign-in that the access token belongs to; None for API keys.
    """

    id: str
    name: str
    scopes: frozenset[Scope]
    session: str | None = None

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes

    def require(self, scope: Scope) -> None:
        """Raises Forbidden."""
        if not self.may(scope):
            raise Forbidden(f"{self.name} may not do this: it needs the right {scope.value!r}")


NO_AUTH = Principal("no-auth", "no-auth", frozenset(Scope))
"""Whoever asks a server that runs with `--no-auth`, which only listens on the loopback address."""


def read_scopes(names: Iterable[str]) -> frozenset[Scope]:
    """The scopes that names stand for. Raises BadAccount with the list of those there are."""
    try:
        return frozenset(Scope(name) for name in names)
    except ValueError as error:
        known = ", ".join(scope.value for scope in Scope)
        raise BadAccount(f"{error}; there are: {known}") from error
