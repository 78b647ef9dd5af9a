"""One file out of an archive of weights. Nothing else of the archive is unpacked."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import IO

from lookout.faces.errors import ModelDamaged
from lookout.faces.models.entry import MAX_FILE_BYTES, ModelFile

_CHUNK_BYTES = 256 * 1024


def copy_member(archive: Path, file: ModelFile, sink: IO[bytes]) -> None:
    """Writes the member of the archive that is `file` to `sink`, as many bytes as it may have.

    The archive is a zip where its address ends so, else a tar. Raises ModelDamaged if it is none,
    has no such member, or the member is of another size.
    """
    most = file.size or MAX_FILE_BYTES
    try:
        if (file.url or "").endswith(".zip"):
            with zipfile.ZipFile(archive) as opened, opened.open(file.member) as member:
                count = _copy(member, sink, most)
        else:
            count = _copy_from_tar(archive, file.member, sink, most)
    except KeyError as error:
        raise ModelDamaged(f"{file.url} holds no {file.member}; nothing was kept") from error
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, RuntimeError) as error:
        raise ModelDamaged(f"{file.url} is no archive that can be read: {error}") from error
    if count > most or (file.size and count != file.size):
        raise ModelDamaged(
            f"{file.member} of {file.url} has not the {most:,} bytes that the registry expects; "
            "nothing was kept"
        )


def _copy_from_tar(archive: Path, member: str, sink: IO[bytes], most: int) -> int:
    with tarfile.open(archive) as opened:
        found = opened.extractfile(member)
        if found is None:  # a folder, for example
            raise KeyError(member)
        with found:
            return _copy(found, sink, most)


def _copy(source: IO[bytes], sink: IO[bytes], most: int) -> int:
    """The bytes that were copied: `most`, and one more if there are more."""
    count = 0
    while count <= most and (chunk := source.read(min(_CHUNK_BYTES, most + 1 - count))):
        sink.write(chunk)
        count += len(chunk)
    return count
