"""The enrolment photographs on this machine: `<folder>/<name>/<UTC time>.jpg`.

The end of a file's name says what is still to be done with it, so that nothing is forgotten when
the power goes:

    20261122T103000.123Z.jpg             done
    20261122T103000.123Z.unchecked.jpg   the server has not judged it yet
    20261122T103000.123Z.keep.jpg        its owner wants it whatever the server thinks of it
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from lookout.names import name_key

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
"""Faces and names are for this program's user only, whatever the umask."""

MOST_WAITING = 1000
"""Photographs that the server has yet to see; at 8 MiB each they fill a quarter of a small card."""

MOST_OF_A_MOMENT = 1000
"""Photographs of one person whose clock times differ by milliseconds."""

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


class PhotoState(StrEnum):
    """The last part of the file's name before `.jpg`."""

    DONE = ""
    UNCHECKED = ".unchecked"
    KEEP = ".keep"


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """One photograph on the disk. `stamp` is its UTC time, as in the file's name."""

    folder: Path
    stamp: str
    state: PhotoState

    @property
    def name(self) -> str:
        """The person."""
        return unicodedata.normalize("NFC", self.folder.name)

    @property
    def filename(self) -> str:
        """The plain name that the photograph has when everything is done."""
        return f"{self.stamp}.jpg"

    @property
    def path(self) -> Path:
        return self.folder / f"{self.stamp}{self.state}.jpg"


class NotSaved(Exception):
    """A photograph could not be written; the message says why and what to do."""


class PhotoStore:
    """Writes photographs whole or not at all. Safe to use from any thread."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()

    def save(self, name: str, jpeg: bytes, taken_at: float, state: PhotoState) -> StoredPhoto:
        """Writes `jpeg` as a photograph of `name` (as `clean_name` returned it), taken at Unix
        second `taken_at`. The same moment twice is the same photograph.

        Raises NotSaved, and then leaves nothing behind."""
        with self._lock:
            try:
                return self._save(name, jpeg, taken_at, state)
            except OSError as error:
                raise NotSaved(_advice(error, self._root)) from error

    def is_full(self) -> bool:
        """True when `MOST_WAITING` photographs wait for the server. Raises NotSaved."""
        return len(self.waiting()) >= MOST_WAITING

    def finish(self, photo: StoredPhoto) -> None:
        """Gives `photo` its plain name: nothing is left to do for it. Raises NotSaved."""
        try:
            photo.path.replace(photo.folder / photo.filename)
            _sync_folder(photo.folder)
        except FileNotFoundError:
            pass  # its owner deleted it meanwhile: then it is finished, too
        except OSError as error:
            raise NotSaved(_advice(error, self._root)) from error

    def sweep(self) -> None:
        """Removes what a power cut left half-written. Call before the first `save`."""
        for part in self._root.glob("[!.]*/.*.part"):
            with contextlib.suppress(OSError):
                part.unlink()

    def waiting(self) -> list[StoredPhoto]:
        """The photographs that the server has yet to see, oldest first. Raises NotSaved."""
        try:
            return sorted(
                (
                    StoredPhoto(path.parent, path.name.removesuffix(f"{state}.jpg"), state)
                    for state in (PhotoState.UNCHECKED, PhotoState.KEEP)
                    for path in self._root.glob(f"[!.]*/[!.]*{state}.jpg")
                ),
                key=lambda photo: photo.stamp,
            )
        except OSError as error:
            raise NotSaved(_advice(error, self._root)) from error

    def _save(self, name: str, jpeg: bytes, taken_at: float, state: PhotoState) -> StoredPhoto:
        self._root.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
        folder = self._folder_of(name)
        is_new = not folder.exists()
        folder.mkdir(PRIVATE_FOLDER, exist_ok=True)
        photo = self._free_place(folder, jpeg, taken_at, state)
        # A leading dot and another ending: no reader takes a half-written file for a photograph.
        part = folder / f".{photo.stamp}.part"
        try:
            with os.fdopen(os.open(part, _NEW_FILE, PRIVATE_FILE), "wb") as file:
                file.write(jpeg)
                file.flush()
                os.fsync(file.fileno())
            part.replace(photo.path)
            _sync_folder(folder)
        except OSError:
            part.unlink(missing_ok=True)
            if is_new and not any(folder.iterdir()):
                folder.rmdir()
            raise
        return photo

    def _free_place(
        self, folder: Path, jpeg: bytes, taken_at: float, state: PhotoState
    ) -> StoredPhoto:
        """The place of a new photograph: one of its own, unless the same one is there. A clock that
        was set back gives a moment twice."""
        for _ in range(MOST_OF_A_MOMENT):
            photo = StoredPhoto(folder, stamp_of(taken_at), state)
            taken = [StoredPhoto(folder, photo.stamp, each).path for each in PhotoState]
            if not any(path.exists() and path.read_bytes() != jpeg for path in taken):
                return photo
            taken_at += 0.001
        raise OSError(errno.EEXIST, "its moment is taken")

    def spelling_of(self, name: str) -> str:
        """The name as its folder spells it, if there is one: `ada` is the Ada who is there."""
        return unicodedata.normalize("NFC", self._folder_of(name).name)

    def _folder_of(self, name: str) -> Path:
        """The person's folder: an existing one may spell the same name in another Unicode form
        (macOS copies arrive decomposed) or with other capitals."""
        exact = self._root / name
        if exact.exists():
            return exact
        wanted = name_key(name)
        with contextlib.suppress(OSError):
            for folder in sorted(self._root.iterdir()):
                if name_key(folder.name) == wanted:
                    return folder
        return exact


def stamp_of(taken_at: float) -> str:
    """Unix seconds as the UTC time of a file's name: `20261122T103000.123Z`."""
    moment = datetime.fromtimestamp(taken_at, UTC)
    return f"{moment:%Y%m%dT%H%M%S}.{moment.microsecond // 1000:03d}Z"


def _sync_folder(folder: Path) -> None:
    """Makes a renaming survive a power cut, where the file system can (FAT cannot)."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _advice(error: OSError, root: Path) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "The disk is full: free some space, then try again. Nothing was saved."
        case errno.EROFS:
            return f"{root} is on a read-only disk, so nothing was saved."
        case errno.EACCES | errno.EPERM:
            return f"This program may not write to {root}: give its user the right to do so."
        case _:
            reason = error.strerror or type(error).__name__
            return f"The photograph could not be saved in {root}: {reason}."
