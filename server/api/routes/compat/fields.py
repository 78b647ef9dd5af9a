"""The fields of requests to compatible routes: texts and pictures, of a form or of JSON."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.datastructures import FormData

from lookout.json_document import BadJson, read_json
from lookout.server.api.errors.api_error import ApiError, BadRequest
from lookout.server.api.security.authorization import FORM
from lookout.server.api.services.multipart import (
    MANY_PICTURES_BODY,
    MAX_FILES,
    bytes_of,
    from_base64,
)

Fields = dict[str, str | bytes]
"""By name; bytes are files. Blank texts are left out, so that they take their default."""


def picture_body(*fields: str, **texts: str) -> dict[str, Any]:
    """For OpenAPI: pictures as files or in base64, and further texts with what they mean."""
    files = {name: {"type": "string", "format": "binary"} for name in fields}
    base64 = {name: {"type": "string", "description": "base64"} for name in fields}
    more = {name: {"type": "string", "description": words} for name, words in texts.items()}

    def content(properties: dict[str, Any]) -> dict[str, Any]:
        return {"schema": {"type": "object", "properties": {**properties, **more}}}

    return {
        "requestBody": {
            "content": {
                "multipart/form-data": content(files),
                "application/json": content(base64),
            }
        }
    }


async def fields_of(request: Request) -> Fields:
    """The fields of a form, or of a JSON document. Raises ApiError for what is neither."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        fields = _json_fields(await request.body())
    elif kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        fields = await _form_fields(request)
    else:
        raise ApiError(
            415, "unsupported_media_type", "send multipart/form-data or application/json"
        )
    return {name: value for name, value in fields.items() if isinstance(value, bytes) or value}


def picture_in(fields: Fields, *names: str) -> bytes:
    """The first of these fields that is there, as bytes. Raises ApiError."""
    for name in names:
        value = fields.get(name)
        if value is not None:
            return value if isinstance(value, bytes) else from_base64(value)
    raise BadRequest("missing_picture", f"the picture is missing: send it as {names[0]!r}")


def pictures_in(fields: Fields) -> list[bytes]:
    """Every file, whatever its field is called, and the texts called `image…` as base64. Raises
    ApiError where there is none."""
    found = [
        value if isinstance(value, bytes) else from_base64(value)
        for name, value in fields.items()
        if isinstance(value, bytes) or name.startswith("image")
    ]
    if not found:
        raise BadRequest("missing_picture", "the picture is missing: send it as 'image'")
    return found[:MAX_FILES]


async def _form_fields(request: Request) -> Fields:
    read = request.scope.get(FORM)
    form = read if isinstance(read, FormData) else await request.form(max_files=MAX_FILES)
    try:
        return {
            name: value if isinstance(value, str) else await bytes_of(value)
            for name, value in form.multi_items()
        }
    finally:
        await form.close()


def _json_fields(body: bytes) -> Fields:
    try:
        document = read_json(body, MANY_PICTURES_BODY)
    except BadJson as error:
        raise BadRequest("invalid_request", str(error)) from error
    if not isinstance(document, dict):
        raise BadRequest("invalid_request", "the body is not a JSON object")
    return {name: value for name, value in document.items() if isinstance(value, str)}
