"""/docs: Swagger UI on the application's own OpenAPI, from this machine and no other.

FastAPI's own page loads its script from a public network: a page that holds a token must not, and
a server without the Internet cannot. The script comes with the package `fastapi-offline`, of which
only the files are used.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from lookout.server.api.security.authorization import Guarded, public

router = APIRouter(route_class=Guarded, include_in_schema=False)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Lookout: HTTP API</title>
<link rel="stylesheet" href="docs/static/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/static/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
START = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: false,
});
"""


@router.get("/docs")
@public
async def docs() -> HTMLResponse:
    return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY})


@router.get("/docs/start.js")
@public
async def start() -> Response:
    return Response(START, media_type="text/javascript")


def mount_files(app: FastAPI) -> None:
    """Let the page have its script; without the package the page stays empty, the API works."""
    spec = find_spec("fastapi_offline")
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "static"
        app.mount("/docs/static", StaticFiles(directory=folder))
