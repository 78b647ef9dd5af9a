"""What was learnt of each photograph, by the hash of its content, so that it is learnt once.

A file beside the gallery, `.encodings.cache.npz`: numpy arrays, no pickle. It may be deleted at any
time; a file that cannot be read, or was made with another detector or encoder, counts as none.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookout.faces.atomic_file import replace_file
from lookout.faces.detections import Floats
from lookout.faces.photo.judgement import Measures, Reason
from lookout.faces.photo.pose import Pose
from lookout.faces.photo.quality import FaceView

FORMAT = 4
MAX_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """One photograph: its face and what was measured of it, or why there is no face to measure.

    Limits are not applied yet, so that another quality setting needs no second look.

    box_xyxy: (4,) float32 in pixels of the decoded picture; zeros without a face.
    """

    fault: Reason | None
    box_xyxy: Floats
    measures: Measures | None = None
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
            boxes, measures, encodings = (arrays[key] for key in ("boxes", "measures", "encodings"))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
    count = len(hashes)
    shapes = (boxes.shape, measures.shape, encodings.shape)
    if shapes != ((count, 4), (count, _MEASURES), (count, dimension)):
        return {}
    if not len(codes) == len(words) == count:
        return {}
    return {
        str(hashes[i]): Learnt(
            Reason(str(codes[i]), str(words[i])) if codes[i] else None,
            boxes[i],
            None if codes[i] else _measures(measures[i]),
            None if codes[i] else encodings[i],
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
        codes=np.array([e.fault.code if e.fault else "" for e in entries], dtype=np.str_),
        words=np.array([e.fault.words if e.fault else "" for e in entries], dtype=np.str_),
        boxes=np.array([e.box_xyxy for e in entries], np.float32).reshape(-1, 4),
        measures=np.array([_row(e.measures) for e in entries], np.float32).reshape(-1, _MEASURES),
        encodings=np.array(
            [nothing if e.encoding is None else e.encoding for e in entries], np.float32
        ).reshape(-1, dimension),
    )
    replace_file(path, buffer.getvalue())


def forget(path: Path, hashes: Collection[str]) -> None:
    """Drop the photographs with these SHA-256 from the cache, whatever it was made with.

    A cache that cannot be read is deleted: it may hold them. Raises OSError.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            content = {key: arrays[key] for key in arrays.files}
            keep = ~np.isin(content["hashes"], list(hashes))
            content |= {key: content[key][keep] for key in content if key != "made_with"}
    except FileNotFoundError:
        return
    except (ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile):
        path.unlink(missing_ok=True)
        return
    if not keep.all():
        buffer = io.BytesIO()
        np.savez(buffer, **content)
        replace_file(path, buffer.getvalue())


_MEASURES = 9


def _row(measures: Measures | None) -> list[float]:
    """The measures as numbers; what is not known is no number."""
    nan = float("nan")
    if measures is None:
        return [nan] * _MEASURES
    view, pose = measures.view, measures.pose
    turns = (nan, nan, nan) if pose is None else (pose.yaw, pose.pitch, pose.roll)
    spread = nan if measures.spread is None else measures.spread
    seen = (view.size_px, view.brightness, view.contrast, view.sharpness)
    return [*seen, measures.inside, *turns, spread]


def _measures(row: Floats) -> Measures:
    size_px, brightness, contrast, sharpness, inside, yaw, pitch, roll, spread = map(float, row)
    return Measures(
        FaceView(size_px, brightness, contrast, sharpness),
        inside,
        None if math.isnan(yaw) else Pose(yaw, pitch, roll),
        None if math.isnan(spread) else spread,
    )
