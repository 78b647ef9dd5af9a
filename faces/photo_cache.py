"""What was learnt of each photograph, by the hash of its content, so that it is learnt once.

A file beside the gallery, `.encodings.cache.npz`: numpy arrays, no pickle. It may be deleted at any
time; a file that cannot be read, or was made with another detector or encoder, counts as none.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from faces.atomic_file import replace_file
from faces.detections import Floats

FORMAT = 1
MAX_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """One photograph: the code and words of its verdict, and its face where there is one.

    box_xyxy: (4,) float32 in pixels of the decoded picture; zeros without a face.
    encoding: (D,) float32; None unless the photograph is used.
    """

    code: str
    words: str
    box_xyxy: Floats
    encoding: Floats | None = None


def cache_path(gallery_path: Path) -> Path:
    return gallery_path.with_name(f".{gallery_path.stem}.cache.npz")


def load_cache(path: Path, made_with: str, dimension: int) -> dict[str, Learnt]:
    """The photographs learnt so far, by SHA-256; empty where the file is of no use."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return {}
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            if str(arrays["made_with"]) != f"{FORMAT} {made_with}":
                return {}
            hashes, codes, words = (arrays[key] for key in ("hashes", "codes", "words"))
            boxes, encodings = arrays["boxes"], arrays["encodings"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
    count = len(hashes)
    if (
        boxes.shape != (count, 4)
        or encodings.shape != (count, dimension)
        or not len(codes) == len(words) == count
    ):
        return {}
    return {
        str(hashes[i]): Learnt(
            str(codes[i]),
            str(words[i]),
            boxes[i],
            encodings[i] if np.isfinite(encodings[i]).all() else None,
        )
        for i in range(count)
    }


def save_cache(path: Path, made_with: str, dimension: int, learnt: Mapping[str, Learnt]) -> None:
    """Write the cache in one step. Raises OSError."""
    nothing = np.full(dimension, np.nan, np.float32)
    entries = [learnt[key] for key in sorted(learnt)]
    buffer = io.BytesIO()
    np.savez(
        buffer,
        made_with=np.array(f"{FORMAT} {made_with}"),
        hashes=np.array(sorted(learnt), dtype="U64"),
        codes=np.array([entry.code for entry in entries], dtype=np.str_),
        words=np.array([entry.words for entry in entries], dtype=np.str_),
        boxes=np.array([entry.box_xyxy for entry in entries], np.float32).reshape(-1, 4),
        encodings=np.array(
            [nothing if entry.encoding is None else entry.encoding for entry in entries],
            np.float32,
        ).reshape(-1, dimension),
    )
    replace_file(path, buffer.getvalue())
