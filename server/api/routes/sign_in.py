"""Signing in and out, and one's own password."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StringConstraints

from lookout.server.accounts.errors import BadAccount, WeakPassword
from lookout.server.accounts.passwords import MAX_CHARACTERS
from lookout.server.accounts.scopes import Scope
from lookout.server.accounts.tokens import MAX_TOKEN_CHARACTERS, Tokens
from lookout.server.api.dependencies import Deps
from lookout.server.api.errors.envelope import ErrorEnvelope
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import Asking, Guarded, public, signed_in
from lookout.server.api.security.client_address import address_of

router = APIRouter(prefix="/api/v1/auth", route_class=Guarded, tags=["sign-in"])

REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorEnvelope},
    429: {"model": ErrorEnvelope},
}

Username = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Password = Annotated[str, StringConstraints(min_length=1, max_length=MAX_CHARACTERS)]


class Credentials(BaseModel):
    username: Username
    password: Password = Field(repr=False)


class RefreshToken(BaseModel):
    refresh_token: str = Field(max_length=MAX_TOKEN_CHARACTERS, repr=False)


class TokenPair(BaseModel):
    """`access_token` goes into `Authorization: Bearer`; the other gets the next pair, once."""

    access_token: str
    refresh_token: str
    token_type: str = "bearer"  # noqa: S105 - the kind, as OAuth 2 names it
    expires_in: float


class Me(BaseModel):
    """Who asks and what they may do. Before the password that was made with the account has been
    changed, that is nothing else. cameras: the ids of the only cameras to know of; null: all."""

    id: str
    name: str
    rights: list[Scope]
    must_change_password: bool = False
    cameras: list[str] | None = None


class NewPassword(BaseModel):
    """The password so far is asked for, so that a forgotten screen is not an account."""

    password: Password = Field(repr=False)
    new_password: Password = Field(repr=False)


@router.post("/login", responses=REFUSALS)
@public
def login(given: Credentials, parts: Deps, request: Request) -> TokenPair:
    """Sign in. After a few failures each further attempt has to wait: 429 with Retry-After."""
    with parts.sign_ins.take():
        tokens = parts.accounts.sign_in(
            given.username, given.password, address_of(request), time.time()
        )
    return _pair(tokens)


@router.post("/refresh", responses=REFUSALS)
@public
def refresh(given: RefreshToken, parts: Deps) -> TokenPair:
    """The next pair of tokens. A refresh token that is used twice ends its session."""
    return _pair(parts.accounts.refresh(given.refresh_token, time.time()))


@router.post("/logout", status_code=204)
@signed_in
def logout(asking: Asking, parts: Deps) -> None:
    """End the session of the access token."""
    if asking.session is not None:
        parts.accounts.sign_out(asking.session)


@router.get("/me")
@signed_in
def me(asking: Asking) -> Me:
    """Who asks and what they may do."""
    return Me(
        id=asking.id,
        name=asking.name,
        rights=sorted(asking.scopes),
        must_change_password=asking.must_change_password,
        cameras=None if asking.cameras is None else sorted(asking.cameras),
    )


@router.put("/password", status_code=204, responses=REFUSALS)
@signed_in
def change_password(
    given: NewPassword, asking: Asking, parts: Deps, trail: Trailing, request: Request
) -> None:
    """Set one's own password; every session of the user ends."""
    if asking.session is None:
        raise BadAccount("only a user who has signed in has a password")
    if given.new_password == given.password:
        raise WeakPassword("the new password is the same as the old one: choose another")
    with parts.sign_ins.take():
        parts.accounts.sign_out(_session(parts, asking.name, given.password, address_of(request)))
        parts.accounts.change_password(asking.id, given.new_password)
    trail.note("password.change", asking.id)


def _session(parts: Deps, username: str, password: str, address: str) -> str:
    """Prove the password so far, with the delays of every sign-in; the session is not used."""
    now_s = time.time()
    tokens = parts.accounts.sign_in(username, password, address, now_s)
    return parts.accounts.by_token(tokens.access, now_s).session or ""


def _pair(tokens: Tokens) -> TokenPair:
    return TokenPair(
        access_token=tokens.access, refresh_token=tokens.refresh, expires_in=tokens.expires_in_s
    )
