"""One photograph through the examiner, in every form in which a photograph comes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageCms

from lookout.faces.detect.hog import HogDetector
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import BadImage, ImageFault
from lookout.faces.photo.examiner import ExaminedPhoto, PhotoExaminer
from lookout.faces.photo.judgement import NO_FACE, SEVERAL_FACES, Quality
from lookout.faces.photo.limits import LONGER_SIDE_PX
from lookout.faces.photo.picture import read_picture

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def portrait() -> Image.Image:
    """Eileen Collins, 512×320, one face."""
    return Image.fromarray(skimage.data.astronaut()[:320])


@pytest.fixture(scope="module")
def examiner() -> PhotoExaminer:
    return PhotoExaminer(HogDetector(0), open_encoder("dlib-128", "cpu"))


@pytest.fixture(scope="module")
def plain(examiner: PhotoExaminer, portrait: Image.Image) -> ExaminedPhoto:
    return examiner.examine(saved(portrait, "PNG"))


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def sixteen_bits(picture: Image.Image) -> Image.Image:
    """Grey, 16 bits a pixel, as scanners and raw converters save it."""
    return Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)


def distance(a: ExaminedPhoto, b: ExaminedPhoto) -> float:
    return float(np.linalg.norm(a.require_face().encoding - b.require_face().encoding))


def test_a_good_portrait_has_a_face_an_encoding_and_nothing_against_it(
    plain: ExaminedPhoto,
) -> None:
    face = plain.require_face()
    assert face.box_xyxy == pytest.approx([175, 76, 266, 167], abs=12)
    assert face.encoding.shape == (128,)
    assert plain.reasons() == ()
    assert plain.usable(use_poor=False)
    assert len(plain.detections) == 1
    assert plain.without_picture().picture is None


def test_a_picture_without_one_face_that_is_meant_is_never_usable(
    examiner: PhotoExaminer, portrait: Image.Image
) -> None:
    wall = examiner.examine(saved(Image.new("RGB", (200, 200), "grey"), "PNG"))
    assert wall.reasons() == (NO_FACE,)
    twice = Image.new("RGB", (1024, 320))
    twice.paste(portrait, (0, 0))
    twice.paste(portrait, (512, 0))
    two = examiner.examine(saved(twice, "PNG"))
    assert two.reasons(Quality.OFF) == (SEVERAL_FACES,)
    for photo in (wall, two):
        assert not photo.usable(Quality.OFF, use_poor=True)
        with pytest.raises(ValueError, match="no face to enrol"):
            photo.require_face()


def test_a_dark_portrait_is_usable_only_if_poor_ones_are(
    examiner: PhotoExaminer, portrait: Image.Image
) -> None:
    dark = examiner.examine(saved(portrait.point(lambda value: value // 10), "PNG"))
    assert [reason.code for reason in dark.reasons()] == ["too_dark"]
    assert dark.reasons(Quality.OFF) == ()
    assert not dark.usable(use_poor=False)
    assert dark.usable(use_poor=True)
    assert dark.usable(use_poor=False, only=True)
    assert not dark.usable(Quality.STRICT, use_poor=False, only=True)


def test_a_tiny_portrait_is_not_used_even_if_it_is_the_only_one(
    any_examiner: PhotoExaminer, portrait: Image.Image
) -> None:
    width, height = portrait.size
    tiny = any_examiner.examine(saved(portrait.resize((width // 3, height // 3)), "PNG"))
    assert not tiny.usable(use_poor=False, only=True)


@pytest.fixture(scope="module", params=["hog", "yunet"])
def any_examiner(request: pytest.FixtureRequest, weights: None) -> PhotoExaminer:
    return PhotoExaminer(open_detector(request.param), open_encoder("dlib-128", "cpu"))


@pytest.mark.parametrize(
    ("turn", "advice"),
    [
        (Image.Transpose.ROTATE_90, "turn the picture a quarter to the right"),
        (Image.Transpose.ROTATE_180, "turn the picture upside down"),
        (Image.Transpose.ROTATE_270, "turn the picture a quarter to the left"),
    ],
)
def test_a_turned_picture_is_said_to_be_turned_and_is_never_learnt(
    any_examiner: PhotoExaminer, portrait: Image.Image, turn: Image.Transpose, advice: str
) -> None:
    (reason,) = any_examiner.examine(saved(portrait.transpose(turn), "PNG")).reasons(Quality.OFF)
    assert reason.code == "turned"
    assert advice in reason.message


@pytest.mark.parametrize(
    ("form", "most"),
    [
        (lambda picture: saved(picture.convert("CMYK"), "JPEG", quality=95), 0.1),
        (lambda picture: saved(sixteen_bits(picture), "PNG"), 0.25),  # it has no colours
        (lambda picture: saved(sixteen_bits(picture), "TIFF"), 0.25),
        (lambda picture: saved(picture, "MPO", save_all=True, append_images=[picture]), 0.1),
        (lambda picture: saved(picture.convert("RGBA"), "WEBP", lossless=True), 0.1),
    ],
    ids=["CMYK", "16-bit PNG", "16-bit TIFF", "a phone's MPO", "WebP"],
)
def test_an_unusual_form_of_a_portrait_has_the_same_face(
    examiner: PhotoExaminer,
    plain: ExaminedPhoto,
    portrait: Image.Image,
    form: Callable[[Image.Image], bytes],
    most: float,
) -> None:
    photo = examiner.examine(form(portrait))
    assert photo.reasons() == ()
    assert distance(photo, plain) < most


def test_sixteen_bits_a_pixel_become_the_upper_eight() -> None:
    grey = Image.fromarray(np.full((20, 30), 0x7FFF, np.uint16))
    for kind in ("PNG", "TIFF"):
        assert np.unique(read_picture(saved(grey, kind)).image_bgr).tolist() == [0x7F]


def test_a_cmyk_picture_with_a_useless_profile_is_converted_by_the_plain_formula(
    portrait: Image.Image,
) -> None:
    cmyk = portrait.convert("CMYK")
    foreign = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    expected = read_picture(saved(cmyk, "JPEG", quality=95)).image_bgr
    for profile in (b"no profile", foreign):
        content = saved(cmyk, "JPEG", quality=95, icc_profile=profile)
        assert (read_picture(content).image_bgr == expected).all()


def test_a_large_photograph_is_examined_small_and_keeps_its_own_size(portrait: Image.Image) -> None:
    picture = read_picture(saved(portrait.resize((3200, 2000)), "JPEG"))
    assert picture.size_wh == (3200, 2000)
    assert picture.image_bgr.shape == (1000, LONGER_SIDE_PX, 3)
    assert picture.scale == 2.0


@pytest.mark.parametrize(
    ("content", "fault", "message"),
    [
        (b"", ImageFault.BAD_IMAGE, "0 bytes"),
        (b"\0\0\0\x18ftypavif" + bytes(100), ImageFault.BAD_IMAGE, "the AVIF picture is damaged"),
        (b"%PDF-1.7", ImageFault.UNSUPPORTED, "supported format: JPEG, PNG"),
        (saved(Image.new("L", (15, 99)), "PNG"), ImageFault.TOO_SMALL, "at least 16 a side"),
        (saved(Image.new("F", (99, 99)), "TIFF"), ImageFault.TOO_MANY_BITS, "8 or 16 bits"),
    ],
)
def test_a_picture_that_is_not_read_says_why_and_has_a_stable_code(
    content: bytes, fault: ImageFault, message: str
) -> None:
    with pytest.raises(BadImage, match=re.escape(message)) as raised:
        read_picture(content)
    assert raised.value.fault is fault
