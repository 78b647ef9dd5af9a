"""The picture of one face as it is kept."""

from __future__ import annotations

from lookout.faces.detections import Floats, Image
from lookout.faces.photo.crop import crop_face as crop_face
from lookout.server.imaging.jpeg import encode_jpeg
from lookout.server.imaging.resize import fit

CROP_QUALITY = 90
"""JPEG quality: a crop of 512 px has about 60 kB."""
CROP_PX = 512
"""The longer side at most."""


def crop_jpeg(image_bgr: Image, box_xyxy: Floats) -> bytes:
    """The face in the box (4,), with its margin, as a JPEG."""
    return crop_to_jpeg(crop_face(image_bgr, box_xyxy))


def crop_to_jpeg(crop_bgr: Image) -> bytes:
    """A crop that was made before, as the JPEG to keep."""
    return encode_jpeg(fit(crop_bgr, CROP_PX), CROP_QUALITY)
