"""Reads the protocols of verification and identification."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast


class BadProtocol(Exception):
    """A protocol file lacks a column, or names a picture that is not there."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures and whether they show one person."""

    a: Path
    b: Path
    same: bool


@dataclass(frozen=True, slots=True)
class Portrait:
    """A picture, whom it shows, and its role: gallery, probe (enrolled) or stranger."""

    path: Path
    identity: str
    role: Literal["gallery", "probe", "stranger"]


def read_pairs(file: Path, images: Path) -> list[Pair]:
    """The pairs of a CSV with the columns a, b, same (1 or 0). Raises BadProtocol."""
    return [
        Pair(_picture(images, row["a"]), _picture(images, row["b"]), row["same"] == "1")
        for row in _rows(file, ("a", "b", "same"))
    ]


def read_portraits(file: Path, images: Path) -> list[Portrait]:
    """The pictures of a CSV with the columns path, identity, role. Raises BadProtocol.

    A probe counts as a stranger's if nobody of its identity is in the gallery.
    """
    rows = _rows(file, ("path", "identity", "role"))
    enrolled = {row["identity"] for row in rows if row["role"] == "gallery"}
    portraits = []
    for row in rows:
        role = "gallery" if row["role"] == "gallery" else "probe"
        if role == "probe" and row["identity"] not in enrolled:
            role = "stranger"
        kind = cast(Literal["gallery", "probe", "stranger"], role)
        portraits.append(Portrait(_picture(images, row["path"]), row["identity"], kind))
    return portraits


def _rows(file: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        missing = [name for name in columns if name not in (reader.fieldnames or [])]
        if missing:
            raise BadProtocol(
                f"{file} has no column {', '.join(missing)}; expected {', '.join(columns)}"
            )
        return list(reader)


def _picture(images: Path, name: str) -> Path:
    path = images / name
    if not path.is_file():
        raise BadProtocol(f"there is no picture {path}; --images must be the folder of the names")
    return path
