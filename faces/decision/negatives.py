"""What a face is not: rejected sightings, and people to be ignored.

"This is not Ada" keeps the encoding of the rejected face. Near it nobody is called Ada again,
unless Ada's own photographs are nearer by a margin. "Ignore this person" keeps a face that belongs
to nobody: near it nobody gets a name. Kept beside the gallery as JSON: it has encodings of faces,
and is guarded like the gallery.
"""

from __future__ import annotations

import glob
import json
import math
import urllib.parse
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lookout.faces.atomic_file import replace_file
from lookout.faces.detections import Floats
from lookout.faces.errors import EncoderMismatch, GalleryDamaged
from lookout.faces.gallery.gallery import MAX_NAME_LENGTH
from lookout.json_document import read_json

MAX_NEGATIVES = 10_000
MAX_FILE_BYTES = 256 * 2**20
_VERSION = 1


@dataclass(frozen=True, slots=True, eq=False)
class Negative:
    """One face that is not `name`; with an empty name, one that is to be ignored.

    encoding: (D,) float32. time_s: when it was said, Unix seconds. where: which camera saw it.
    """

    encoding: Floats
    name: str
    time_s: float
    where: str = ""

    @property
    def ignore(self) -> bool:
        return not self.name


@dataclass(frozen=True, slots=True)
class Rejection:
    """What was said at one time: so many `looks` are not `name`, or with an empty name are of
    somebody to be ignored. No two rejections have the same time, which is what they are told by."""

    name: str
    time_s: float
    where: str
    looks: int

    @property
    def ignore(self) -> bool:
        return not self.name

    @property
    def words(self) -> str:
        return "to be ignored" if self.ignore else f"not {self.name}"


@dataclass(frozen=True, slots=True, eq=False)
class Negatives:
    """All of them, for one encoder. None is an ordinary value.

    Raises ValueError if the encodings differ in dimension, are not finite, or are too many.
    """

    encoder: str
    items: tuple[Negative, ...] = ()

    def __post_init__(self) -> None:
        if len(self.items) > MAX_NEGATIVES:
            raise ValueError(f"at most {MAX_NEGATIVES} rejected faces are kept")
        for item in self.items:
            shape = self.items[0].encoding.shape
            if item.encoding.shape != shape or not np.isfinite(item.encoding).all():
                raise ValueError("the encoding of a rejected face is not like the others'")
            too_long = max(len(item.name), len(item.where)) > MAX_NAME_LENGTH
            if too_long or not math.isfinite(item.time_s):
                raise ValueError("a rejected face has a name that is too long, or no time")

    def __len__(self) -> int:
        return len(self.items)

    @property
    def rejections(self) -> tuple[Rejection, ...]:
        """What was said, the oldest first."""
        looks = Counter((item.time_s, item.name, item.where) for item in self.items)
        return tuple(
            Rejection(name, time_s, where, count)
            for (time_s, name, where), count in sorted(looks.items())
        )

    def rejected(self, name: str, encodings: Floats, time_s: float, where: str = "") -> Negatives:
        """With the faces `encodings` (N, D), which are not `name`; the oldest make room."""
        if not name.strip():
            raise ValueError("whom is this not? Give a name, or ignore the face")
        return self._with(name, encodings, time_s, where)

    def ignored(self, encodings: Floats, time_s: float, where: str = "") -> Negatives:
        """With the faces `encodings` (N, D) of somebody who is to be ignored."""
        return self._with("", encodings, time_s, where)

    def without(self, rejection: Rejection) -> Negatives:
        """Take back what was said then."""
        kept = (item for item in self.items if item.time_s != rejection.time_s)
        return replace(self, items=tuple(kept))

    def nearest(self, probes: Floats, weights: npt.NDArray[np.float64], name: str) -> float:
        """The distance from the probes (N, D), by their weights (N,) of sum 1, to the nearest face
        that is not `name` (or, with an empty name, is ignored); infinite if there is none."""
        held = [item.encoding for item in self.items if item.name == name]
        if not held:
            return math.inf
        apart = np.linalg.norm(probes[:, None] - np.stack(held)[None], axis=2)
        return float((weights @ apart).min())

    def _with(self, name: str, encodings: Floats, time_s: float, where: str) -> Negatives:
        new = tuple(Negative(np.asarray(e, np.float32), name, time_s, where) for e in encodings)
        return replace(self, items=(*self.items, *new)[-MAX_NEGATIVES:])


def beside(encodings_file: Path) -> Path:
    """Where the negatives of a gallery file are."""
    return encodings_file.with_suffix(".negatives.json")


def negatives_files(path: Path) -> list[Path]:
    """The files of negatives of a gallery that are there: the one in use, `path`, then those that
    other encoders made, which wait until theirs is in use again."""
    waiting = sorted(path.parent.glob(f"{glob.escape(path.stem)}.*.json"))
    return [path, *waiting] if path.exists() else waiting


def waiting_file(path: Path, encoder: str) -> Path:
    """Where the negatives of an encoder wait while those of another one are in use at `path`."""
    return path.with_suffix(f".{urllib.parse.quote(encoder, safe='')}.json")


def save_negatives(path: Path, negatives: Negatives) -> None:
    """Replace the file in one step. Raises OSError; the old file then stays."""
    faces = [
        {
            "not": item.name,
            "time_s": item.time_s,
            "where": item.where,
            "encoding": [round(float(x), 7) for x in item.encoding],
        }
        for item in negatives.items
    ]
    text = json.dumps({"version": _VERSION, "encoder": negatives.encoder, "faces": faces})
    replace_file(path, text.encode())


def load_negatives(path: Path, encoder: str) -> Negatives:
    """Those of `encoder`, also where they wait in a file of their own; none if there is no file.

    Raises GalleryDamaged for a file that is not one of ours, EncoderMismatch if there are those of
    other encoders alone, OSError if a file cannot be read.
    """
    others = []
    for file in negatives_files(path):
        negatives = read_negatives(file)
        if negatives is not None and negatives.encoder == encoder:
            return negatives
        others += [negatives.encoder] if negatives else []
    if not others:
        return Negatives(encoder)
    raise EncoderMismatch(
        f"the rejected faces in {path} were seen by {others[0]}, not by {encoder}, and are not "
        f"used: reject them again, or go back to {others[0]}"
    )


def read_negatives(path: Path) -> Negatives | None:
    """Those of whichever encoder; None if there is no file. Raises as `load_negatives`."""
    if not path.exists():
        return None
    if path.stat().st_size > MAX_FILE_BYTES:
        raise GalleryDamaged(f"{path} is too large for a file of rejected faces")
    try:
        content: Any = read_json(path.read_bytes(), MAX_FILE_BYTES)
        return Negatives(str(content["encoder"]), tuple(map(_read, content["faces"])))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GalleryDamaged(f"{path} is no file of rejected faces: {error}") from error


def _read(face: Mapping[str, Any]) -> Negative:
    encoding = np.array(face["encoding"], np.float32)
    return Negative(encoding, str(face["not"]), float(face["time_s"]), str(face.get("where", "")))
