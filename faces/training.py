"""From folders of photographs to a gallery: every photograph gets a verdict, none is lost silently.

`<images>/<name>/*` is enrolled as `<name>`. A photograph is encoded once: what was learnt of it is
kept by the hash of its content (`faces.photo_cache`), so a second run costs seconds and a run that
was interrupted goes on where it stopped. A photograph that is removed takes its encoding along.
"""

from __future__ import annotations

import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from imutils import paths

from faces.detections import Floats
from faces.encodings_file import is_ours, save_gallery
from faces.errors import BadImage
from faces.gallery import MAX_NAME_LENGTH, Gallery
from faces.photo import MIN_SIZE_PX, NO_FACE, SEVERAL_FACES, TOO_SMALL, Reason, main_face
from faces.photo_cache import Learnt, cache_path, load_cache, save_cache
from faces.photo_file import SUFFIXES, PhotoFile, decode, read_file
from faces.seams import Detector, Encoder

CHECKPOINT_S = 10.0
"""How much work a power cut may cost; an interrupt costs none."""


class Verdict(StrEnum):
    USED = "used"
    NO_FACE = NO_FACE.code
    SEVERAL_FACES = SEVERAL_FACES.code
    FACE_TOO_SMALL = TOO_SMALL.code
    UNREADABLE = "unreadable"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """One photograph and what became of it.

    words:    why it is not used; empty if it is.
    box_xyxy: (4,) float32, the face in pixels of the decoded picture; zeros without one.
    fresh:    whether this run had to look at the picture, instead of remembering it.
    """

    path: Path
    person: str
    verdict: Verdict
    words: str
    box_xyxy: Floats
    fresh: bool


@dataclass(frozen=True, slots=True, eq=False)
class TrainingReport:
    """Every photograph with its verdict, in the order of their paths, and the gallery they made.

    people: everybody who has a folder, with or without usable photographs.
    backup: where a file of another tool that lay at the output went; None if there was none.
    """

    photos: tuple[Photo, ...]
    people: tuple[str, ...]
    gallery: Gallery
    backup: Path | None = None

    def counts(self, person: str) -> Mapping[Verdict, int]:
        return Counter(photo.verdict for photo in self.photos if photo.person == person)

    @property
    def without_photo(self) -> tuple[str, ...]:
        """The people who cannot be recognised, because none of their photographs is usable."""
        return tuple(name for name in self.people if name not in self.gallery.counts)


Progress = Callable[[int, int, Photo], None]
"""Called after each photograph: how many are done, how many there are, and the photograph."""


def train(
    images: Path,
    output: Path,
    detector: Detector,
    encoder: Encoder,
    *,
    progress: Progress = lambda _done, _total, _photo: None,
) -> TrainingReport:
    """Look at every photograph under `images` and write the gallery to `output`.

    With no usable photograph nothing is written. A file at `output` that Lookout did not write is
    kept beside it. Raises FileNotFoundError if `images` is no folder, OSError if the output cannot
    be written.
    """
    if not images.is_dir():
        raise FileNotFoundError(f"there is no folder {images}")
    people = _people(images)
    files = _files(images)
    learner = _Learner(detector, encoder, cache_path(output))
    photos: list[Photo] = []
    rows: list[Floats] = []
    names: list[str] = []
    seen: dict[str, Path] = {}
    try:
        for path in files:
            person = _name(path.relative_to(images).parts[0])
            photo, encoding = _look(path, person, learner, seen)
            photos.append(photo)
            if encoding is not None:
                rows.append(encoding)
                names.append(person)
            progress(len(photos), len(files), photo)
    finally:
        learner.save(forget_others=len(photos) == len(files))
    encodings = np.array(rows, np.float32).reshape(-1, encoder.dimension)
    gallery = Gallery(encodings, tuple(names), encoder.name)
    backup = None
    if len(gallery):
        backup = _set_aside(output)
        save_gallery(output, gallery)
    return TrainingReport(tuple(photos), people, gallery, backup)


class _Learner:
    """Detects and encodes photographs that are not in the cache, and keeps the cache on disk."""

    def __init__(self, detector: Detector, encoder: Encoder, path: Path) -> None:
        self._detector, self._encoder, self._path = detector, encoder, path
        self._made_with = f"{detector.name} {encoder.name} {MIN_SIZE_PX}"
        self._learnt = load_cache(path, self._made_with, encoder.dimension)
        self._used: set[str] = set()
        self._saved_s = time.monotonic()
        self._unsaved = False

    def learn(self, file: PhotoFile) -> tuple[Learnt, bool]:
        """What there is to know of the photograph, and whether that was news."""
        self._used.add(file.sha256)
        known = self._learnt.get(file.sha256)
        if known is not None:
            return known, False
        learnt = self._examine(file.content)
        self._learnt[file.sha256] = learnt
        self._unsaved = True
        if time.monotonic() - self._saved_s > CHECKPOINT_S:
            self.save(forget_others=False)
        return learnt, True

    def save(self, *, forget_others: bool) -> None:
        """Write what is known; `forget_others` drops photographs that are no longer there."""
        if forget_others and not self._learnt.keys() <= self._used:
            self._learnt = {key: self._learnt[key] for key in self._used}
            self._unsaved = True
        if self._unsaved:
            save_cache(self._path, self._made_with, self._encoder.dimension, self._learnt)
        self._saved_s, self._unsaved = time.monotonic(), False

    def _examine(self, content: bytes) -> Learnt:
        nowhere = np.zeros(4, np.float32)
        try:
            image_bgr = decode(content)
        except BadImage as error:
            return Learnt(Verdict.UNREADABLE, str(error), nowhere)
        detections = self._detector.detect([image_bgr])[0]
        face = main_face(detections)
        if isinstance(face, Reason):
            return Learnt(face.code, face.words, nowhere)
        box = detections.box_xyxy[face]
        size_px = float(detections.size_wh[face].min())
        if size_px < MIN_SIZE_PX:
            words = f"the face has {size_px:.0f} px, {MIN_SIZE_PX:.0f} are needed"
            return Learnt(TOO_SMALL.code, words, box)
        chips = self._encoder.align(image_bgr, detections.take(np.array([face])))
        return Learnt(Verdict.USED, "", box, self._encoder.encode(chips)[0])


def _look(
    path: Path, person: str, learner: _Learner, seen: dict[str, Path]
) -> tuple[Photo, Floats | None]:
    nowhere = np.zeros(4, np.float32)
    try:
        file = read_file(path)
    except BadImage as error:
        return Photo(path, person, Verdict.UNREADABLE, str(error), nowhere, True), None
    first = seen.setdefault(file.sha256, path)
    learnt, fresh = learner.learn(file)
    if first != path:
        words = f"the same picture as {first.parent.name}/{first.name}"
        return Photo(path, person, Verdict.DUPLICATE, words, learnt.box_xyxy, fresh), None
    photo = Photo(path, person, Verdict(learnt.code), learnt.words, learnt.box_xyxy, fresh)
    return photo, learnt.encoding


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
