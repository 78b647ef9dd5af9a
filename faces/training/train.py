"""The training of a gallery from folders of photographs; every photograph gets a verdict.

`<images>/<name>/*` is enrolled as `<name>`; what else lies there is listed with the reason why not
(`faces.training.photo_folders`). A photograph is examined once and remembered by the
hash of its content (`faces.training.photo_cache`), so a second run takes seconds and a run that was
interrupted continues where it stopped. When a photograph is removed, its encoding goes too.
"""

from __future__ import annotations

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
    own_file,
    read_gallery,
    save_galleries,
)
from lookout.faces.gallery.file_lock import only_writer
from lookout.faces.gallery.gallery import Gallery, Sample
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.photo.agreement import disagreements, duplicate_of, near_duplicates
from lookout.faces.photo.examiner import PhotoExaminer
from lookout.faces.photo.judgement import Quality, Reason, serves_alone
from lookout.faces.protocols import Detector, Encoder
from lookout.faces.training.examinations import Examinations
from lookout.faces.training.photo_cache import (
    cache_path,
    cache_paths,
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
    examined = Examinations(PhotoExaminer(detector, together, landmarker), cache, others)
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
    finally:
        examined.save(prune=complete)
    return TrainingReport(tuple(photos), folders, gallery, backup, examined.fault)


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """A photograph with one face, good or poor: its place in the list of photographs."""

    photo: int
    encoding: Floats
    sample: Sample


def _examine_all(
    folders: PhotoFolders,
    examined: Examinations,
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
    path: Path, person: str, examined: Examinations, seen: dict[str, Path], quality: Quality
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
    """Writes these galleries and, with them, takes out of all encoders' files the photographs that
    are not in them; what was at `output` is kept as `backup`, if that is given."""
    # where `output` gets dlib's encodings, no other encoder's stay there
    place = file_for if len(galleries) == 1 else own_file
    written = {place(output, gallery.encoder): gallery for gallery in galleries}
    for path in files_of(output):
        if path not in written and (path != output or backup is None):
            written |= _without_removed(path, galleries[0])
    kept = {output: backup} if backup is not None and output in written else {}
    save_galleries(written, kept)
    if backup is not None and not backup.exists():
        output.replace(backup)


def _without_removed(path: Path, gallery: Gallery) -> dict[Path, Gallery]:
    """Another encoder's file with what is left of it, if that is less than it holds."""
    keep = {(n, sample.sha256) for n, sample in zip(gallery.names, gallery.samples, strict=True)}
    other = read_gallery(path)
    rows = [
        (name, sample.sha256) in keep
        for name, sample in zip(other.names, other.samples, strict=True)
    ]
    return {} if all(rows) else {path: other.take(np.array(rows, bool))}


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

    _use_only_ones(photos, candidates, quality)
    for suspect in disagreements(everything, encoder.tolerance):
        reason = suspect.reason(everything.names[suspect.row])
        _refuse(photos, places[suspect.row], reason)
    rows = good()
    kept = everything.take(rows)
    for repeated in near_duplicates(kept, encoder.tolerance):
        reason = duplicate_of(kept.samples[repeated.like], repeated.distance)
        _refuse(photos, places[rows[repeated.row]], reason)


def _use_only_ones(
    photos: list[PhotoReport], candidates: Sequence[_Candidate], quality: Quality
) -> None:
    """For each person without a good photograph, marks the best of the poor ones as used."""
    good = {photo.person for photo in photos if photo.used}
    best: dict[str, _Candidate] = {}
    for candidate in candidates:
        photo = photos[candidate.photo]
        if photo.person in good or not serves_alone(photo.reasons, quality):
            continue
        other = best.get(photo.person)
        if other is None or candidate.sample.quality > other.sample.quality:
            best[photo.person] = candidate
    for candidate in best.values():
        photos[candidate.photo] = replace(photos[candidate.photo], poor=True)


def _refuse(photos: list[PhotoReport], place: int, reason: Reason) -> None:
    photos[place] = replace(photos[place], reasons=(*photos[place].reasons, reason), poor=False)
