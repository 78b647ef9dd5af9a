"""dlib's weights: the files in the wheel of `face_recognition_models`, found without importing it.

Importing that package needs `pkg_resources`, which current setuptools no longer has; its files
are all that is wanted of it. Each file is verified by its SHA-256.
"""

from __future__ import annotations

import hashlib
import importlib.util
from functools import lru_cache
from pathlib import Path

from lookout.faces.errors import ModelDamaged, ModelMissing

RESNET = "dlib_face_recognition_resnet_model_v1.dat"
MMOD = "mmod_human_face_detector.dat"
LANDMARKS_5 = "shape_predictor_5_face_landmarks.dat"
LANDMARKS_68 = "shape_predictor_68_face_landmarks.dat"


SHA256 = {
    RESNET: "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    MMOD: "4cb19393e2fbaf2b1609a9319ad5386618c886a6234ec1b971f3e87c85d87fe6",
    LANDMARKS_5: "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
    LANDMARKS_68: "fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f",
}
"""The files of face_recognition_models 0.3.0, the same since 2017."""


def dlib_weights(filename: str) -> Path:
    """The path of one of dlib's weight files, verified against its SHA-256.

    Raises ModelMissing if the wheel is not installed, ModelDamaged if the file differs.
    """
    path = find_weights(filename)
    check_weights(path, filename)
    return path


def find_weights(filename: str) -> Path:
    """The path of one of dlib's weight files. Raises ModelMissing if the wheel is not installed."""
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is not None and spec.submodule_search_locations:
        path = Path(spec.submodule_search_locations[0]) / "models" / filename
        if path.is_file():
            return path
    raise ModelMissing(
        f"dlib's weights ({filename}) are not installed; run: pip install face_recognition_models"
    )


def check_weights(path: Path, filename: str) -> None:
    """Raises ModelDamaged unless `path` holds what face_recognition_models has as `filename`."""
    try:
        facts = path.stat()
        found = _sha256(path, facts.st_size, facts.st_mtime_ns)
    except OSError as error:
        raise ModelDamaged(f"{path} cannot be read: {error.strerror}") from error
    if found != SHA256[filename]:
        raise ModelDamaged(
            f"{path} is not the {filename} of face_recognition_models 0.3.0: its SHA-256 is "
            f"{found}, expected {SHA256[filename]}. It was not loaded. Restore it with: "
            "pip install --force-reinstall --no-deps face_recognition_models==0.3.0"
        )


@lru_cache(maxsize=8)
def _sha256(path: Path, _size: int, _mtime_ns: int) -> str:
    """The SHA-256, once for an unchanged file: 100 MB take a third of a second."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
