"""The inputs on the command line: pictures, videos, folders of both, streams."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lookout.server.recognize.container import HEAD_BYTES, VIDEO_SUFFIXES, container_of
from lookout.wire.redaction import without_secrets

SCHEMES = ("rtsp", "rtsps", "http", "https")


class InputKind(StrEnum):
    PICTURE = "picture"
    VIDEO = "video"
    STREAM = "stream"


@dataclass(frozen=True, slots=True)
class InputFile:
    """One input. `name` is for results: relative to the given folder, without a password."""

    kind: InputKind
    name: str
    where: str


def inputs_of(named: Sequence[str], leave_out: Path | None = None) -> Iterator[InputFile]:
    """Everything that `named` stands for, in order; folders with all files below them, sorted.

    Hidden files and links in folders are skipped, and so is the folder `leave_out`, where the
    results go. A path that does not exist is yielded as a picture: reading it reports the error.
    """
    skipped = None if leave_out is None else leave_out.resolve()
    for place in named:
        if place.partition("://")[0].lower() in SCHEMES:
            yield InputFile(InputKind.STREAM, without_secrets(place), place)
        elif Path(place).is_dir():
            for path in _files_below(Path(place), skipped):
                yield _file(path, path.relative_to(place).as_posix())
        else:
            yield _file(Path(place), Path(place).name)


def _files_below(folder: Path, skipped: Path | None) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        here = Path(parent)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and (here / name).resolve() != skipped
        )
        for name in sorted(files):
            path = here / name
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path


def _file(path: Path, name: str) -> InputFile:
    is_video = path.suffix.lower() in VIDEO_SUFFIXES or container_of(_head(path)) is not None
    return InputFile(InputKind.VIDEO if is_video else InputKind.PICTURE, name, str(path))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError:
        return b""  # reading the whole file reports the error
