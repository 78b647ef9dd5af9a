"""What the routes that imitate other systems share: their pictures, subjects, boxes, dialects."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.datastructures import FormData

from lookout.json_document import BadJson, read_json
from lookout.names import name_key
from lookout.server.api.dependencies import Dependencies
from lookout.server.api.errors.api_error import ApiError, BadRequest, ErrorResponse
from lookout.server.api.errors.envelope import headers_of
from lookout.server.api.security.authorization import FORM
from lookout.server.api.services.multipart import MANY_PICTURES_BODY, bytes_of, from_base64
from lookout.server.gallery.people_index import disambiguated_name
from lookout.server.recognize.analysis import AnalyzedImage
from lookout.server.storage.errors import NotFound
from lookout.server.storage.records import Person
from lookout.server.storage.store import MAX_PAGE

PROBABILITY_AT_THRESHOLD = 0.8
"""Scores of dlib's detectors start at 0 and have no upper end; a face that they accept passes the
limit of 0.8 that clients of CompreFace have as their default."""
_SCORES_FROM_ZERO = frozenset({"hog", "mmod"})

CODE_NO_FACE, CODE_TOO_MANY, CODE_NOT_FOUND = 28, 31, 11
_COMPREFACE_CODES = {
    "no_face": CODE_NO_FACE,
    "several_faces": CODE_TOO_MANY,
    "not_found": CODE_NOT_FOUND,
    "not_authenticated": 20,
    "unsupported_media_type": 21,
    "heic_not_read": 21,
    "invalid_request": 26,
    "bad_name": 26,
    "missing_picture": 33,
}


def compreface_dialect(answer: ErrorResponse, _request_id: str) -> JSONResponse:
    """`{"message": …, "code": 28}`; what is not valid is 400 there, and 0 is "undefined"."""
    status = 400 if answer.status == 422 else answer.status
    message = "No face is found in the given image" if answer.code == "no_face" else answer.message
    body = {"message": message, "code": _COMPREFACE_CODES.get(answer.code, 0)}
    return JSONResponse(body, status, headers_of(answer))


def deepstack_dialect(answer: ErrorResponse, _request_id: str) -> JSONResponse:
    """`{"success": false, "error": …, "code": 400}`."""
    status = 400 if answer.status == 422 else answer.status
    message = "No face found in image" if answer.code == "no_face" else answer.message
    body = {"success": False, "error": message, "code": status}
    return JSONResponse(body, status, headers_of(answer))


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


async def fields_of(request: Request) -> dict[str, str | bytes]:
    """The texts and pictures of a form, or of a JSON document; pictures of forms are bytes.

    Raises ApiError for what is neither.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return _json_fields(await request.body())
    if kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        read = request.scope.get(FORM)
        form = read if isinstance(read, FormData) else await request.form(max_files=8)
        try:
            return {
                name: value if isinstance(value, str) else await bytes_of(value)
                for name, value in form.multi_items()
            }
        finally:
            await form.close()
    raise ApiError(415, "unsupported_media_type", "send multipart/form-data or application/json")


def _json_fields(body: bytes) -> dict[str, str | bytes]:
    try:
        document = read_json(body, MANY_PICTURES_BODY)
    except BadJson as error:
        raise BadRequest("invalid_request", str(error)) from error
    if not isinstance(document, dict):
        raise BadRequest("invalid_request", "the body is not a JSON object")
    return {name: value for name, value in document.items() if isinstance(value, str)}


def picture_in(fields: dict[str, str | bytes], *names: str) -> bytes:
    """The first of these fields that is there, as bytes. Raises ApiError."""
    for name in names:
        value = fields.get(name)
        if value is not None:
            return value if isinstance(value, bytes) else from_base64(value)
    raise BadRequest("missing_picture", f"the picture is missing: send it as {names[0]!r}")


def probability(score: float, detector: str) -> float:
    """The detector's score of a face as CompreFace's clients expect it, 0 to 1."""
    if detector in _SCORES_FROM_ZERO:
        rest = 1.0 - PROBABILITY_AT_THRESHOLD
        return PROBABILITY_AT_THRESHOLD + rest * (1.0 - math.exp(-max(score, 0.0)))
    return min(max(float(score), 0.0), 1.0)


def largest_first(look: AnalyzedImage) -> list[int]:
    """The faces, the widest first."""
    return [int(face) for face in np.argsort(-look.detections.size_wh[:, 0], kind="stable")]


def int_box(look: AnalyzedImage, face: int) -> dict[str, int]:
    """The box as whole pixels inside the picture."""
    width, height = look.picture.size_wh
    x0, y0, x1, y1 = (round(float(edge)) for edge in look.detections.box_xyxy[face])
    return {
        "x_max": min(x1, width),
        "y_max": min(y1, height),
        "x_min": max(x0, 0),
        "y_min": max(y0, 0),
    }


def everybody(parts: Dependencies) -> list[Person]:
    """Everybody who is known, with samples or without, oldest first."""
    found: list[Person] = []
    cursor: str | None = None
    while True:
        page = parts.store.people.page(MAX_PAGE, cursor)
        found += page.items
        cursor = page.cursor
        if cursor is None:
            return found


def labels_of(people: Sequence[Person]) -> dict[str, str]:
    """What each of all people is called where people have no ids: no two alike."""
    counts = Counter(name_key(person.name) for person in people)
    return {
        person.id: person.name if counts[name_key(person.name)] == 1 else disambiguated_name(person)
        for person in people
    }


def find_subject(parts: Dependencies, subject: str) -> Person | None:
    """Who is called so, by name or as `labels_of` tells two of one name apart."""
    found = parts.store.people.find_by_name(subject)
    if len(found) == 1:
        return found[0]
    base = subject.rpartition(" (")[0] or subject
    for person in parts.store.people.find_by_name(base):
        if disambiguated_name(person) == subject:
            return person
    if found:
        raise BadRequest("ambiguous", "several people are called so: add `(identifier)`")
    return None


def subject_or_404(parts: Dependencies, subject: str) -> Person:
    found = find_subject(parts, subject)
    if found is None:
        raise NotFound("there is no such subject")
    return found
