"""/: the dashboard, a web application that is built from `dashboard/` and lies beside this room.

Its own addresses stand behind the `#`, and all that it loads is relative to its page: it works
under any path of a reverse proxy, and takes no name from the API.

A browser asks for `index.html` and `sw.js` each time; what they name has its content in its name,
may be kept for ever, and is 404 once a newer version has replaced it, never a page in its place.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, FastAPI, Query, Response
from fastapi.responses import FileResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from lookout.server.api.security.authorization import Guarded, public

router = APIRouter(route_class=Guarded, include_in_schema=False)

FILES = Path(__file__).resolve().parent.parent / "dashboard"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "SAMEORIGIN",
    "Cache-Control": "no-cache",
}
NAMED = {
    "sw.js": "text/javascript",
    "manifest.webmanifest": "application/manifest+json",
    "icon.svg": "image/svg+xml",
    "icon-192.png": "image/png",
    "icon-512.png": "image/png",
}
"""The files beside the page, and what they are."""
FOR_EVER = "public, max-age=31536000, immutable"


class _Assets(StaticFiles):
    """Files whose content is in their name."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: dict[str, object],  # type: ignore[override]
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = FOR_EVER
        return response


@router.get("/")
@public
async def index() -> FileResponse:
    return _file("index.html", "text/html; charset=utf-8")


@router.get("/alerts")
@public
async def alert_link(alert: Annotated[str, Query(max_length=100)] = "") -> RedirectResponse:
    """Where the links in messages lead. Relative, as everything of the page: a proxy may have put
    any path before it."""
    return RedirectResponse(f"./#/alerts?{urlencode({'alert': alert})}" if alert else "./#/alerts")


def _beside(name: str, media_type: str) -> Callable[[], FileResponse]:
    @public
    def send() -> FileResponse:
        return _file(name, media_type)

    return send


for _name, _media_type in NAMED.items():
    router.get(f"/{_name}")(_beside(_name, _media_type))


def _file(name: str, media_type: str) -> FileResponse:
    path = FILES / name
    if not path.is_file():
        raise HTTPException(404, "this Lookout has no dashboard: `make dashboard` builds it")
    return FileResponse(path, media_type=media_type, headers=HEADERS)


def mount_files(app: FastAPI) -> None:
    """Serves the files that the page names."""
    app.mount("/assets", _Assets(directory=FILES / "assets", check_dir=False))
