"""Whose photographs lie where: the folder of people, and everything in it that is nobody's.

`<images>/<name>/` and all folders in it belong to `<name>`. What is not looked at is listed with
the reason, so that nothing is left out in silence.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lookout.names import BadName, clean_name, is_housekeeping, name_key, shown

SPLITS = frozenset({"train", "training", "val", "valid", "validation", "test", "testing"})
"""How data sets call their parts; the people's folders lie one level deeper there."""

LITTER = frozenset({".gitkeep", ".gitignore", ".ds_store", "thumbs.db", "desktop.ini", ".undo"})
"""What file managers, Git and `lookout people` keep beside photographs: never one itself."""

HOUSEKEEPING = "left out, because such folders and files are kept by computers, not by people"
LINK = "left out, because links to folders are not followed: put the folder itself here"
NO_FILE = "left out, because it is not a file that can be read"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file or folder that is not looked at; `path` is below the folder of people."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class PhotoFolders:
    """What lies in the folder of people.

    files:     every file in somebody's folder, by path, with the person.
    people:    everybody who has a folder, in alphabetical order.
    left_out:  everything else.
    spellings: a line for each folder whose name another folder spells differently.
    """

    files: tuple[tuple[Path, str], ...]
    people: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    spellings: tuple[str, ...]


def survey(images: Path) -> PhotoFolders:
    """Look through the folder of people. Raises OSError if it cannot be read."""
    return _Survey(images).result()


class _Survey:
    def __init__(self, images: Path) -> None:
        self._images = images
        self._files: list[tuple[Path, str]] = []
        self._names: dict[str, str] = {}
        self._left_out: list[LeftOut] = []
        self._spellings: list[str] = []
        for path in sorted(images.iterdir()):
            if path.name.lower() in LITTER:
                continue
            if path.is_dir():
                self._folder(path)
            else:
                self._leave(path, _beside(path))

    def result(self) -> PhotoFolders:
        return PhotoFolders(
            tuple(sorted(self._files)),
            tuple(sorted(self._names.values())),
            tuple(sorted(self._left_out, key=lambda left: left.path)),
            tuple(self._spellings),
        )

    def _folder(self, folder: Path) -> None:
        if is_housekeeping(folder.name):
            self._leave(folder, HOUSEKEEPING)
        elif folder.is_symlink():
            self._leave(folder, LINK)
        elif inside := _people_of_split(folder):
            self._leave(
                folder,
                f"is a part of a data set, not a person; in it are folders of people "
                f"({_some(inside)}). Train with --images {folder}, or put these folders here.",
            )
        else:
            try:
                name = clean_name(folder.name)
            except BadName as error:
                self._leave(folder, f"{error} Rename the folder.")
                return
            person = self._names.setdefault(name_key(name), name)
            if person != name:
                self._spellings.append(
                    f"{name} is learnt as {person}: large and small letters are one name"
                )
            self._walk(folder, person)

    def _walk(self, folder: Path, person: str) -> None:
        for place, folders, files in os.walk(folder, onerror=self._unreadable):
            for name in sorted(folders):
                path = Path(place, name)
                if is_housekeeping(name) or path.is_symlink():
                    folders.remove(name)
                    if name.lower() not in LITTER:
                        self._leave(path, HOUSEKEEPING if is_housekeeping(name) else LINK)
            for name in files:
                path = Path(place, name)
                if name.lower() in LITTER:
                    continue
                if is_housekeeping(name):
                    self._leave(path, HOUSEKEEPING)
                elif path.is_file():
                    self._files.append((path, person))
                else:
                    self._leave(path, NO_FILE)

    def _unreadable(self, error: OSError) -> None:
        self._leave(Path(error.filename), f"left out, because of: {error.strerror}")

    def _leave(self, path: Path, reason: str) -> None:
        self._left_out.append(LeftOut(path.relative_to(self._images), reason))


def _beside(path: Path) -> str:
    if is_housekeeping(path.name):
        return HOUSEKEEPING
    try:
        name = clean_name(path.stem)
    except BadName:
        name = "NAME"
    return f"lies beside the people's folders: put it into one with the person's name ({name}/)"


def _people_of_split(folder: Path) -> Sequence[str]:
    """The folders with files in a folder called train, val and the like; none if it holds
    photographs itself, for then it is somebody."""
    if folder.name.lower() not in SPLITS:
        return []
    inside = [path for path in sorted(folder.iterdir()) if not is_housekeeping(path.name)]
    if any(path.is_file() for path in inside):
        return []
    return [path.name for path in inside if path.is_dir() and any(path.iterdir())]


def _some(names: Sequence[str]) -> str:
    more = ", …" if len(names) > 3 else ""
    return ", ".join(map(shown, names[:3])) + more
