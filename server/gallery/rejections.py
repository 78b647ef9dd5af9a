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
    negatives_files,
    read_negatives,
    save_negatives,
    waiting_file,
)
from lookout.faces.detections import Floats
from lookout.faces.errors import BadPeople
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
    with only_writer(encodings_file, timeout_s):
        before = rejections_of(encodings_file, encoder.name)
        time_s = _free_time(before, time.time() if now_s is None else now_s)
        if name:
            after = before.rejected(name, few, time_s, where)
        else:
            after = before.ignored(few, time_s, where)
        save_negatives(beside(encodings_file), after)
    return Rejection(name, time_s, where, len(few))


def take_back(
    encodings_file: Path,
    encoder: Encoder,
    time_s: float | None = None,
    *,
    timeout_s: float = TIMEOUT_S,
) -> Rejection:
    """Takes back the rejection made at `time_s`, or the last. Raises BadPeople if there is none."""
    with only_writer(encodings_file, timeout_s):
        negatives = rejections_of(encodings_file, encoder.name)
        made = negatives.rejections
        chosen = [rejection for rejection in made if time_s in (None, rejection.time_s)]
        if not chosen:
            raise BadPeople("there is nothing to take back: no face was rejected, or not then")
        save_negatives(beside(encodings_file), negatives.without(chosen[-1]))
    return chosen[-1]


def taken_back(rejection: Rejection) -> str:
    """The message to the person who took it back, from whichever side."""
    if rejection.ignore:
        return "Taken back. This person is no longer ignored."
    return f"Taken back. A face like this one may be called {rejection.name} again."


def use_encoder(encodings_file: Path, encoder: str) -> None:
    """Brings the rejections that this encoder made into use, where another one's are."""
    current = read_negatives(beside(encodings_file))
    if current is not None and current.encoder != encoder:
        with only_writer(encodings_file):
            rejections_of(encodings_file, encoder)


def rejections_of(encodings_file: Path, encoder: str) -> Negatives:
    """The rejections so far; for whoever holds the gallery (`only_writer`). Those of another
    encoder, which do not compare, wait in a file of their own until it is in use again."""
    path = beside(encodings_file)
    read = {file: read_negatives(file) for file in negatives_files(path)}
    current = read.pop(path, None)
    if current is not None and current.encoder == encoder:
        return current
    waiting = {file: own for file, own in read.items() if own and own.encoder == encoder}
    own = next(iter(waiting.values()), None) or Negatives(encoder)
    if current is not None:
        aside = waiting_file(path, current.encoder)
        path.replace(aside)
        log.warning(
            "the rejected faces in %s were seen by %s, not by %s: they wait in %s until %s is in "
            "use again",
            *(path, current.encoder, encoder, aside, current.encoder),
        )
    if waiting:
        save_negatives(path, own)
        log.info("%d faces that were rejected with %s are in use again", len(own), encoder)
        for file in waiting:
            file.unlink()
    return own


def _free_time(negatives: Negatives, now_s: float) -> float:
    taken = {item.time_s for item in negatives.items}
    while now_s in taken:
        now_s += 1e-3
    return now_s
