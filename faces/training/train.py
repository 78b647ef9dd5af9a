"""The training of a gallery from folders of photographs; every photograph gets a verdict.

`<images>/<name>/*` is enrolled as `<name>`; what else lies there is listed with the reason why not
(`faces.training.photo_folders`). A photograph is examined once and remembered by the
hash of its content (`faces.training.photo_cache`), so a second run takes seconds and a run that was
interrupted continues where it stopped. When a photograph is removed, its encoding goes too.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats
from lookout.faces.encode.side_by_side import SideBySide
from lookout.faces.errors import BadImage
from lookout.faces.gallery.encodings_file import (
    file_for,
    files_of,
    free_name,
    is_from_photographs,
    read_gallery,
    save_gallery,
)
from lookout.faces.gallery.file_lock import only_writer
from lookout.faces.gallery.gallery import Gallery, Sample
from lookout.faces.landmarks import Landmarker
from lookout.faces.photo.agreement import disagreements, duplicate_of, near_duplicates
from lookout.faces.photo.examiner import ExaminedPhoto, PhotoExaminer
from lookout.faces.photo.judgement import POOR as POOR_FAULTS
from lookout.faces.photo.judgement import Quality, Reason
from lookout.faces.photo.picture import read_file
from lookout.faces.protocols import Detector, Encoder
from lookout.faces.training.photo_cache import (
    cache_path,
    cache_paths,
    keep_only,
    load_cache,
    save_cache,
)
from lookout.faces.training.photo_folders import PhotoFolders, survey
from lookout.faces.training.training_report import (
    DUPLICATE,
    NO_BOX,
    UNREADABLE,
    PhotoReport,
    TrainingReport,
)
from lookout.names import legible

CHECKPOINT_S = 10.0
"""The work that a power cut may cost; an interrupt costs none."""

Progress = Callable[[int, int, PhotoReport], None]
"""Called after each photograph: how many are done, how many there are, and the photograph."""


def train(
    images: Path,
    output: Path,
    detector: Detector,
    encoder: Encoder,
    *,
    portable: Encoder | None = None,
    landmarker: Landmarker | None = None,
    quality: Quality = Quality.STANDARD,
    progress: Progress = lambda _done, _total, _photo: None,
) -> TrainingReport:
    """Examines every photograph under `images` and writes the gallery: `encoder`'s to its file
    (`file_for`) and, in the same pass, that of `portable`, dlib's encoder, to `output` itself.
    `encoder` judges; the files of further encoders lose what is no longer in the gallery.

    Without `landmarker`, dlib's for 68 points, neither pose nor occlusion is judged. With no usable
    photograph nothing is written. A file at `output` that Lookout did not make from photographs is
    kept beside the new one.

    Raises FileNotFoundError if `images` is not a folder, GalleryBusy if another program keeps
    changing the gallery, OSError if a gallery cannot be written, which then has not changed.
    """
    if not images.is_dir():
        raise FileNotFoundError(f"there is no folder {images}")
    encoders = [encoder] if portable is None else [encoder, portable]
    together = SideBySide(*encoders)
    cache = cache_path(file_for(output, encoder.name))
    others = [path for path in cache_paths(output) if path != cache]
    examined = _ExaminationCache(PhotoExaminer(detector, together, landmarker), cache, others)
    complete = False
    try:
        _examine_all(survey(images), examined, quality, progress)
        with only_writer(output):
            # captures that arrived meanwhile are examined now, with the file locked: the running
            # server puts a photograph into its folder before it adds it to the file
            folders = survey(images)
            photos, candidates = _examine_all(folders, examined, quality)
            complete = True
            _judge_together(photos, candidates, quality, encoder)
            used = [found for found in candidates if photos[found.photo].used]
            galleries = _galleries(photos, used, together)
            gallery, backup = galleries[0], None
            if used:
                foreign = output.exists() and not is_from_photographs(output)
                backup = free_name(output) if foreign else None
                _save(output, galleries, backup)
                _forget(output, gallery)
    finally:
        examined.save(prune=complete)
    return TrainingReport(tuple(photos), folders, gallery, backup, examined.fault)


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """A photograph with one face, good or poor: its place in the list of photographs."""

    photo: int
    encoding: Floats
    sample: Sample


class _ExaminationCache:
    """Examines photographs that are not in the cache yet, and saves the cache.

    fault: why the cache could not be written; empty if it could. It costs time, nothing else.
    """

    def __init__(self, examiner: PhotoExaminer, path: Path, others: Sequence[Path]) -> None:
        """`others` are the caches of other encoders, which forget with this one."""
        self._examiner, self._path, self._others = examiner, path, others
        self._photos = load_cache(path, examiner.settings, examiner.encoder.dimension)
        self._hashes: dict[tuple[Path, int, int], str] = {}
        self._fresh: set[str] = set()
        self._saved_s = time.monotonic()
        self._unsaved = False
        self.fault = ""

    def examine(self, path: Path) -> tuple[ExaminedPhoto, bool]:
        """The photograph, and True if this run examined it.

        Raises BadImage if the file cannot be read.
        """
        version = _file_version(path)
        sha256 = self._hashes.get(version)
        if sha256 is None:
            content = read_file(path)
            sha256 = self._hashes[version] = hashlib.sha256(content).hexdigest()
            if sha256 not in self._photos:
                self._photos[sha256] = self._examined(content, sha256)
                self._fresh.add(sha256)
                self._unsaved = True
        if time.monotonic() - self._saved_s > CHECKPOINT_S:
            self.save(prune=False)
        return self._photos[sha256], sha256 in self._fresh

    def save(self, *, prune: bool) -> None:
        """Writes the cache; `prune` drops photographs that are no longer there."""
        used = set(self._hashes.values())
        if prune and not self._photos.keys() <= used:
            self._photos = {key: self._photos[key] for key in used}
            self._unsaved = True
        try:
            for path in self._others if prune else ():
                keep_only(path, used)
            if self._unsaved:
                examiner = self._examiner
                save_cache(self._path, examiner.settings, examiner.encoder.dimension, self._photos)
                self.fault = ""
        except OSError as error:
            self.fault = str(error)
        self._saved_s, self._unsaved = time.monotonic(), False

    def _examined(self, content: bytes, sha256: str) -> ExaminedPhoto:
        try:
            return self._examiner.examine(content).without_picture()
        except BadImage as error:
            return ExaminedPhoto(sha256, Reason(UNREADABLE, str(error)))


def _examine_all(
    folders: PhotoFolders,
    examined: _ExaminationCache,
    quality: Quality,
    progress: Progress = lambda _done, _total, _photo: None,
) -> tuple[list[PhotoReport], list[_Candidate]]:
    photos: list[PhotoReport] = []
    candidates: list[_Candidate] = []
    seen: dict[str, Path] = {}
    for path, person in folders.files:
        photo, found = _report(path, person, examined, seen, quality)
        if found is not None:
            candidates.append(_Candidate(len(photos), *found))
        photos.append(photo)
        progress(len(photos), len(folders.files), photo)
    return photos, candidates


def _report(
    path: Path, person: str, examined: _ExaminationCache, seen: dict[str, Path], quality: Quality
) -> tuple[PhotoReport, tuple[Floats, Sample] | None]:
    try:
        photo, fresh = examined.examine(path)
        time_s = path.stat().st_mtime
    except (BadImage, OSError) as error:
        reason = Reason(UNREADABLE, str(error))
        return PhotoReport(path, person, (reason,), NO_BOX, True), None
    face = photo.face
    box_xyxy = NO_BOX if isinstance(face, Reason) else face.box_xyxy
    first = seen.setdefault(photo.sha256, path)
    if first != path:
        reason = Reason(DUPLICATE, f"the same picture as {first.parent.name}/{first.name}")
        return PhotoReport(path, person, (reason,), box_xyxy, fresh), None
    report = PhotoReport(path, person, photo.reasons(quality), box_xyxy, fresh)
    if isinstance(face, Reason):
        return report, None
    sample = Sample(legible(path.name), photo.sha256, face.measures.view.weight, time_s)
    return report, (face.encoding, sample)


def _galleries(
    photos: Sequence[PhotoReport], candidates: Sequence[_Candidate], together: SideBySide
) -> list[Gallery]:
    """The gallery of these photographs by each of the encoders."""
    encodings = np.array([found.encoding for found in candidates], np.float32)
    names = tuple(photos[found.photo].person for found in candidates)
    samples = tuple(found.sample for found in candidates)
    rows = together.split(encodings.reshape(-1, together.dimension))
    return [
        Gallery(own, names, encoder.name, samples)
        for encoder, own in zip(together.encoders, rows, strict=True)
    ]


def _save(output: Path, galleries: Sequence[Gallery], backup: Path | None) -> None:
    """The portable gallery first, so that `output` holds no other encoder's any more; what was
    there is kept as `backup`, if that is given."""
    for gallery in reversed(galleries):
        path = file_for(output, gallery.encoder)
        save_gallery(path, gallery, backup if path == output else None)
    if backup is not None and not backup.exists():
        output.replace(backup)


def _forget(output: Path, gallery: Gallery) -> None:
    """Takes out of all encoders' files the photographs that are not in the gallery."""
    keep = {(n, sample.sha256) for n, sample in zip(gallery.names, gallery.samples, strict=True)}
    for path in files_of(output):
        other = read_gallery(path)
        rows = [
            (name, sample.sha256) in keep
            for name, sample in zip(other.names, other.samples, strict=True)
        ]
        if not all(rows):
            save_gallery(path, other.take(np.array(rows, bool)))


