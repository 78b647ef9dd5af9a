"""The key service over HTTP: one path an operation, a shared secret, JSON in and out."""

from __future__ import annotations

import asyncio
import hmac
import logging

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from lookout.json_document import BadJson, read_json
from lookout.server.keys.desk import BadAsking, KeyDesk
from lookout.server.storage.errors import DiskFull, StorageError, StoreBusy

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 256 * 1024
BODY_S = 5.0
"""For a whole body."""
MAX_IN_FLIGHT = 64


class _Refused(Exception):
    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def make_key_app(desk: KeyDesk, token: str) -> FastAPI:
    """The application. `token` is what whoever asks has to know."""
    app = FastAPI(title="Lookout's keys", openapi_url=None, docs_url=None, redoc_url=None)
    expected = f"Bearer {token}".encode()
    places = asyncio.Semaphore(MAX_IN_FLIGHT)

    @app.get("/healthz")
    async def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @app.post("/v1/{operation}")
    async def asked(operation: str, request: Request) -> JSONResponse:
        given = request.headers.get("authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, expected):
            return _refusal(401, "this wants the secret of the key service")
        if operation not in desk.operations:
            return _refusal(404, "there is no such operation")
        if places.locked():
            return _refusal(503, "too many ask at once")
        try:
            async with places:
                body = await _body(request)
                return JSONResponse(await run_in_threadpool(desk.answer, operation, body))
        except _Refused as refused:
            return _refusal(refused.status, str(refused))
        except StorageError as error:
            return _refusal(_status(error), str(error))

    return app


def _refusal(status: int, words: str) -> JSONResponse:
    return JSONResponse({"error": words}, status)


async def _body(request: Request) -> dict[str, object]:
    content = b""
    try:
        async with asyncio.timeout(BODY_S):
            async for part in request.stream():
                content += part
                if len(content) > MAX_BODY_BYTES:
                    raise _Refused(413, f"a body has at most {MAX_BODY_BYTES} bytes")
    except TimeoutError as error:
        raise _Refused(408, f"the body did not come within {BODY_S:g} s") from error
    except ClientDisconnect as error:
        raise _Refused(400, "the body was cut off") from error
    try:
        body = read_json(content, MAX_BODY_BYTES)
    except BadJson as error:
        raise _Refused(422, str(error)) from error
    if not isinstance(body, dict):
        raise _Refused(422, "the body is an object")
    return body


def _status(error: StorageError) -> int:
    match error:
        case BadAsking():
            return 422
        case DiskFull():
            return 507
        case StoreBusy():
            return 503
    log.error("%s", error)
    return 500
