"""Weight files of sites, and their average: FedAvg as the predecessor knew it.

A file is `.npz` without pickle or `.safetensors`: names, shapes and numbers, never code. An array
`people`, of one number, says how many people it was learned of; without it a file counts as one.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lookout.json_document import read_json
from lookout.server.federated.errors import BadWeights

Numbers = npt.NDArray[np.float64]
MAX_BYTES = 64 * 2**20
MAX_ARRAYS = 1000
MAX_HEADER = 2**20
PEOPLE = "people"
MOST_PEOPLE = 1_000_000
_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4"}


@dataclass(frozen=True, slots=True, eq=False)
class LayerWeights:
    """arrays: float64 by name. people: how many they were learned of, 1 or more."""

    arrays: Mapping[str, Numbers]
    people: float

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: array.shape for name, array in self.arrays.items()}


def read_weights(content: bytes) -> LayerWeights:
    """The weights in a file, by what it is, not by its name. Raises BadWeights."""
    if len(content) > MAX_BYTES:
        raise BadWeights(f"a weight file has at most {MAX_BYTES >> 20} MiB")
    try:
        arrays = _npz(content) if content[:2] == b"PK" else _safetensors(content)
    except BadWeights:
        raise
    except (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise BadWeights(
            f"the file is no .npz without pickle and no .safetensors: {str(error)[:200]}"
        ) from error
    people = arrays.pop(PEOPLE, np.ones(1))
    if people.size != 1 or not 1 <= people.sum() <= MOST_PEOPLE:
        raise BadWeights(f"`{PEOPLE}` is one number from 1 to {MOST_PEOPLE}")
    if not arrays:
        raise BadWeights("the file holds no weights")
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise BadWeights(f"{name!r:.60} holds what is no number (NaN or infinite)")
    return LayerWeights(arrays, float(people.sum()))


def averaged(weights: Sequence[LayerWeights]) -> LayerWeights:
    """The mean weighted by people (FedAvg: B. McMahan et al., AISTATS 2017).

    Raises BadWeights for none, or for files that differ in names or shapes.
    """
    if not weights:
        raise BadWeights("at least one local weight file is needed: upload one first")
    for other in weights[1:]:
        if other.shapes != weights[0].shapes:
            raise BadWeights(_difference(weights[0], other))
    total = sum(one.people for one in weights)
    return LayerWeights(
        {
            name: np.asarray(sum(one.people / total * one.arrays[name] for one in weights))
            for name in weights[0].arrays
        },
        total,
    )


def to_npz(weights: LayerWeights) -> bytes:
    """The weights as a file that `read_weights` takes; float32, as networks keep them."""
    content = io.BytesIO()
    arrays = {name: array.astype(np.float32) for name, array in weights.arrays.items()}
    np.savez(content, **arrays, people=np.array([weights.people]))  # type: ignore[arg-type]
    return content.getvalue()


def _npz(content: bytes) -> dict[str, Numbers]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_ARRAYS or sum(e.file_size for e in entries) > MAX_BYTES:
            raise BadWeights("the file unpacks to more than a weight file may have")
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        return {name: _numbers(name, stored[name]) for name in stored.files}


def _safetensors(content: bytes) -> dict[str, Numbers]:
    """A length, a header in JSON, the numbers (the format of that name, version 0.4)."""
    size = int.from_bytes(content[:8], "little")
    if len(content) < 8 or size > min(MAX_HEADER, len(content) - 8):
        raise BadWeights("the file is neither .npz nor .safetensors")
    header = read_json(content[8 : 8 + size], MAX_HEADER)
    if not isinstance(header, dict) or len(header) > MAX_ARRAYS:
        raise BadWeights("the header of the .safetensors file names too much, or nothing")
    header.pop("__metadata__", None)
    arrays = {}
    for name, entry in header.items():
        if entry["dtype"] not in _TYPES:
            raise BadWeights(f"{name!r:.60} has the type {entry['dtype']!r:.20}, which is not read")
        start, end = (8 + size + int(offset) for offset in entry["data_offsets"])
        if not 8 + size <= start <= end <= len(content):
            raise BadWeights(f"{name!r:.60} lies outside the file")
        flat = np.frombuffer(content[start:end], _TYPES[entry["dtype"]])
        arrays[str(name)] = _numbers(name, flat.reshape([int(n) for n in entry["shape"]]))
    return arrays


def _numbers(name: str, array: npt.NDArray[np.generic]) -> Numbers:
    if array.dtype.kind not in "fiu":
        raise BadWeights(f"{name!r:.60} holds no numbers but {array.dtype}")
    return array.astype(np.float64)


def _difference(one: LayerWeights, other: LayerWeights) -> str:
    for name in sorted({*one.shapes, *other.shapes}):
        a, b = one.shapes.get(name), other.shapes.get(name)
        if a != b:
            one_has, other_has = ("missing" if s is None else s for s in (a, b))
            return f"the files differ: {name!r:.60} is {one_has} in one, {other_has} in another"
    return "the files differ"
