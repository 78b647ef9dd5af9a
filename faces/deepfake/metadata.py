"""What a file says of its own making: its metadata, read without decoding the picture."""

from __future__ import annotations

import io
import re

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from lookout.faces.deepfake.signs import Cue, Signs
from lookout.faces.detections import Image

_MAKE, _MODEL, _SOFTWARE = 0x010F, 0x0110, 0x0131
_GENERATORS = re.compile(
    r"stable.?diffusion|midjourney|dall.?e|firefly|comfyui|automatic1111|invokeai|novelai|"
    r"facefusion|roop|deepfacelab|faceswap|reface|imagen|gemini|flux\.1|generative",
    re.IGNORECASE,
)
_EDITORS = re.compile(r"photoshop|gimp|affinity|pixelmator|paint|snapseed|facetune", re.IGNORECASE)
_TEXTS = ("parameters", "prompt", "workflow", "Software", "Comment", "Description")
"""Fields of a PNG in which programs note how they made it."""
THUMBNAIL_PX = 32
DIFFERS = 24.0
"""Mean difference in grey levels, after the light of both is made equal, from which the small
picture inside a file shows something else than the file."""


def metadata_cue(content: bytes, image_bgr: Image) -> Cue:
    """The cue of a whole picture; `image_bgr` is what was decoded from these bytes, upright."""
    try:
        with Pillow.open(io.BytesIO(content)) as opened:
            exif = opened.getexif()
            texts = [str(opened.info.get(name, "")) for name in _TEXTS]
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return Cue("metadata", Signs.WEAK, 1.0, "The metadata of the file is broken.")
    software = str(exif.get(_SOFTWARE, ""))
    if any(_GENERATORS.search(text) for text in (software, *texts)):
        return Cue("metadata", Signs.FOUND, 2.0, "The file says that a generator made it.")
    thumbnail = _thumbnail(content)
    if thumbnail is not None and _difference(thumbnail, image_bgr) > DIFFERS:
        return Cue(
            "metadata",
            Signs.FOUND,
            2.0,
            "The small picture inside the file shows something else: the file was edited.",
        )
    if _EDITORS.search(software):
        return Cue(
            "metadata",
            Signs.INCONCLUSIVE,
            None,
            "An editor of pictures saved the file, as it does most that are published.",
        )
    if exif.get(_MAKE) or exif.get(_MODEL):
        return Cue("metadata", Signs.NONE, 0.0, "The file names the camera that took it.")
    return Cue(
        "metadata",
        Signs.INCONCLUSIVE,
        None,
        "The file names no camera: most ways of sending pictures remove that, so it says little.",
    )


def _thumbnail(content: bytes) -> npt.NDArray[np.uint8] | None:
    """The small grey picture that a camera put into the first segments of a JPEG; None without."""
    if not content.startswith(b"\xff\xd8"):
        return None
    begin = content.find(b"\xff\xd8\xff", 3, 1 << 16)
    if begin < 0:
        return None
    end = content.find(b"\xff\xd9", begin, begin + (1 << 16))
    if end < 0:
        return None
    data = np.frombuffer(content[begin : end + 2], np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    return None if image is None else np.asarray(image, np.uint8)


def _difference(thumbnail: npt.NDArray[np.uint8], image_bgr: Image) -> float:
    grey = cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY)
    turned = [np.asarray(np.rot90(thumbnail, quarter), np.uint8) for quarter in range(4)]
    return min(_mean_difference(one, np.asarray(grey, np.uint8)) for one in turned)


def _mean_difference(one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> float:
    size = (THUMBNAIL_PX, THUMBNAIL_PX)
    a, b = (
        cv2.resize(np.ascontiguousarray(image), size, interpolation=cv2.INTER_AREA).astype(
            np.float32
        )
        for image in (one, other)
    )
    a, b = ((image - image.mean()) / max(float(image.std()), 1.0) for image in (a, b))
    return float(np.abs(a - b).mean() * 64)
