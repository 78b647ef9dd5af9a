"""Fetches one file over HTTP into a folder: bounded, checked, and moved into place in one step."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO

from lookout.faces.errors import ModelDamaged, ModelError
from lookout.faces.models.entry import ModelFile

TIMEOUT_S = 30.0
"""For connecting, and for each wait for more bytes."""

_CHUNK_BYTES = 256 * 1024

Progress = Callable[[int], object]
"""Called with the number of bytes that have just arrived."""


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
    ModelError (no address, no connection, disk).
    """
    if file.url is None:
        raise ModelError(f"{file.name} has no official address to fetch it from")
    target = folder / file.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix=f".{file.name}.", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as sink:
                _fetch(file, file.url, sink, progress, timeout_s)
                sink.flush()
                os.fsync(sink.fileno())
            Path(name).replace(target)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                Path(name).unlink()
            raise
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        raise ModelError(f"{file.url} could not be fetched into {folder}: {error}") from error
    return target


def _fetch(
    file: ModelFile, url: str, sink: IO[bytes], progress: Progress, timeout_s: float
) -> None:
    digest, received = hashlib.sha256(), 0
    # The scheme is https for every registry entry (entry.py refuses others)
    request = urllib.request.Request(url, headers={"User-Agent": "lookout"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=timeout_s) as response:  # noqa: S310
        while chunk := response.read(_CHUNK_BYTES):
            received += len(chunk)
            if received > file.size:
                raise ModelDamaged(
                    f"{url} sends more than the {file.size:,} bytes that the registry expects; "
                    "the download was stopped and nothing was kept"
                )
            digest.update(chunk)
            sink.write(chunk)
            progress(len(chunk))
    if received != file.size:
        raise ModelDamaged(
            f"{url} ended after {received:,} of {file.size:,} bytes; nothing was kept. Try again"
        )
    if digest.hexdigest() != file.sha256:
        raise ModelDamaged(
            f"what {url} sent has the SHA-256 {digest.hexdigest()}, the registry expects "
            f"{file.sha256}; nothing was kept. The file at that address has changed"
        )
