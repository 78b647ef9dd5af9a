"""JSON Web Tokens: a short-lived one for access and a long-lived one that renews it, once.

HS256 with a key that is made once and kept sealed in the store, so tokens outlive a restart.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import jwt

from lookout.server.accounts.errors import InvalidToken
from lookout.server.storage.store import Store

ACCESS_S = 15 * 60.0
REFRESH_S = 14 * 86_400.0
MAX_TOKEN_CHARACTERS = 4096

_ALGORITHM = "HS256"
_ISSUER = "lookout"
_KEY_SETTING = "jwt_key"
_CLAIMS = ["exp", "iat", "iss", "jti", "sid", "sub", "use"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in gives. `expires_in_s` is the access token's."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in_s: float


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says: whose it is, of which sign-in, and its own id."""

    user: str
    session: str
    token: str


class TokenMaker:
    """Makes and reads tokens with the store's signing key."""

    def __init__(self, store: Store) -> None:
        key = store.settings.put_if_absent(_KEY_SETTING, secrets.token_urlsafe(48))
        self._key = str(key).encode()

    def make(self, user: str, session: str, refresh_id: str, now_s: float) -> Tokens:
        return Tokens(
            self._sign(user, session, secrets.token_urlsafe(9), "access", now_s, ACCESS_S),
            self._sign(user, session, refresh_id, "refresh", now_s, REFRESH_S),
            ACCESS_S,
        )

    def read_access(self, token: str, now_s: float) -> Claims:
        """Raises InvalidToken."""
        return self._read(token, "access", now_s)

    def read_refresh(self, token: str, now_s: float) -> Claims:
        """Raises InvalidToken."""
        return self._read(token, "refresh", now_s)

    def _sign(
        self, user: str, session: str, token: str, use: str, now_s: float, life_s: float
    ) -> str:
        claims = {
            "iss": _ISSUER,
            "sub": user,
            "sid": session,
            "jti": token,
            "use": use,
            "iat": int(now_s),
            "exp": int(now_s + life_s),
        }
        return jwt.encode(claims, self._key, _ALGORITHM)

    def _read(self, token: str, use: str, now_s: float) -> Claims:
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise InvalidToken("this is no token of this server")
        try:
            claims = jwt.decode(
                token,
                self._key,
                [_ALGORITHM],
                issuer=_ISSUER,
                # time is an argument here, so it is compared here
                options={"require": _CLAIMS, "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError as error:
            raise InvalidToken("this is no token of this server") from error
        match claims:
            case {"use": kind, "exp": int(expires), "sub": str(user), "sid": str(session)} if (
                kind == use
            ):
                if now_s >= expires:
                    raise InvalidToken(f"the {use} token has expired")
                return Claims(user, session, str(claims["jti"]))
        raise InvalidToken(f"this is no {use} token")
