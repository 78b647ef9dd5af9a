"""The form of a backup: files by name, in a folder or a tar file, and a manifest of checksums.

store/lookout.db          a snapshot of the database
store/crops/NAME.crop     the sealed crops that it refers to
key/encryption_key        the master key, only where that was asked for
gallery/FILE              the gallery's file and those beside it
images/NAME/FILE          the photographs
alerts/FILE               the logs of alerts
MANIFEST.json             sizes and SHA-256 of all of them, written last
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from lookout.faces.atomic_file import make_private_folder
from lookout.server.storage.errors import BadBackup, StorageError, cannot

MANIFEST = "MANIFEST.json"
FORMAT = "lookout backup 1"
SUFFIX = ".tar"
DATABASE = "store/lookout.db"
CROPS = "store/crops/"
KEY = "key/encryption_key"
GALLERY = "gallery/"
IMAGES = "images/"
ALERTS = "alerts/"
_KNOWN = (DATABASE, CROPS, KEY, GALLERY, IMAGES, ALERTS)
_CHUNK = 1 << 20
MAX_MANIFEST_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class FileMark:
    """The size in bytes and the SHA-256 of one file, in hexadecimal."""

    size: int
    sha256: str


class Content(Protocol):
    """What is read to be saved."""

    def read(self, size: int = -1, /) -> bytes: ...


class Sink(Protocol):
    """Takes the files of a backup."""

    def add(self, name: str, file: Content, size: int) -> FileMark:
        """Raises OSError."""


class _Hashing(io.RawIOBase):
    """Reads from a file and hashes what was read."""

    def __init__(self, file: Content) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        part = self._file.read(size)
        self.digest.update(part)
        return part


class _FolderSink:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, name: str, file: Content, size: int) -> FileMark:
        path = self._folder / name
        make_private_folder(path.parent)
        source = _Hashing(file)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as target:
            shutil.copyfileobj(source, target, _CHUNK)
            target.flush()
            os.fsync(target.fileno())
        return FileMark(size, source.digest.hexdigest())


class _TarSink:
    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

    def add(self, name: str, file: Content, size: int) -> FileMark:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        source = _Hashing(file)
        self._tar.addfile(info, source)
        return FileMark(size, source.digest.hexdigest())


@contextmanager
def new_archive(target: Path) -> Iterator[Sink]:
    """A backup to be filled; it comes to be at `target` only if nothing is raised.

    Raises StorageError where something is there already or it cannot be written.
    """
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise StorageError(f"{target} is there already: name a file or folder that is not")
    part = target.with_name(f".{target.name}.part-{os.getpid()}")
    try:
        make_private_folder(target.parent)
        if target.suffix == SUFFIX:
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "wb") as file:
                with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                    yield _TarSink(tar)
                file.flush()
                os.fsync(file.fileno())
        else:
            part.mkdir(mode=0o700)
            yield _FolderSink(part)
        if target.is_dir():
            target.rmdir()
        part.rename(target)
    except OSError as error:
        raise cannot(f"the backup {target} cannot be written: {error.strerror}", error) from error
    finally:
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)


def add_manifest(sink: Sink, files: Mapping[str, FileMark], made_at: float) -> None:
    content = {
        "format": FORMAT,
        "made_at": made_at,
        "files": {name: {"size": m.size, "sha256": m.sha256} for name, m in files.items()},
    }
    data = json.dumps(content, indent=1, ensure_ascii=True).encode()
    sink.add(MANIFEST, io.BytesIO(data), len(data))


class Archive:
    """A backup to be read; its manifest has been checked, its files have not."""

    def __init__(self, path: Path, tar: tarfile.TarFile | None) -> None:
        self._path = path
        self._tar = tar
        self.files = self._manifest()

    def extract(self, name: str, target: Path) -> None:
        """Writes one file of the manifest to `target`, private.

        Raises BadBackup where it is missing or altered, and StorageError.
        """
        mark = self.files[name]
        try:
            make_private_folder(target.parent)
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "wb") as file, self._open(name) as source:
                reading = _Hashing(source)
                shutil.copyfileobj(reading, file, _CHUNK)
                size = file.tell()
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise cannot(f"{target} cannot be written: {error.strerror}", error) from error
        if (size, reading.digest.hexdigest()) != (mark.size, mark.sha256):
            raise BadBackup(f"{name} in {self._path} is not what was saved: the backup is damaged")

    def _open(self, name: str) -> IO[bytes]:
        """Raises BadBackup."""
        if self._tar is None:
            try:
                path = self._path / name
                if path.is_symlink():
                    raise BadBackup(f"{name} in {self._path} is a link")
                return path.open("rb")
            except OSError as error:
                raise BadBackup(f"{name} is missing in {self._path}") from error
        try:
            member = self._tar.getmember(name)
            file = self._tar.extractfile(member) if member.isfile() else None
        except (KeyError, tarfile.TarError) as error:
            raise BadBackup(f"{name} is missing in {self._path}") from error
        if file is None:
            raise BadBackup(f"{name} in {self._path} is no file")
        return file

    def _manifest(self) -> dict[str, FileMark]:
        try:
            with self._open(MANIFEST) as file:
                content = json.loads(file.read(MAX_MANIFEST_BYTES))
            if content["format"] != FORMAT:
                raise BadBackup(
                    f"{self._path} has the form {content['format']!r:.50}, unknown here"
                )
            files = {
                _safe(name): FileMark(int(mark["size"]), str(mark["sha256"]))
                for name, mark in content["files"].items()
            }
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BadBackup(f"the manifest of {self._path} cannot be read: {error}") from error
        if DATABASE not in files and not any(name.startswith(GALLERY) for name in files):
            raise BadBackup(f"{self._path} holds neither a database nor a gallery")
        return files


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Raises BadBackup for what is no backup."""
    if path.is_dir():
        yield Archive(path, None)
        return
    try:
        tar = tarfile.open(path)  # noqa: SIM115 - closed below
    except (OSError, tarfile.TarError) as error:
        raise BadBackup(f"{path} is no backup that can be read: {error}") from error
    with tar:
        yield Archive(path, tar)


def _safe(name: str) -> str:
    """The name, if it lies in one of the known places. Raises BadBackup: a backup is a file that
    anybody may have made."""
    parts = PurePosixPath(name).parts
    known = name in _KNOWN or any(name.startswith(p) for p in _KNOWN if p.endswith("/"))
    if not known or ".." in parts or "\0" in name or "/".join(parts) != name:
        raise BadBackup(f"the backup holds a file in a place that is none: {name!r:.100}")
    return name
