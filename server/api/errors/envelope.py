"""Errors as responses: one envelope for every route, and the dialects of the routes that imitate.

{"error": {"code": "no_face", "message": "…", "details": {…}}, "request_id": "…"}
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import Scope

from lookout.faces.errors import FacesError
from lookout.names import legible
from lookout.server.api.errors.api_error import ErrorResponse, error_response
from lookout.server.errors import ServerError

log = logging.getLogger(__name__)

BAD_NAME = "bad_name"
"""The code of a name that cannot be used; `details.fault` is a `lookout.names.NameFault`."""

MAX_WORDS = 300
"""Of one complaint about one value; a value of ten megabytes is not sent back."""


class ErrorBody(BaseModel):
    """What went wrong: `code` is stable and for programs, `message` is for people."""

    code: str
    message: str
    details: dict[str, object] = {}


class ErrorEnvelope(BaseModel):
    """The body of every answer of 400 and above."""

    error: ErrorBody
    request_id: str


Dialect = Callable[[ErrorResponse, str], JSONResponse]


def own_dialect(answer: ErrorResponse, request_id: str) -> JSONResponse:
    """Lookout's own envelope."""
    body = ErrorBody(code=answer.code, message=answer.message, details=dict(answer.details))
    envelope = ErrorEnvelope(error=body, request_id=request_id)
    return JSONResponse(envelope.model_dump(), answer.status, headers_of(answer))


def headers_of(answer: ErrorResponse) -> dict[str, str]:
    headers = {}
    if answer.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, math.ceil(answer.retry_after_s)))
    if answer.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="lookout"'
    return headers


def path_within(scope: Scope) -> str:
    """The path of a request within the application, without that of a reverse proxy."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


class Envelopes:
    """Tells errors in the dialect of the path that was asked for."""

    def __init__(self, dialects: Mapping[str, Dialect]) -> None:
        self._dialects = dialects

    def tell(self, path: str, answer: ErrorResponse, request_id: str) -> JSONResponse:
        for prefix, dialect in self._dialects.items():
            if path.startswith(prefix):
                return dialect(answer, request_id)
        return own_dialect(answer, request_id)

    def install(self, app: FastAPI) -> None:
        """Let the app answer every error that is a client's with an envelope."""

        async def tell(
            request: Request, answer: ErrorResponse, headers: Mapping[str, str]
        ) -> JSONResponse:
            response = self.tell(path_within(request.scope), answer, request_id_of(request))
            response.headers.update(headers)
            return response

        async def known(request: Request, error: Exception) -> JSONResponse:
            answer = error_response(error)
            if answer is None:
                raise error
            return await tell(request, answer, {})

        async def invalid(request: Request, error: Exception) -> JSONResponse:
            return await tell(request, _invalid(error), {})

        async def http(request: Request, error: Exception) -> JSONResponse:
            headers = getattr(error, "headers", None) or {}
            return await tell(request, _http(error), headers)

        app.add_exception_handler(ServerError, known)
        app.add_exception_handler(FacesError, known)
        app.add_exception_handler(OSError, known)
        app.add_exception_handler(RequestValidationError, invalid)
        app.add_exception_handler(HTTPException, http)


def request_id_of(request: Request) -> str:
    return str(request.scope.get("request_id", ""))


def internal() -> ErrorResponse:
    """What a client is told of an error that is the server's own fault: nothing."""
    return ErrorResponse(500, "internal", "the server failed on this request; its log says why")


def _invalid(error: Exception) -> ErrorResponse:
    complaints = error.errors() if isinstance(error, RequestValidationError) else []
    fields = [
        {
            "where": legible(".".join(str(part) for part in complaint["loc"])[:MAX_WORDS]),
            "words": legible(str(complaint["msg"])[:MAX_WORDS]),
        }
        for complaint in complaints[:20]
    ]
    for complaint in complaints:
        if complaint["type"] == BAD_NAME:
            fault = {"fault": complaint["ctx"]["fault"], "fields": fields}
            return ErrorResponse(422, BAD_NAME, str(complaint["msg"]), fault)
    details: dict[str, object] = {"fields": fields}
    if complaints and complaints[0]["type"] == "missing" and complaints[0]["loc"][0] == "query":
        details["missing"] = "parameter"
    first = f"{fields[0]['where']}: {fields[0]['words']}" if fields else "it cannot be read"
    return ErrorResponse(422, "invalid_request", f"the request is not valid: {first}", details)


_HTTP_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid_request",
}


def _http(error: Exception) -> ErrorResponse:
    status = getattr(error, "status_code", 400)
    words = str(getattr(error, "detail", "")) or HTTPStatus(status).phrase
    code = _HTTP_CODES.get(status, "bad_request")
    return ErrorResponse(status, code, legible(words[:MAX_WORDS]))
