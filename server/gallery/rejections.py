"""Rejections of faces, "this is not Ada" and "ignore this person", and their file.

Each function changes the file beside the gallery in one step, while no other program writes the
gallery; a running server applies the change within a second
(`server.gallery.negatives_watch`). All raise GalleryError or OSError if the file cannot be used;
nothing is changed then.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path

from lookout.faces.decision.negatives import (
    Negatives,
    Rejection,
    beside,
    load_negatives,
    read_negatives,
    save_negatives,
)
from lookout.faces.detections import Floats
from lookout.faces.errors import BadPeople, EncoderMismatch
from lookout.faces.gallery.farthest_points import farthest_points
from lookout.faces.gallery.file_lock import TIMEOUT_S, only_writer
from lookout.faces.photo.agreement import NEAR_DUPLICATE
from lookout.faces.protocols import Encoder

log = logging.getLogger(__name__)

MAX_ENCODINGS = 4
"""Of one rejected face. A track has up to twelve, most of them alike."""


def reject_encodings(
    encodings_file: Path,
    encoder: Encoder,
    name: str,
    encodings: Floats,
    *,
    where: str = "",
    now_s: float | None = None,
    timeout_s: float = TIMEOUT_S,
) -> Rejection:
    """Records that the face with these encodings (N, D) by `encoder` is not `name` or, with an
    empty name, is to be ignored. A diverse few of them are kept.

    encodings_file: the gallery (`encodings.pkl`). where: the camera that saw it, for people to
    read. Raises GalleryBusy if another program changes the gallery for `timeout_s`; ValueError
    without an encoding.
    """
    few = farthest_points(encodings, MAX_ENCODINGS, NEAR_DUPLICATE * encoder.tolerance)
    path = beside(encodings_file)
    with only_writer(encodings_file, timeout_s):
        before = _opened(path, encoder.name)
        time_s = _free_time(before, time.time() if now_s is None else now_s)
        if name:
            after = before.rejected(name, few, time_s, where)
        else:
            after = before.ignored(few, time_s, where)
        save_negatives(path, after)
    return Rejection(name, time_s, where, len(few))


def take_back(
    encodings_file: Path, time_s: float | None = None, *, timeout_s: float = TIMEOUT_S
) -> Rejection:
    """Takes back the rejection made at `time_s`, or the last. Raises BadPeople if there is none."""
    path = beside(encodings_file)
    with only_writer(encodings_file, timeout_s):
        negatives = read_negatives(path)
        made = () if negatives is None else negatives.rejections
        chosen = [rejection for rejection in made if time_s in (None, rejection.time_s)]
        if negatives is None or not chosen:
            raise BadPeople("there is nothing to take back: no face was rejected, or not then")
        save_negatives(path, negatives.without(chosen[-1]))
    return chosen[-1]


def _opened(path: Path, encoder: str) -> Negatives:
    """The rejections so far; those of another encoder, which do not compare, are set aside."""
    try:
        return load_negatives(path, encoder)
    except EncoderMismatch as error:
        aside = path.with_suffix(".before.json")
        path.replace(aside)
        log.warning("%s. The file is now %s", error, aside)
        return Negatives(encoder)


def _free_time(negatives: Negatives, now_s: float) -> float:
    taken = {item.time_s for item in negatives.items}
    while now_s in taken:
        now_s += 1e-3
    return now_s
