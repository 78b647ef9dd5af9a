"""Opens the detector and the encoder that the settings name."""

from __future__ import annotations

from faces.detect.hog import HogDetector
from faces.encode.reference import DlibReferenceEncoder
from faces.errors import ModelMissing
from faces.seams import Detector, Encoder


def open_detector(name: str = "auto", device: str = "auto") -> Detector:
    """The detector called `name`, on `device`: auto, cpu or cuda."""
    if name in ("auto", "hog"):
        return HogDetector()
    raise ModelMissing(f"there is no detector called {name!r}; there is: hog")


def open_encoder(name: str = "dlib-128", device: str = "auto") -> Encoder:
    """The encoder called `name`, on `device`: auto, cpu or cuda."""
    if name == "dlib-128":
        return DlibReferenceEncoder()
    raise ModelMissing(f"there is no encoder called {name!r}; there is: dlib-128")
