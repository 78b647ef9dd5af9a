"""Galleries of other programs, in the shapes that scripts around face_recognition pickle.

    {"encodings": [...], "names": [...]}    also known_face_encodings, known_names and the like
    {"Ada": encoding, "Grace": [encoding, encoding]}
    (encodings, names), or the other way round
    [("Ada", encoding), …]    [{"name": "Ada", "encoding": encoding}, …]

Texts may be bytes, as Python 2 wrote them, lists may be numpy arrays, and an encoding may lie in a
list of its own. A row that cannot be used is left out, and a line says which and why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lookout.faces.detections import Floats
from lookout.faces.errors import GalleryForeign
from lookout.faces.gallery.encodings_file import (
    FAMILY_ENCODER,
    MAX_ENCODINGS,
    clean_names,
    read_content,
)
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.gallery.safe_unpickle import plain
from lookout.names import shown

FAMILY_DIMENSION = 128
LONGEST_ENCODING = 4096
ENCODING_KEYS = ("encoding", "encodings", "embedding", "embeddings", "face_encoding")

Row = tuple[object, object]
"""A name and what should be one encoding, or a list of them."""


@dataclass(frozen=True, slots=True, eq=False)
class ForeignGallery:
    """What could be read, and a line for each row that could not."""

    gallery: Gallery
    left_out: tuple[str, ...]


def read_foreign(path: Path) -> ForeignGallery:
    """The people of another program's file. Runs nothing that the file brings.

    Raises OSError, GalleryUnsafe or GalleryDamaged, which GalleryForeign is one of.
    """
    return foreign_gallery(read_content(path))


def foreign_gallery(content: Any) -> ForeignGallery:
    """The people in what was unpickled. Raises GalleryForeign if it has none of the shapes."""
    names: list[object] = []
    vectors: list[Floats] = []
    left_out: list[str] = []
    for number, (name, value) in enumerate(_rows(plain(content)), start=1):
        for vector in _vectors(value):
            if vector is None:
                left_out.append(f"row {number} ({_shown(name)}): it has no encoding of numbers")
            elif not _is_name(name):
                left_out.append(f"row {number} ({_shown(name)}): it has no name")
            else:
                names.append(str(name) if isinstance(name, int) else name)
                vectors.append(vector)
            if len(names) + len(left_out) > MAX_ENCODINGS:
                raise GalleryForeign(f"it has over {MAX_ENCODINGS} encodings")
    if not names and left_out:
        raise GalleryForeign(f"no row of it can be used; {left_out[0]}")
    return _gallery(names, vectors, left_out)


def _gallery(
    names: Sequence[object], vectors: Sequence[Floats], left_out: list[str]
) -> ForeignGallery:
    width = Counter(map(len, vectors)).most_common(1)[0][0] if vectors else FAMILY_DIMENSION
    if width != FAMILY_DIMENSION:
        raise GalleryForeign(
            f"its encodings have {width} numbers, those of dlib and face_recognition "
            f"{FAMILY_DIMENSION}; encodings of different networks cannot be compared. Enrol these "
            "people from photographs"
        )
    clean, refused = clean_names(names)
    left_out += refused
    kept_names, kept = [], []
    for name, vector in zip(clean, vectors, strict=True):
        if name is not None and len(vector) == width:
            kept_names.append(name)
            kept.append(vector)
        elif name is not None:
            left_out.append(f"{name}: an encoding has {len(vector)} numbers, the others {width}")
    matrix = np.array(kept, np.float32).reshape(-1, width)
    return ForeignGallery(Gallery(matrix, tuple(kept_names), FAMILY_ENCODER), tuple(left_out))


def _rows(content: object) -> Iterator[Row]:
    if isinstance(content, dict):
        fields = {_text(key): plain(value) for key, value in content.items()}
        columns = _columns(fields)
        if columns is not None:
            yield from _zipped(*columns)
        elif isinstance(fields.get("name"), str | bytes):
            yield _row(fields)
        else:
            yield from content.items()
    elif isinstance(content, list | tuple) and (pair := _two_columns(content)) is not None:
        yield from _zipped(*pair)
    elif isinstance(content, list | tuple):
        yield from (_row(plain(item)) for item in content)
    else:
        raise GalleryForeign(f"it is of type {type(content).__name__}, which holds no people")


def _columns(fields: Mapping[object, object]) -> tuple[object, object] | None:
    """The columns of names and of encodings; None if the keys are not those of columns."""
    keys = [key for key in fields if isinstance(key, str)]
    names = [key for key in keys if key.endswith("names") or key == "labels"]
    encodings = [key for key in keys if key.endswith(("encodings", "embeddings"))]
    if len(names) != 1 or len(encodings) != 1:
        return None
    return fields[names[0]], fields[encodings[0]]


def _two_columns(content: Sequence[object]) -> tuple[object, object] | None:
    """(encodings, names) or (names, encodings) as names and encodings; None for a list of rows."""
    if len(content) != 2:
        return None
    first, second = plain(content[0]), plain(content[1])
    for names, encodings in ((first, second), (second, first)):
        listed = _listed(names)
        if listed and all(map(_is_name, listed)) and not isinstance(encodings, str | bytes):
            return names, encodings
    return None


def _zipped(names: object, encodings: object) -> Iterator[Row]:
    first, second = _listed(names), _listed(encodings)
    if first is None or second is None:
        raise GalleryForeign("its names and encodings are not two lists")
    if len(first) != len(second):
        raise GalleryForeign(
            f"it has {len(first)} names and {len(second)} encodings, so it is not "
            "known whose is whose"
        )
    yield from zip(first, second, strict=True)


def _row(item: object) -> Row:
    if isinstance(item, dict):
        fields = {_text(key): value for key, value in item.items()}
        values = [fields[key] for key in ENCODING_KEYS if key in fields]
        return fields.get("name"), values[0] if values else None
    if isinstance(item, list | tuple) and len(item) == 2:
        first, second = plain(item[0]), plain(item[1])
        return (second, first) if _is_name(second) and not _is_name(first) else (first, second)
    return None, None


def _vectors(value: object) -> list[Floats | None]:
    """The encodings of a value; None for each item that is none, and for a value without one."""
    value = plain(value)
    if isinstance(value, dict):
        value = plain(_row(value)[1])
    if isinstance(value, np.ndarray):
        return [_vector(row) for row in value] if value.ndim == 2 else [_vector(value)]
    if not isinstance(value, list | tuple) or set(map(type, value)) <= {float, int}:
        return [_vector(value)]
    return [_vector(_unwrapped(plain(item))) for item in value]


def _unwrapped(value: object) -> object:
    """The only item of a list: `face_encodings` gives a list, even for one face."""
    return plain(value[0]) if isinstance(value, list | tuple) and len(value) == 1 else value


def _vector(value: object) -> Floats | None:
    """(D,) float32, finite; None for anything else."""
    if isinstance(value, np.ndarray):
        if value.ndim != 1 or value.dtype.kind not in "fiu":
            return None
    elif not isinstance(value, list | tuple) or not set(map(type, value)) <= {float, int}:
        return None
    if not 2 <= len(value) <= LONGEST_ENCODING:
        return None
    try:
        with np.errstate(over="ignore"):
            vector = np.asarray(value, np.float32)
    except (OverflowError, ValueError, TypeError):
        return None
    return vector if np.isfinite(vector).all() else None


def _listed(value: object) -> list[object] | None:
    if isinstance(value, np.ndarray):
        return list(value.tolist() if value.dtype.kind in "US" else value)
    return [plain(item) for item in value] if isinstance(value, list | tuple) else None


def _is_name(value: object) -> bool:
    return isinstance(value, str | bytes | int) and not isinstance(value, bool)


def _text(key: object) -> object:
    return key.decode("utf-8", "replace") if isinstance(key, bytes) else key


def _shown(name: object) -> str:
    return shown(name) if _is_name(name) else "no name"
