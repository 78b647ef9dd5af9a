"""What is no good picture gets a clear answer of 4xx, none of 5xx, and nothing is stored."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from importlib.util import find_spec

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from lookout.faces.detections import Image
from lookout.faces.errors import BadImage, ImageFault
from lookout.faces.photo.limits import MAX_BYTES
from lookout.faces.photo.picture import read_picture
from lookout.server.api.errors.api_error import error_response
from lookout.server.api.services.face_analyzer import MAX_WAITING_BYTES
from lookout.server.api.services.multipart import MANY_PICTURES_BODY, ONE_PICTURE_BODY
from lookout.server.registry.fetch import FetchRules
from tests.support.api import Api, encoded
from tests.support.hostile_pictures import png_of, saved, scan_bomb

BadPicture = Callable[[Image], bytes]


def rgb(image_bgr: Image) -> Pillow.Image:
    return Pillow.fromarray(np.ascontiguousarray(image_bgr[:, :, ::-1]))


def zip_bomb(_: Image) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("photo.jpg", bytes(1 << 24))
    return buffer.getvalue()


def text_bomb(_: Image) -> bytes:
    """A PNG whose comment is 64 MB of nothing, packed."""
    small = png_of(32, 32, bytes(32 * 97))
    body = b"Comment\0\0" + zlib.compress(bytes(1 << 26))
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body
    chunk += struct.pack(">I", zlib.crc32(b"zTXt" + body))
    return small[:33] + chunk + small[33:]


def animated(image: Image) -> bytes:
    frames = [rgb(image).convert("P"), rgb(image[::-1]).convert("P")]
    return saved(frames[0], "GIF", save_all=True, append_images=frames[1:])


BAD: dict[str, tuple[BadPicture, int, str]] = {
    "empty": (lambda _: b"", 422, "bad_image"),
    "text": (lambda _: b"<svg onload=alert(1)>", 415, "unsupported_media_type"),
    "truncated JPEG": (lambda i: encoded(i)[:5000], 422, "bad_image"),
    "truncated PNG": (lambda i: encoded(i, ".png")[:5000], 422, "bad_image"),
    "1×1": (lambda i: encoded(i[:1, :1], ".png"), 422, "image_too_small"),
    "100 megapixels": (lambda _: png_of(10_000, 10_000), 413, "too_many_pixels"),
    "4 gigapixels": (lambda _: png_of(65_535, 65_535), 413, "too_many_pixels"),
    "zip bomb": (zip_bomb, 415, "unsupported_media_type"),
    "packed comment": (text_bomb, 422, "bad_image"),
    "animated GIF": (animated, 415, "animated"),
    "pages": (
        lambda i: saved(rgb(i), "TIFF", save_all=True, append_images=[rgb(i)]),
        415,
        "animated",
    ),
    "32-bit grey": (
        lambda i: saved(Pillow.fromarray(i[:, :, 0].astype(np.float32)), "TIFF"),
        415,
        "too_many_bits",
    ),
    "half of a HEIC": (
        lambda _: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(500),
        *((422, "bad_image") if find_spec("pillow_heif") else (415, "heic_not_read")),
    ),
    "16×60000": (lambda i: saved(rgb(i).resize((16, 60_000)), "PNG"), 422, "image_too_small"),
    "60000×16": (lambda i: saved(rgb(i).resize((60_000, 16)), "PNG"), 422, "image_too_small"),
    "1,000 scans": (lambda _: scan_bomb((640, 480), 1000), 422, "too_many_scans"),
    "too many bytes": (
        lambda _: b"\xff\xd8\xff\xe0" + bytes(MAX_BYTES + (1 << 20)),
        413,
        "too_large",
    ),
}

STATUS_OF = {code: status for _, status, code in BAD.values()} | {"heic_not_read": 415}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_picture_is_refused_with_words_and_leaves_nothing(
    api: Api, astronaut_bgr: Image, name: str
) -> None:
    make, status, code = BAD[name]
    content = make(astronaut_bgr)
    person = api.call("POST", "/api/v1/people", json={"name": "P"}).json()["id"]
    # the name and the type lie; the bytes decide
    file = ("../../etc/x.jpg", content, "image/jpeg")
    for path, field in (
        ("/api/v1/recognize", "file"),
        (f"/api/v1/people/{person}/samples", "files"),
    ):
        answer = api.call("POST", path, files={field: file})
        # a list of photographs is refused as a whole, with the code of the first
        assert answer.status_code == (422 if field == "files" else status), answer.text
        error = answer.json()["error"]
        assert error["code"] == code, answer.text
        assert len(error["message"]) > 10
    assert api.store.samples.count() == 0
    assert not list((api.folder / "crops").iterdir())


def test_a_picture_lying_on_its_side_is_turned_upright(api: Api, astronaut_bgr: Image) -> None:
    lying = rgb(np.ascontiguousarray(np.rot90(astronaut_bgr)))
    exif = Pillow.Exif()
    exif[0x0112] = 6  # turn it clockwise to see it upright
    content = saved(lying, "JPEG", exif=exif, quality=95)
    body = api.call("POST", "/api/v1/recognize", files={"file": content}).json()
    assert body["size_wh"] == [512, 320]
    (face,) = body["faces"]
    assert face["box_xyxy"] == pytest.approx([175, 76, 266, 167], abs=12)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"])
def test_each_format_is_read_whatever_it_is_called(astronaut_bgr: Image, kind: str) -> None:
    picture = read_picture(saved(rgb(astronaut_bgr), kind))
    assert picture.size_wh == (512, 320)
    difference = cv2.absdiff(picture.image_bgr, astronaut_bgr)
    assert difference.mean() < 8


@pytest.mark.parametrize(
    "content_of",
    [
        lambda i: saved(rgb(i).convert("CMYK"), "JPEG"),
        lambda i: encoded(i[:, :, 0].astype(np.uint16) * 257, ".png"),
        lambda i: encoded(i.astype(np.uint16) * 257, ".png"),
    ],
    ids=["CMYK", "16-bit grey", "16-bit colour"],
)
def test_what_a_folder_of_photographs_may_hold_is_read_over_http_too(
    api: Api, astronaut_bgr: Image, content_of: BadPicture
) -> None:
    files = {"file": content_of(astronaut_bgr)}
    (face,) = api.call("POST", "/api/v1/recognize", files=files).json()["faces"]
    assert face["box_xyxy"] == pytest.approx([175, 76, 266, 167], abs=12)


def test_every_fault_of_a_picture_has_a_status_of_its_own_kind() -> None:
    statuses = {fault: error_response(BadImage("words", fault)) for fault in ImageFault}
    assert {fault: (found.status, found.code) for fault, found in statuses.items() if found} == {
        fault: (STATUS_OF[fault.value], fault.value) for fault in ImageFault
    }


def test_the_largest_picture_is_not_too_large_for_a_request() -> None:
    assert min(ONE_PICTURE_BODY, MANY_PICTURES_BODY) > MAX_BYTES * 4 // 3
    assert MAX_WAITING_BYTES > MAX_BYTES
    assert FetchRules().max_bytes == MAX_BYTES


def test_a_form_without_a_picture_and_a_name_of_megabytes_are_refused_briefly(api: Api) -> None:
    answer = api.call("POST", "/api/v1/recognize", data={"file": "no file"})
    assert answer.status_code == 422
    answer = api.call("POST", "/api/v1/people", json={"name": "x" * 900_000})
    assert answer.status_code == 422
    assert len(answer.content) < 2000
    answer = api.call("POST", "/api/v1/people", json={"name": "x" * 10_000_000})
    assert answer.status_code == 413
    answer = api.call(
        "POST",
        "/api/v1/people",
        content=b'{"name": "\\ud800"}',
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 422
    assert api.store.people.count() == 0
