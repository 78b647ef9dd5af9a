"""Pictures that come as multipart files."""

from __future__ import annotations

from typing import Annotated

from fastapi import File, UploadFile
from starlette import datastructures

from lookout.server.api.errors.api_error import BadPicture
from lookout.server.imaging.upload import MAX_BYTES

MAX_FILES = 16
ONE_PICTURE_BODY = MAX_BYTES + (1 << 16)
TWO_PICTURES_BODY = 2 * MAX_BYTES + (1 << 16)
MANY_PICTURES_BODY = 64 << 20

Picture = Annotated[UploadFile, File(description="JPEG, PNG, WebP, BMP, TIFF or GIF, one picture")]


async def bytes_of(file: datastructures.UploadFile) -> bytes:
    """The bytes of one file. Raises BadPicture where it is too large."""
    content = await file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise BadPicture(413, "too_large", f"a picture has at most {MAX_BYTES >> 20} MiB")
    return content
