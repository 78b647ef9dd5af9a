"""Pictures in the bodies of requests: multipart files, or base64 in a form or JSON document."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from fastapi import File, UploadFile
from starlette import datastructures

from lookout.faces.errors import BadImage
from lookout.faces.photo.limits import MAX_BYTES
from lookout.faces.photo.picture import check_size

MAX_FILES = 16
MAX_BASE64 = MAX_BYTES * 4 // 3
"""Characters of the largest picture in base64."""
ONE_PICTURE_BODY = MAX_BASE64 + (1 << 16)
TWO_PICTURES_BODY = MANY_PICTURES_BODY = 2 * MAX_BASE64 + (1 << 16)

PictureFile = Annotated[
    UploadFile, File(description="JPEG, PNG, WebP, BMP, TIFF or GIF, one picture")
]


async def bytes_of(file: datastructures.UploadFile) -> bytes:
    """The bytes of one file. Raises BadImage if it is too large."""
    content = await file.read(MAX_BYTES + 1)
    check_size(len(content))
    return content


def from_base64(text: str) -> bytes:
    """The bytes of a picture in base64, plain or as a data URL. Raises BadImage."""
    if text[:5].lower() == "data:":
        _, _, text = text.partition(",")
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadImage("the picture is not valid base64") from error
    check_size(len(content))
    return content