def _judge_together(
    photos: list[PhotoReport], candidates: Sequence[_Candidate], quality: Quality, encoder: Encoder
) -> None:
    """Judges the photographs beside one another: those that repeat another or resemble another
    person are refused.

    The verdicts of the others are changed in `photos`.

    Poor photographs are not enrolled unless a person has no other, but they show as well as good
    ones whose folder it is.
    """
    if quality is Quality.OFF:
        return
    everything = Gallery(
        np.array([found.encoding[: encoder.dimension] for found in candidates], np.float32).reshape(
            -1, encoder.dimension
        ),
        tuple(photos[found.photo].person for found in candidates),
        encoder.name,
        tuple(found.sample for found in candidates),
    )
    places = [found.photo for found in candidates]

    def good() -> npt.NDArray[np.intp]:
        return np.array([i for i, place in enumerate(places) if photos[place].used], np.intp)

    if quality is Quality.STANDARD:
        _use_only_ones(photos, candidates)
    for suspect in disagreements(everything, encoder.tolerance):
        reason = suspect.reason(everything.names[suspect.row])
        _refuse(photos, places[suspect.row], reason)
    rows = good()
    kept = everything.take(rows)
    for repeated in near_duplicates(kept, encoder.tolerance):
        reason = duplicate_of(kept.samples[repeated.like], repeated.distance)
        _refuse(photos, places[rows[repeated.row]], reason)


def _use_only_ones(photos: list[PhotoReport], candidates: Sequence[_Candidate]) -> None:
    """For each person without a good photograph, marks the best of the poor ones as used."""
    good = {photo.person for photo in photos if photo.used}
    best: dict[str, _Candidate] = {}
    for candidate in candidates:
        photo = photos[candidate.photo]
        if photo.person in good or not {reason.code for reason in photo.reasons} <= POOR_FAULTS:
            continue
        other = best.get(photo.person)
        if other is None or candidate.sample.quality > other.sample.quality:
            best[photo.person] = candidate
    for candidate in best.values():
        photos[candidate.photo] = replace(photos[candidate.photo], poor=True)


def _refuse(photos: list[PhotoReport], place: int, reason: Reason) -> None:
    photos[place] = replace(photos[place], reasons=(*photos[place].reasons, reason), poor=False)


def _file_version(path: Path) -> tuple[Path, int, int]:
    """A value that changes when the file is written. Raises BadImage if the file is gone."""
    try:
        status = path.stat()
    except OSError as error:
        raise BadImage(f"it cannot be read ({error.strerror})") from error
    return path, status.st_mtime_ns, status.st_size
