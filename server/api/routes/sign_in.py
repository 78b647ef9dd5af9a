"""Signing in and out, and one's own password."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from lookout.server.accounts.errors import BadAccount, WeakPassword
from lookout.server.accounts.passwords import MAX_CHARACTERS
from lookout.server.accounts.scopes import Scope
from lookout.server.accounts.tickets import TICKET_S
from lookout.server.accounts.tokens import MAX_TOKEN_CHARACTERS, Tokens
from lookout.server.api.dependencies import Deps
from lookout.server.api.errors.envelope import ErrorEnvelope
from lookout.server.api.security import sign_in_cookie
from lookout.server.api.security.audit_trail import Trailing
from lookout.server.api.security.authorization import (
    Asking,
    Guarded,
    credentials_in_headers,
    public,
    signed_in,
)
from lookout.server.api.security.client_address import address_of

router = APIRouter(prefix="/api/v1/auth", route_class=Guarded, tags=["sign-in"])

REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorEnvelope},
    429: {"model": ErrorEnvelope},
}

Username = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Password = Annotated[str, StringConstraints(min_length=1, max_length=MAX_CHARACTERS)]


class PasswordCredentials(BaseModel):
    """`cookie`: for browsers, which then keep the refresh token where no script can read it."""

    username: Username
    password: Password = Field(repr=False)
    cookie: bool = False


class RefreshToken(BaseModel):
    """Without a token, the one in the browser's cookie counts."""

    refresh_token: str = Field("", max_length=MAX_TOKEN_CHARACTERS, repr=False)


class TokenPair(BaseModel):
    """`access_token` goes into `Authorization: Bearer`; the other gets the next pair, once. It is
    empty where the browser's cookie has it."""

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


class Ticket(BaseModel):
    """`?ticket=…` stands for the key or token for `expires_in` seconds. Empty where none is needed:
    on a server without sign-in, and at trusted addresses."""

    ticket: str
    expires_in: float


class NewPassword(BaseModel):
    """The password so far is asked for, so that a forgotten screen is not an account."""

    password: Password = Field(repr=False)
    new_password: Password = Field(repr=False)


@router.post("/login", responses=REFUSALS)
@public
def login(
    given: PasswordCredentials, parts: Deps, request: Request, response: Response
) -> TokenPair:
    """Sign in. After a few failures each further attempt has to wait: 429 with Retry-After."""
    with parts.sign_ins.take():
        tokens = parts.accounts.sign_in(
            given.username, given.password, address_of(request), time.time()
        )
    return _kept(tokens, request, response) if given.cookie else _pair(tokens)


@router.post("/refresh", responses=REFUSALS)
@public
def refresh(given: RefreshToken, parts: Deps, request: Request, response: Response) -> TokenPair:
    """The next pair of tokens. A refresh token that is used twice ends its session; the one in a
    browser's cookie, which all its tabs share, is prolonged instead."""
    if given.refresh_token:
        return _pair(parts.accounts.refresh(given.refresh_token, time.time()))
    tokens = parts.accounts.prolong(sign_in_cookie.kept(request), time.time())
    return _kept(tokens, request, response)


@router.post("/logout", status_code=204)
@signed_in
def logout(
    asking: Asking,
    parts: Deps,
    request: Request,
    response: Response,
    everywhere: Annotated[bool, Query(description="end every session of the user")] = False,
) -> None:
    """End the session of the access token."""
    if asking.session is not None:
        if everywhere:
            parts.store.sessions.revoke_all(asking.id)
        parts.accounts.sign_out(asking.session)
    sign_in_cookie.forget(response, request)


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


@router.post("/ticket")
@signed_in
def ticket(parts: Deps, request: Request) -> Ticket:
    """A ticket for pictures and sockets, whose addresses a page opens without headers."""
    secret = credentials_in_headers(request).secret
    return Ticket(ticket=parts.tickets.make(secret) if secret else "", expires_in=TICKET_S)


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


def _kept(tokens: Tokens, request: Request, response: Response) -> TokenPair:
    sign_in_cookie.keep(response, request, tokens.refresh)
    return TokenPair(access_token=tokens.access, refresh_token="", expires_in=tokens.expires_in_s)
