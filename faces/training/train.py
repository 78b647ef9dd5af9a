"""From folders of photographs to a gallery: every photograph gets a verdict, none is lost silently.

`<images>/<name>/*` is enrolled as `<name>`. A photograph is encoded once: what was learnt of it is
kept by the hash of its content (`faces.training.photo_cache`), so a second run costs seconds and a
run that was interrupted goes on where it stopped. A photograph that is removed takes its encoding
along.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from imutils import paths

from lookout.faces.detections import Floats
from lookout.faces.errors import BadImage
from lookout.faces.gallery.encodings_file import is_ours, save_gallery
from lookout.faces.gallery.file_lock import only_writer
from lookout.faces.gallery.gallery import MAX_NAME_LENGTH, Gallery, Sample
from lookout.faces.landmarks import Landmarker
from lookout.faces.photo.agreement import disagreements, duplicate_of, near_duplicates
from lookout.faces.photo.judgement import BYSTANDER, Quality, Reason, judge, main_face, measure_face
from lookout.faces.photo.photo_file import SUFFIXES, PhotoFile, decode, read_file
from lookout.faces.protocols import Detector, Encoder
from lookout.faces.training.photo_cache import Learnt, cache_path, load_cache, save_cache
from lookout.faces.training.training_report import (
    DUPLICATE,
    UNREADABLE,
    PhotoReport,
    TrainingReport,
)

CHECKPOINT_S = 10.0
"""How much work a power cut may cost; an interrupt costs none."""

Progress = Callable[[int, int, PhotoReport], None]
"""Called after each photograph: how many are done, how many there are, and the photograph."""


def train(
    images: Path,
    output: Path,
    detector: Detector,
    encoder: Encoder,
    *,
    landmarker: Landmarker | None = None,
    quality: Quality = Quality.STANDARD,
    progress: Progress = lambda _done, _total, _photo: None,
) -> TrainingReport:
    """Look at every photograph under `images` and write the gallery to `output`.

    Without `landmarker`, dlib's for 68 points, neither pose nor what is hidden is judged. With no
    usable photograph nothing is written. A file at `output` that Lookout did not write is kept
    beside it.

    Raises FileNotFoundError if `images` is no folder, GalleryBusy if another program keeps changing
    the gallery, OSError if the output cannot be written.
    """
    if not images.is_dir():
        raise FileNotFoundError(f"there is no folder {images}")
    learner = _Learner(detector, encoder, landmarker, cache_path(output))
    complete = False
    try:
        _look_at_all(images, learner, quality, progress)
        with only_writer(output):
            # what came by the capture button meanwhile is looked at now, with the file locked: the
            # running server puts a photograph into its folder before it adds it to the file
            photos, candidates = _look_at_all(images, learner, quality)
            complete = True
            gallery = _agreed(photos, candidates, quality, encoder)
            backup = None
            if len(gallery):
                backup = _set_aside(output)
                save_gallery(output, gallery)
    finally:
        learner.save(forget_others=complete)
    return TrainingReport(tuple(photos), _people(images), gallery, backup)


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """A photograph with one face, good or poor: its place in the list of photographs."""

    photo: int
    encoding: Floats
    sample: Sample


class _Learner:
    """Detects and encodes photographs that are not in the cache, and keeps the cache on disk."""

    def __init__(
        self, detector: Detector, encoder: Encoder, landmarker: Landmarker | None, path: Path
    ) -> None:
        self._detector, self._encoder, self._path = detector, encoder, path
        self._landmarker = landmarker
        points = 68 if landmarker is not None else 0
        self._made_with = f"{detector.name} {encoder.name} {BYSTANDER} {points}"
        self._learnt = load_cache(path, self._made_with, encoder.dimension)
        self._hashes: dict[tuple[Path, int, int], str] = {}
        self._news: set[str] = set()
        self._saved_s = time.monotonic()
        self._unsaved = False

    def learn(self, path: Path) -> tuple[str, Learnt, bool]:
        """The photograph's SHA-256, what there is to know of it, and whether that was news.

        Raises BadImage if the file cannot be read.
        """
        mark = _mark(path)
        sha256 = self._hashes.get(mark)
        if sha256 is None:
            file = read_file(path)
            sha256 = self._hashes[mark] = file.sha256
            if sha256 not in self._learnt:
                self._learnt[sha256] = self._examine(file)
                self._news.add(sha256)
                self._unsaved = True
        if time.monotonic() - self._saved_s > CHECKPOINT_S:
            self.save(forget_others=False)
        return sha256, self._learnt[sha256], sha256 in self._news

    def save(self, *, forget_others: bool) -> None:
        """Write what is known; `forget_others` drops photographs that are no longer there."""
        used = set(self._hashes.values())
        if forget_others and not self._learnt.keys() <= used:
            self._learnt = {key: self._learnt[key] for key in used}
            self._unsaved = True
        if self._unsaved:
            save_cache(self._path, self._made_with, self._encoder.dimension, self._learnt)
        self._saved_s, self._unsaved = time.monotonic(), False

    def _examine(self, file: PhotoFile) -> Learnt:
        nowhere = np.zeros(4, np.float32)
        try:
            image_bgr = decode(file.content)
        except BadImage as error:
            return Learnt(Reason(UNREADABLE, str(error)), nowhere)
        detections = self._detector.detect([image_bgr])[0]
        face = main_face(detections)
        if isinstance(face, Reason):
            return Learnt(face, nowhere)
        chosen = detections.take(np.array([face]))
        measures = measure_face(image_bgr, chosen, self._landmarker)
        encoding = self._encoder.encode(self._encoder.align(image_bgr, chosen))[0]
        return Learnt(None, chosen.box_xyxy[0], measures, encoding)


def _look_at_all(
    images: Path,
    learner: _Learner,
    quality: Quality,
    progress: Progress = lambda _done, _total, _photo: None,
) -> tuple[list[PhotoReport], list[_Candidate]]:
    files = _files(images)
    photos: list[PhotoReport] = []
    candidates: list[_Candidate] = []
    seen: dict[str, Path] = {}
    for path in files:
        person = _name(path.relative_to(images).parts[0])
        photo, found = _look(path, person, learner, seen, quality)
        if found is not None:
            candidates.append(_Candidate(len(photos), *found))
        photos.append(photo)
        progress(len(photos), len(files), photo)
    return photos, candidates


def _look(
    path: Path, person: str, learner: _Learner, seen: dict[str, Path], quality: Quality
) -> tuple[PhotoReport, tuple[Floats, Sample] | None]:
    try:
        sha256, learnt, fresh = learner.learn(path)
        time_s = path.stat().st_mtime
    except (BadImage, OSError) as error:
        reason = Reason(UNREADABLE, str(error))
        return PhotoReport(path, person, (reason,), np.zeros(4, np.float32), True), None
    first = seen.setdefault(sha256, path)
    if first != path:
        reason = Reason(DUPLICATE, f"the same picture as {first.parent.name}/{first.name}")
        return PhotoReport(path, person, (reason,), learnt.box_xyxy, fresh), None
    if learnt.fault is not None or learnt.measures is None or learnt.encoding is None:
        reasons = (learnt.fault,) if learnt.fault else ()
        return PhotoReport(path, person, reasons, learnt.box_xyxy, fresh), None
    photo = PhotoReport(path, person, judge(learnt.measures, quality), learnt.box_xyxy, fresh)
    sample = Sample(path.name, sha256, learnt.measures.view.weight, time_s)
    return photo, (learnt.encoding, sample)


def _agreed(
    photos: list[PhotoReport], candidates: Sequence[_Candidate], quality: Quality, encoder: Encoder
) -> Gallery:
    """The gallery of the photographs that are good, repeat no other and look like nobody else; the
    verdicts of the latter are changed in `photos`.

    Poor photographs are not enrolled, but say as well as good ones whom a folder is of.
    """
    everything = Gallery(
        np.array([one.encoding for one in candidates], np.float32).reshape(-1, encoder.dimension),
        tuple(photos[one.photo].person for one in candidates),
        encoder.name,
        tuple(one.sample for one in candidates),
    )
    places = [one.photo for one in candidates]

    def good() -> npt.NDArray[np.intp]:
        return np.array([i for i, place in enumerate(places) if photos[place].used], np.intp)

    if quality is Quality.OFF:
        return everything.take(good())
    for one in disagreements(everything, encoder.tolerance):
        _refuse(photos, places[one.row], one.reason(everything.names[one.row]))
    rows = good()
    kept = everything.take(rows)
    for twins in near_duplicates(kept, encoder.tolerance):
        reason = duplicate_of(kept.samples[twins.like], twins.distance)
        _refuse(photos, places[rows[twins.row]], reason)
    return everything.take(good())


def _refuse(photos: list[PhotoReport], place: int, reason: Reason) -> None:
    photos[place] = replace(photos[place], reasons=(*photos[place].reasons, reason))


def _mark(path: Path) -> tuple[Path, int, int]:
    """What changes when the file is written. Raises BadImage if it is not there any more."""
    try:
        status = path.stat()
    except OSError as error:
        raise BadImage(f"it cannot be read ({error.strerror})") from error
    return path, status.st_mtime_ns, status.st_size


def _people(images: Path) -> tuple[str, ...]:
    folders = (path for path in images.iterdir() if path.is_dir() and not _hidden(path.name))
    return tuple(sorted({_name(path.name) for path in folders}))


def _files(images: Path) -> list[Path]:
    """Every photograph in somebody's folder, sorted; temporary and hidden files are none."""
    found = [Path(path) for path in paths.list_files(str(images), validExts=SUFFIXES)]
    inside = [path for path in found if len(path.relative_to(images).parts) > 1]
    return sorted(path for path in inside if not any(map(_hidden, path.relative_to(images).parts)))


def _hidden(name: str) -> bool:
    return name.startswith(".")


def _name(folder: str) -> str:
    """The folder's name in one Unicode form: macOS and Linux spell an accent differently."""
    return unicodedata.normalize("NFC", folder).strip()[:MAX_NAME_LENGTH]


def _set_aside(output: Path) -> Path | None:
    """Move a gallery that Lookout did not write to a free name beside it."""
    if not output.exists() or is_ours(output):
        return None
    number = 1
    while (backup := output.with_name(f"{output.stem}.other-{number}{output.suffix}")).exists():
        number += 1
    output.replace(backup)
    return backup
