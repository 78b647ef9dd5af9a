"""The cookie that keeps a browser signed in.

It holds the refresh token, which no script can read; the access token that it gets lives in the
page's memory alone. It is named without a path, so a browser sends it to the folder that set it and
to nothing else: `/api/v1/auth/`, behind whatever prefix a reverse proxy adds. `SameSite=Strict`
keeps it from requests that other sites cause.
"""

from __future__ import annotations

from fastapi import Request, Response

from lookout.server.accounts.tokens import REFRESH_S

NAME = "lookout_session"


def keep(response: Response, request: Request, refresh_token: str) -> None:
    """Lets the browser keep the token, and send it over TLS alone where the page came so."""
    response.set_cookie(
        NAME,
        refresh_token,
        max_age=int(REFRESH_S),
        path=None,
        secure=_seen_as_https(request),
        httponly=True,
        samesite="strict",
    )


def kept(request: Request) -> str:
    """The token that the browser kept; empty where there is none."""
    return request.cookies.get(NAME, "")


def forget(response: Response, request: Request) -> None:
    """Lets the browser forget the token."""
    response.set_cookie(
        NAME,
        "",
        max_age=0,
        path=None,
        secure=_seen_as_https(request),
        httponly=True,
        samesite="strict",
    )


def _seen_as_https(request: Request) -> bool:
    """Whether the browser sees TLS, which a proxy in between may end: it says so in Origin."""
    return request.url.scheme == "https" or request.headers.get("origin", "").startswith("https:")
