"""Errors in the form of the imitated systems: their statuses, codes and messages."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi.responses import JSONResponse

from lookout.faces.errors import ImageFault
from lookout.server.api.errors.api_error import ErrorResponse
from lookout.server.api.errors.envelope import headers_of

_IMAGE_FAULTS = frozenset(fault.value for fault in ImageFault)

CODE_NO_SUCH_KEY, CODE_NO_KEY, CODE_NOT_A_PICTURE, CODE_MISSING_PARAMETER = 10, 20, 21, 33
COMPREFACE_CODES: Mapping[str, int] = {
    "not_authenticated": CODE_NO_SUCH_KEY,
    "unsupported_media_type": CODE_NOT_A_PICTURE,
    "invalid_request": 26,
    "bad_name": 26,
    "no_face": 28,
    "several_faces": 31,
    "missing_picture": 34,
    "subject_not_found": 42,
    "conflict": 43,
    "face_not_found": 44,
}
"""Those of CompreFace's CommonExceptionCode; 0 is its "undefined"."""


def compreface_dialect(answer: ErrorResponse, _request_id: str) -> JSONResponse:
    """`{"message": …, "code": 28}`; a request that cannot be served is 400."""
    status = 400 if answer.status in (415, 422) else answer.status
    message = "No face is found in the given image" if answer.code == "no_face" else answer.message
    return JSONResponse(
        {"message": message, "code": _compreface_code(answer)}, status, headers_of(answer)
    )


def deepstack_dialect(answer: ErrorResponse, _request_id: str) -> JSONResponse:
    """`{"success": false, "error": …, "code": 400}`; a request that cannot be served is 400."""
    status = 400 if answer.status in (404, 415, 422) else answer.status
    body = {"success": False, "error": _deepstack_message(answer), "code": status}
    return JSONResponse(body, status, headers_of(answer))


def _compreface_code(answer: ErrorResponse) -> int:
    if answer.details.get("missing") == "key":
        return CODE_NO_KEY
    if answer.details.get("missing") == "parameter":
        return CODE_MISSING_PARAMETER
    if answer.code in _IMAGE_FAULTS:
        return CODE_NOT_A_PICTURE
    return COMPREFACE_CODES.get(answer.code, 0)


def _deepstack_message(answer: ErrorResponse) -> str:
    if answer.code == "no_face":
        return "No face found in image"
    if answer.status == 401:
        return "Incorrect api key: send one as the form field api_key, or in the header x-api-key"
    if answer.code in _IMAGE_FAULTS:
        return f"Invalid image: {answer.message}"
    return answer.message
