"""What goes over the way to an engine, and back: a few arrays, and a note in JSON. No pickle.

    length of the note (4 bytes, little-endian) | note | arrays, one after the other

The note has the name of the network, and the type and shape of each array.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.protocols import Chip
from lookout.json_document import BadJson, read_json
from lookout.server.remote.errors import RemoteFailed

MAX_BYTES = 64 << 20
"""Of a message: a picture of 20 megapixels."""
MAX_NOTE = 1 << 16
MAX_ARRAYS = 256
_TYPES: Mapping[str, np.dtype[Any]] = {"uint8": np.dtype("u1"), "float32": np.dtype("<f4")}
Array = npt.NDArray[Any]


def pack(name: str, arrays: Sequence[Array]) -> bytes:
    """A message about the network called `name`."""
    listed = [[str(array.dtype), *array.shape] for array in arrays]
    note = json.dumps({"name": name, "arrays": listed}).encode()
    parts = [np.ascontiguousarray(array).tobytes() for array in arrays]
    return b"".join((struct.pack("<I", len(note)), note, *parts))


def unpack(message: bytes) -> tuple[str, list[Array]]:
    """The name and the arrays of a message. Raises RemoteFailed for anything else."""
    try:
        name, listed, at = _note(message)
        return name, list(_arrays(listed, message, at))
    except (struct.error, BadJson, ValueError, KeyError, TypeError) as error:
        raise RemoteFailed(f"a message of the engine cannot be read: {error}") from error


def _note(message: bytes) -> tuple[str, Any, int]:
    """The name, what is said of the arrays, and where these begin."""
    if len(message) > MAX_BYTES:
        raise ValueError("it is too large")
    (length,) = struct.unpack_from("<I", message)
    note = read_json(message[4 : 4 + length], MAX_NOTE)
    if not isinstance(note, dict):
        raise TypeError("its note is no mapping")
    return str(note["name"]), note["arrays"], 4 + length


def _arrays(listed: Any, message: bytes, at: int) -> Iterator[Array]:
    if not isinstance(listed, list) or len(listed) > MAX_ARRAYS:
        raise ValueError("it has too many arrays")
    for kind, *shape in listed:
        if not all(isinstance(size, int) and 0 <= size <= MAX_BYTES for size in shape):
            raise ValueError("an array has an odd shape")
        dtype, count = _TYPES[kind], math.prod(shape)
        yield np.frombuffer(message, dtype, count, at).reshape(shape)
        at += count * dtype.itemsize
    if at != len(message):
        raise ValueError("it is longer than its arrays")


def pack_image(name: str, image_bgr: Image) -> bytes:
    """A picture for the detector called `name`."""
    return pack(name, [image_bgr])


def pack_found(name: str, found: Detections) -> bytes:
    """What a detector has found in a picture."""
    points = () if found.points_xy is None else (found.points_xy,)
    return pack(name, [found.box_xyxy, found.score, *points])


def read_found(message: bytes, name: str) -> Detections:
    """What the detector called `name` has found. Raises RemoteFailed."""
    try:
        return Detections(*_of(message, name))
    except (ValueError, TypeError) as error:
        raise RemoteFailed(f"the engine's detections cannot be read: {error}") from error


def pack_chips(name: str, chips: Sequence[Chip]) -> bytes:
    """Chips for the encoder called `name`; parts of a chip follow each other."""
    parts = [part for chip in chips for part in (chip if isinstance(chip, tuple) else (chip,))]
    return pack(name, parts)


def read_chips(arrays: Sequence[Array], parts: int) -> list[Chip]:
    """The chips of a message, of so many parts each. Raises ValueError."""
    if parts == 1:
        return list(arrays)
    if len(arrays) % parts:
        raise ValueError(f"{len(arrays)} arrays make no chips of {parts} parts")
    return [tuple(arrays[at : at + parts]) for at in range(0, len(arrays), parts)]


def read_encodings(message: bytes, name: str, count: int, dimension: int) -> Floats:
    """(count, dimension) float32 by the encoder called `name`. Raises RemoteFailed."""
    arrays = _of(message, name)
    if len(arrays) != 1 or arrays[0].shape != (count, dimension):
        raise RemoteFailed(f"the engine's encodings are not {count} of {dimension} numbers")
    return np.asarray(arrays[0], np.float32)


def _of(message: bytes, name: str) -> list[Array]:
    theirs, arrays = unpack(message)
    if theirs != name:
        raise RemoteFailed(f"the engine has {theirs}, and this server {name}: give both the same")
    return arrays
