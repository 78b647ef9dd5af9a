"""Opens the detector and the encoder that the settings name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from faces.detect.hog import HogDetector
from faces.encode.dlib128 import Dlib128Encoder
from faces.errors import ModelMissing
from faces.runtime.session import RuntimeChoice
from faces.seams import Detector, Encoder

DEFAULT_DETECTOR = "hog"
DEFAULT_ENCODER = "dlib-128"

DETECTORS: Mapping[str, Callable[[RuntimeChoice], Detector]] = {
    "hog": lambda _: HogDetector(),
}
ENCODERS: Mapping[str, Callable[[RuntimeChoice], Encoder]] = {
    "dlib-128": Dlib128Encoder,
}


def open_detector(
    name: str = "auto", device: str = "auto", *, runtime: RuntimeChoice | None = None
) -> Detector:
    """The detector called `name`, on `device` (auto, cpu or cuda) or as `runtime` says in full.

    Raises ModelMissing for an unknown name, DeviceMissing for a device that is not here.
    """
    name = DEFAULT_DETECTOR if name == "auto" else name
    if name not in DETECTORS:
        raise ModelMissing(f"there is no detector {name!r}; there is: {', '.join(DETECTORS)}")
    return DETECTORS[name](runtime or RuntimeChoice(device=device))


def open_encoder(
    name: str = "auto", device: str = "auto", *, runtime: RuntimeChoice | None = None
) -> Encoder:
    """The encoder called `name`, on `device` (auto, cpu or cuda) or as `runtime` says in full.

    Raises ModelMissing for an unknown name, DeviceMissing for a device that is not here.
    """
    name = DEFAULT_ENCODER if name == "auto" else name
    if name not in ENCODERS:
        raise ModelMissing(f"there is no encoder {name!r}; there is: {', '.join(ENCODERS)}")
    return ENCODERS[name](runtime or RuntimeChoice(device=device))
