"""The cache of photographs that were examined in earlier runs, by the hash of their content.

A file beside the gallery, `.encodings.cache.npz`: numpy arrays, no pickle. It may be deleted at any
time; a file that cannot be read, or was made with another detector or encoder, counts as none.
Limits of quality are not applied yet, so another `--quality` needs no second examination.
"""

from __future__ import annotations

import glob
import io
import math
import zipfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lookout.faces.atomic_file import replace_file
from lookout.faces.detections import Floats
from lookout.faces.photo.examiner import ExaminedFace, ExaminedPhoto
from lookout.faces.photo.judgement import Measures, Reason
from lookout.faces.photo.pose import Pose
from lookout.faces.photo.quality import FaceView
from lookout.faces.training.training_report import NO_BOX

FORMAT = 6
"""Raised with every change in what an examination finds in the same bytes."""
MAX_BYTES = 256 * 2**20

_MEASURES = 9


def cache_path(gallery_path: Path) -> Path:
    """The cache file of the gallery at `gallery_path`."""
    return gallery_path.with_name(f".{gallery_path.stem}.cache.npz")


def cache_paths(gallery_path: Path) -> list[Path]:
    """The gallery's own cache, which need not exist, and those of other encoders beside it."""
    stem = glob.escape(gallery_path.stem)
    return [cache_path(gallery_path), *sorted(gallery_path.parent.glob(f".{stem}.*.cache.npz"))]


def load_cache(path: Path, made_with: str, dimension: int) -> dict[str, ExaminedPhoto]:
    """The photographs examined so far, by SHA-256; empty if the file cannot be used."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return {}
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            if str(arrays["made_with"]) != f"{FORMAT} {made_with}":
                return {}
            hashes, codes, messages = (arrays[key] for key in ("hashes", "codes", "messages"))
            boxes, measures, encodings = (arrays[key] for key in ("boxes", "measures", "encodings"))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
    count = len(hashes)
    shapes = (boxes.shape, measures.shape, encodings.shape)
    if shapes != ((count, 4), (count, _MEASURES), (count, dimension)):
        return {}
    if not len(codes) == len(messages) == count:
        return {}
    return {
        str(hashes[i]): ExaminedPhoto(
            str(hashes[i]),
            Reason(str(codes[i]), str(messages[i]))
            if codes[i]
            else ExaminedFace(boxes[i], _measures(measures[i]), encodings[i]),
        )
        for i in range(count)
    }


def save_cache(
    path: Path, made_with: str, dimension: int, examined: Mapping[str, ExaminedPhoto]
) -> None:
    """Writes the cache in one step. Raises OSError."""
    nothing = np.full(dimension, np.nan, np.float32)
    hashes = sorted(examined)
    faces = [_face(examined[key]) for key in hashes]
    faults = [_fault(examined[key]) for key in hashes]
    buffer = io.BytesIO()
    np.savez(
        buffer,
        made_with=np.array(f"{FORMAT} {made_with}"),
        hashes=np.array(hashes, dtype="U64"),
        codes=np.array([fault.code if fault else "" for fault in faults], dtype=np.str_),
        messages=np.array([fault.message if fault else "" for fault in faults], dtype=np.str_),
        boxes=np.array([face.box_xyxy if face else NO_BOX for face in faces], np.float32).reshape(
            -1, 4
        ),
        measures=np.array(
            [_row(face.measures if face else None) for face in faces], np.float32
        ).reshape(-1, _MEASURES),
        encodings=np.array(
            [face.encoding if face else nothing for face in faces], np.float32
        ).reshape(-1, dimension),
    )
    replace_file(path, buffer.getvalue())


def forget(path: Path, hashes: Collection[str]) -> None:
    """Drops the photographs with these SHA-256 from the cache, whatever it was made with.

    A cache that cannot be read is deleted: it may hold them. Raises OSError.
    """
    _rewrite(path, lambda there: ~np.isin(there, list(hashes)))


def keep_only(path: Path, hashes: Collection[str]) -> None:
    """Drop all other photographs; else as `forget`."""
    _rewrite(path, lambda there: np.isin(there, list(hashes)))


def _rewrite(path: Path, kept: Callable[[npt.NDArray[np.str_]], npt.NDArray[np.bool_]]) -> None:
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            content = {key: arrays[key] for key in arrays.files}
            keep = kept(content["hashes"])
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


def _face(photo: ExaminedPhoto) -> ExaminedFace | None:
    return None if isinstance(photo.face, Reason) else photo.face


def _fault(photo: ExaminedPhoto) -> Reason | None:
    return photo.face if isinstance(photo.face, Reason) else None


def _row(measures: Measures | None) -> list[float]:
    """The measures as numbers; NaN for what is not known."""
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
