"""Fetches one file over HTTP into a folder: bounded, checked, and moved into place in one step."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lookout.faces.errors import ModelDamaged, ModelError
from lookout.faces.models.archive import copy_member
from lookout.faces.models.entry import MAX_FILE_BYTES, ModelFile

TIMEOUT_S = 30.0
"""For connecting, and for each wait for more bytes."""

_CHUNK_BYTES = 256 * 1024

Progress = Callable[[int], object]
"""Called with the number of bytes that have just arrived. What it raises ends the download."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that has come, under a temporary name, and what it is."""

    path: Path
    sha256: str
    size: int


def download(
    file: ModelFile,
    folder: Path,
    *,
    progress: Progress = lambda _count: None,
    timeout_s: float = TIMEOUT_S,
) -> Path:
    """Fetches `file` from its address into `folder` and returns its path.

    The bytes go to a temporary file in `folder`; only after size and SHA-256 are right does it
    take its name. Nothing stays behind on failure. Raises ModelDamaged (wrong size or hash) and
    ModelError (no address, no known hash, no connection, disk).
    """
    if not file.sha256:
        raise ModelError(f"nobody has confirmed the hash of {file.name}, so it is not installed")
    with fetched(file, folder, progress=progress, timeout_s=timeout_s) as arrived:
        if arrived.sha256 != file.sha256:
            raise ModelDamaged(
                f"what {file.url} sent has the SHA-256 {arrived.sha256}, the registry expects "
                f"{file.sha256}; nothing was kept. The file at that address has changed"
            )
        target = folder / file.name
        arrived.path.replace(target)
    return target


@contextmanager
def fetched(
    file: ModelFile,
    folder: Path,
    *,
    progress: Progress = lambda _count: None,
    timeout_s: float = TIMEOUT_S,
) -> Iterator[Fetched]:
    """The file from its address under a temporary name in `folder`, for the length of the block:
    whoever wants to keep it moves it. Its size is checked where it is known, its hash is not.

    Raises as `download`.
    """
    if file.url is None:
        raise ModelError(f"{file.name} has no official address to fetch it from")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _temporary(folder, file.name) as part:
            with part.open("wb") as sink:
                _fetch(file, file.url, sink, progress, timeout_s)
            if not file.member:
                yield _described(part)
                return
            with _temporary(folder, file.name) as member:
                with member.open("wb") as sink:
                    copy_member(part, file, sink)
                yield _described(member)
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        raise ModelError(f"{file.url} could not be fetched into {folder}: {error}") from error


@contextmanager
def _temporary(folder: Path, name: str) -> Iterator[Path]:
    handle, path = tempfile.mkstemp(dir=folder, prefix=f".{name}.", suffix=".part")
    os.close(handle)
    try:
        yield Path(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(path).unlink()


def _described(path: Path) -> Fetched:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Fetched(path, digest, path.stat().st_size)


def _fetch(
    file: ModelFile, url: str, sink: IO[bytes], progress: Progress, timeout_s: float
) -> None:
    expected = 0 if file.member else file.size
    received = 0
    # The scheme is https for every registry entry (entry.py refuses others)
    request = urllib.request.Request(url, headers={"User-Agent": "lookout"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=timeout_s) as response:  # noqa: S310
        while chunk := response.read(_CHUNK_BYTES):
            received += len(chunk)
            if received > (expected or MAX_FILE_BYTES):
                raise ModelDamaged(
                    f"{url} sends more than the {expected or MAX_FILE_BYTES:,} bytes that the "
                    "registry expects; the download was stopped and nothing was kept"
                )
            sink.write(chunk)
            progress(len(chunk))
    if expected and received != expected:
        raise ModelDamaged(
            f"{url} ended after {received:,} of {expected:,} bytes; nothing was kept. Try again"
        )
