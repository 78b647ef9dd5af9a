"""The examinations of photographs, each made once and kept in a cache beside the gallery."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

from lookout.faces.errors import BadImage
from lookout.faces.photo.examiner import ExaminedPhoto, PhotoExaminer
from lookout.faces.photo.judgement import Reason
from lookout.faces.photo.picture import read_file
from lookout.faces.training.photo_cache import keep_only, load_cache, save_cache
from lookout.faces.training.training_report import UNREADABLE

CHECKPOINT_S = 10.0
"""The work that a power cut may cost; an interrupt costs none."""


class Examinations:
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


def _file_version(path: Path) -> tuple[Path, int, int]:
    """A value that changes when the file is written. Raises BadImage if the file is gone."""
    try:
        status = path.stat()
    except OSError as error:
        raise BadImage(f"it cannot be read ({error.strerror})") from error
    return path, status.st_mtime_ns, status.st_size
