"""Reads the weights of the PyPI package `mtcnn`, without TensorFlow and without unpickling.

Its `.lz4` files are joblib pickles of a list of arrays. A pickle is a program; here its opcodes are
only walked, never executed, and the raw float32 payload behind each array's opcodes is copied.
"""

from __future__ import annotations

import importlib.util
import io
import math
import pickletools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lookout.faces.detections import Floats
from lookout.faces.errors import ModelDamaged, ModelMissing

_MAX_BYTES = 16 * 1024 * 1024
"""The largest of the three files is 1.6 MB unpacked."""


def find_weights(filename: str) -> Path:
    """The path of `pnet.lz4`, `rnet.lz4` or `onet.lz4`; `mtcnn` itself is not imported."""
    spec = importlib.util.find_spec("mtcnn")
    if spec is not None and spec.submodule_search_locations:
        path = Path(spec.submodule_search_locations[0]) / "assets" / "weights" / filename
        if path.is_file():
            return path
    raise ModelMissing("MTCNN's weights are not installed; run: pip install mtcnn")


def read_arrays(path: Path, shapes: Sequence[tuple[int, ...]]) -> list[Floats]:
    """The arrays of one file, float32, which must have exactly these shapes in this order.

    Raises ModelDamaged that names the array, its offset and what was expected; ModelMissing if the
    package `lz4` is not installed.
    """
    try:
        import lz4.frame
    except ImportError as error:
        raise ModelMissing("MTCNN's weights are packed with lz4; run: pip install lz4") from error
    try:
        unpacked = lz4.frame.LZ4FrameDecompressor().decompress(path.read_bytes(), _MAX_BYTES)
        return _walk(io.BytesIO(unpacked), list(shapes), path)
    except (RuntimeError, ValueError) as error:
        raise ModelDamaged(f"{path} is truncated or foreign: {error}") from error


def _walk(stream: io.BytesIO, shapes: list[tuple[int, ...]], path: Path) -> list[Floats]:
    arrays: list[Floats] = []
    numbers: list[int] = []
    before = ""
    for opcode, argument, _ in pickletools.genops(stream):
        if opcode.name == "EMPTY_DICT":
            numbers = []
        elif opcode.name.startswith("BININT") and isinstance(argument, int):
            numbers.append(argument)
        elif opcode.name == "BUILD" and before == "SETITEMS":
            # joblib's array wrapper is complete: its first numbers are the shape, and the data
            # follow here: one byte that counts padding, the padding, the array
            if len(arrays) == len(shapes):
                raise ModelDamaged(f"{path} holds more than the {len(shapes)} arrays expected")
            shape = shapes[len(arrays)]
            if tuple(numbers[: len(shape)]) != shape:
                raise ModelDamaged(
                    f"array {len(arrays)} of {path} at byte {stream.tell()}: expected the shape "
                    f"{shape}, found {tuple(numbers[: len(shape)])}"
                )
            stream.seek(stream.read(1)[0], io.SEEK_CUR)
            arrays.append(_read_array(stream, shape, path))
        before = opcode.name
    if len(arrays) != len(shapes):
        raise ModelDamaged(f"{path} holds {len(arrays)} arrays, expected {len(shapes)}")
    return arrays


def _read_array(stream: io.BytesIO, shape: tuple[int, ...], path: Path) -> Floats:
    offset = stream.tell()
    raw = stream.read(4 * math.prod(shape))
    if len(raw) != 4 * math.prod(shape):
        raise ModelDamaged(f"{path} ends inside the array of shape {shape} at byte {offset}")
    return np.frombuffer(raw, "<f4").reshape(shape)
