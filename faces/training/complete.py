"""The completion of an encoder's file: what other encoders have learnt, from the photographs.

After a change of encoder the photographs of everybody in the portable file are encoded once more.
They were judged when they were enrolled; none is judged again.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lookout.faces.detections import Floats
from lookout.faces.errors import BadImage
from lookout.faces.gallery.encodings_file import file_for, load_gallery, read_gallery, save_gallery
from lookout.faces.gallery.file_lock import only_writer
from lookout.faces.gallery.gallery import Gallery, Sample
from lookout.faces.photo.examiner import PhotoExaminer
from lookout.faces.photo.judgement import Reason
from lookout.faces.photo.picture import read_file
from lookout.faces.protocols import Encoder
from lookout.faces.training.examinations import CHECKPOINT_S
from lookout.faces.training.photo_folders import survey
from lookout.names import name_key

Progress = Callable[[int, int], None]
"""Called after each photograph: how many are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class LackingPhoto:
    """A photograph of somebody in the portable file that the encoder has not encoded. `trusted`:
    the portable file has an encoding of this very photograph, so that it was judged."""

    name: str
    path: Path
    sha256: str
    trusted: bool


def lacking(path: Path, images: Path, encoder: str) -> list[LackingPhoto]:
    """The photographs under `images` that the encoder's file lacks beside the portable `path`.

    Of a person whose encodings do not say where they come from, all photographs; no photograph is
    read while nothing is lacking. Raises GalleryError if a file cannot be used, OSError.
    """
    portable, own = _read(path), _read(file_for(path, encoder))
    there = {(name, sample.sha256) for name, sample in zip(own.names, own.samples, strict=True)}
    wanted: dict[str, set[str]] = defaultdict(set)
    for name, sample in zip(portable.names, portable.samples, strict=True):
        if (name, sample.sha256) not in there and (sample.sha256 or name not in own.counts):
            wanted[name].add(sample.sha256)
    if not wanted or not images.is_dir():
        return []
    spelled, found = {name_key(name): name for name in wanted}, []
    for file, person in survey(images).files:
        if name_key(person) not in spelled:
            continue
        name = spelled[name_key(person)]
        try:
            sha256 = hashlib.sha256(read_file(file)).hexdigest()
        except BadImage:
            continue
        if sha256 in wanted[name] or "" in wanted[name]:
            found.append(LackingPhoto(name, file, sha256, sha256 in wanted[name]))
    return found


def complete(
    path: Path,
    photos: list[LackingPhoto],
    examiner: PhotoExaminer,
    *,
    stop: threading.Event | None = None,
    progress: Progress = lambda _done, _total: None,
) -> int:
    """Encodes these photographs into the file of the examiner's encoder; returns how many it could.

    A photograph without one face that is meant is left out. What is done is saved every ten
    seconds, and at the end, or when `stop` is set. Raises GalleryError and OSError.
    """
    added, count, saved_s = [], 0, time.monotonic()
    for done, photo in enumerate(photos, 1):
        if stop is not None and stop.is_set():
            break
        found = _encoded(photo, examiner)
        if found is not None:
            added.append((photo, *found))
            count += 1
        if time.monotonic() - saved_s > CHECKPOINT_S:
            _save(path, examiner.encoder, added)
            added, saved_s = [], time.monotonic()
        progress(done, len(photos))
    _save(path, examiner.encoder, added)
    return count


def _encoded(photo: LackingPhoto, examiner: PhotoExaminer) -> tuple[Floats, Sample] | None:
    try:
        examined = examiner.examine(read_file(photo.path))
        time_s = photo.path.stat().st_mtime
    except (BadImage, OSError):
        return None
    face = examined.face
    if isinstance(face, Reason) or examined.sha256 != photo.sha256:
        return None
    if not photo.trusted and examined.reasons():
        return None
    sample = Sample(photo.path.name, photo.sha256, face.measures.view.weight, time_s)
    return face.encoding, sample


def _save(path: Path, encoder: Encoder, added: list[tuple[LackingPhoto, Floats, Sample]]) -> None:
    """Adds what nobody has removed meanwhile."""
    if not added:
        return
    with only_writer(path):
        own, portable = file_for(path, encoder.name), _read(path)
        try:
            gallery = load_gallery(own, encoder)
        except FileNotFoundError:
            gallery = Gallery.empty(encoder.name, encoder.dimension)
        known = set(zip(portable.names, (s.sha256 for s in portable.samples), strict=True))
        there = set(zip(gallery.names, (s.sha256 for s in gallery.samples), strict=True))
        for photo, encoding, sample in added:
            key = (photo.name, photo.sha256)
            if key not in there and (photo.name, photo.sha256 if photo.trusted else "") in known:
                gallery = gallery.added(photo.name, encoding[None], (sample,))
        save_gallery(own, gallery)


def _read(path: Path) -> Gallery:
    try:
        return read_gallery(path)
    except FileNotFoundError:
        return Gallery.empty("", 0)
