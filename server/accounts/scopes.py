"""What can be allowed, and to whom it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lookout.server.accounts.errors import BadAccount, Forbidden, PasswordNotChanged
from lookout.server.storage.records import Role


class Scope(StrEnum):
    """One thing that can be allowed. To search by a face is to recognize it.

    EDGE:  connect as an edge and send frames.
    ENROL: send photographs and corrections as an edge, too.
    """

    RECOGNIZE = "recognize"
    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    SIGHTINGS_READ = "sightings:read"
    SIGHTINGS_WRITE = "sightings:write"
    CAMERAS_READ = "cameras:read"
    EDGE = "edge"
    ENROL = "enrol"
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
    """A user or a program that asks for something, and its rights.

    name:    for the audit log: the user name, or `key:` and the name of the API key.
    session: the sign-in that the access token belongs to; None for API keys.
    maker:   what limits the keys that this principal makes (`records.ApiKey`).
    must_change_password: nothing else is allowed before the password has been changed.
    cameras: the ids of the only cameras of which it may know; None for all.
    """

    id: str
    name: str
    scopes: frozenset[Scope]
    session: str | None = None
    maker: str = ""
    must_change_password: bool = False
    cameras: frozenset[str] | None = None

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes and not self.must_change_password

    def require(self, scope: Scope) -> None:
        """Raises Forbidden."""
        if self.must_change_password:
            raise PasswordNotChanged(
                "this account still has the password that was made for it: change it first with "
                "PUT /api/v1/auth/password"
            )
        if not self.may(scope):
            raise Forbidden(f"{self.name} may not do this: it needs the right {scope.value!r}")


NO_AUTH = Principal("no-auth", "no-auth", frozenset(Scope))
"""Everybody, on a server that runs with `--no-auth`, which only listens on the loopback address."""


def require_grantable(
    granter: Principal, role: Role, cameras: frozenset[str] | None = None
) -> None:
    """Raises Forbidden where the role has a right that the granter has not, or the account would
    know of a camera of which the granter does not: whoever makes accounts must not rise by them."""
    beyond = SCOPES[role] - granter.scopes
    if beyond:
        rights = ", ".join(sorted(beyond))
        raise Forbidden(
            f"{granter.name} may not make or change an account with the role {role.value}: it has "
            f"rights that {granter.name} has not ({rights})"
        )
    if not within(cameras, granter.cameras):
        raise Forbidden(
            f"{granter.name} may not make or change an account for cameras of which they may not "
            "know themselves"
        )


def within(cameras: frozenset[str] | None, limit: frozenset[str] | None) -> bool:
    """Whether these cameras, None for all, are among those of the limit."""
    return limit is None or (cameras is not None and cameras <= limit)


def common(cameras: frozenset[str] | None, limit: frozenset[str] | None) -> frozenset[str] | None:
    """The cameras that are among both; None for all."""
    if cameras is None or limit is None:
        return limit if cameras is None else cameras
    return cameras & limit


def read_scopes(names: Iterable[str]) -> frozenset[Scope]:
    """The scopes that names stand for. Raises BadAccount with the list of those there are."""
    try:
        return frozenset(Scope(name) for name in names)
    except ValueError as error:
        known = ", ".join(scope.value for scope in Scope)
        raise BadAccount(f"{error}; there are: {known}") from error
