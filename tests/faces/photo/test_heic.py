"""HEIC and AVIF are read where their libraries are, and say what to install where they are not."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import skimage.data
from PIL import Image as Pillow
from PIL import features

from lookout.faces.errors import BadImage, ImageFault
from lookout.faces.photo.picture import read_picture
from tests.support.hostile_pictures import saved

pytestmark = pytest.mark.data


def portrait() -> Pillow.Image:
    """Eileen Collins, 512×320."""
    return Pillow.fromarray(skimage.data.astronaut()[:320])


def heic(picture: Pillow.Image, **options: object) -> bytes:
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    return saved(picture, "HEIF", **options)


def lying_exif() -> Pillow.Exif:
    exif = Pillow.Exif()
    exif[0x0112] = 6  # turn it clockwise to see it upright
    return exif


def difference(content: bytes) -> float:
    read = read_picture(content)
    assert read.size_wh == (512, 320)
    upright = np.asarray(portrait(), np.int16)[:, :, ::-1]
    return float(np.abs(read.image_bgr - upright).mean())


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow reads no AVIF")
def test_avif_is_read_and_turned_upright() -> None:
    lying = portrait().transpose(Pillow.Transpose.ROTATE_90)
    assert difference(saved(portrait(), "AVIF", quality=90)) < 8
    assert difference(saved(lying, "AVIF", quality=90, exif=lying_exif())) < 8


def test_heic_is_read_and_turned_upright() -> None:
    lying = portrait().transpose(Pillow.Transpose.ROTATE_90)
    assert difference(heic(portrait(), quality=90)) < 8
    # as bytes, the orientation becomes a property of the HEIC, as in a phone's
    assert difference(heic(lying, quality=90, exif=lying_exif().tobytes())) < 8


def test_of_several_pictures_in_a_heic_the_main_one_is_read() -> None:
    other = Pillow.new("RGB", (512, 320))
    content = heic(other, save_all=True, append_images=[portrait()], primary_index=1, quality=90)
    assert difference(content) < 8


def test_half_a_heic_is_damaged_and_a_thin_one_is_refused() -> None:
    content = heic(portrait())
    for damaged in (content[:2000], content[: len(content) // 2]):
        with pytest.raises(BadImage, match="damaged") as raised:
            read_picture(damaged)
        assert raised.value.fault is ImageFault.BAD_IMAGE
    with pytest.raises(BadImage, match="too long and thin"):
        read_picture(heic(Pillow.new("RGB", (2000, 16))))


WITHOUT = """
import sys
sys.modules["pillow_heif"] = None  # what Python itself does for a package that must not be found
from lookout.faces.errors import BadImage
from lookout.faces.photo.picture import read_picture
try:
    read_picture(b"\\0\\0\\0\\x18ftypheic\\0\\0\\0\\0mif1heic" + bytes(500))
except BadImage as error:
    sys.exit(f"{error.fault}: {error}")
"""


def test_without_the_library_the_message_has_the_way_to_a_jpeg_and_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("heic_not_read: HEIC is not read here: send a JPEG")
    assert "Most Compatible" in done.stderr
    assert "pip install 'lookout[heic]'" in done.stderr
