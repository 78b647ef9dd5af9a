"""Doors × inputs: every row of the tables in docs/inputs.md goes through every door there."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from lookout.faces.detections import Image
from lookout.faces.protocols import Detector, Encoder
from tests.support.api import Api, encoded
from tests.support.doors import Doors, picture_through
from tests.support.paths import ROOT

pytestmark = pytest.mark.long

CANNOT = "–"
HALF = "\ud83d"

NAMES: Mapping[str, tuple[str, ...]] = {
    "in any script": ("Grace Hopper", "李小龍", "O'Neil-Çelik", "נועה"),
    "with white space to spare": ("  Mary \t Jackson ",),
    "with accents of their own (NFD)": ("Zoe\u0308",),
    "not valid Unicode": (f"Bo{HALF}b", "Bj\udcf6rn"),
    "controls, invisible, right-to-left marks": ("Ada\x00x", "\u202eadA", "A\u200bda", "\u2066Ada"),
    "a word for faces without a name": ("unknown", "Unknown", "ｕｎｋｎｏｗｎ"),
    "with a slash": ("a/b", "a\\b", "../up"),
    "beginning with a dot": (".hidden",),
    "a folder of computers": ("#recycle", "@eaDir", "__MACOSX", "lost+found", "$RECYCLE.BIN"),
    "a device of Windows": ("con", "LPT1"),
    "longer than 64 characters": ("x" * 65,),
    "nothing, or no letter or digit": (" ", "…!"),
    "spelled differently: ada beside Ada": ("ada",),
}


def table(of: str) -> Iterator[tuple[str, str, str]]:
    """(kind, door, outcome) of each cell of the table whose first heading this is."""
    doors: list[str] = []
    for line in (ROOT / "docs" / "inputs.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == of:
            doors = cells[1:]
        elif not line.startswith("|"):
            doors = []
        elif doors and not cells[0].startswith("---"):
            yield from ((cells[0], door, cell) for door, cell in zip(doors, cells[1:], strict=True))


NAME_CELLS = [cell for cell in table("kind of name") if cell[2] != CANNOT]
PICTURE_CELLS = [cell for cell in table("kind of picture") if cell[2] != CANNOT]


def can_be_a_folder(name: str) -> bool:
    try:
        return b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False


@pytest.fixture
def doors(tmp_path: Path, api: Api, engines: tuple[Detector, Encoder], astronaut: bytes) -> Doors:
    return Doors(tmp_path / "images", api, engines, astronaut)


def test_the_tables_name_every_kind_that_is_tried() -> None:
    assert {kind for kind, _, _ in NAME_CELLS} == NAMES.keys()
    assert {kind for kind, _, _ in PICTURE_CELLS} == pictures(np.zeros((4, 4, 3), np.uint8)).keys()


@pytest.mark.parametrize("door", dict.fromkeys(door for _, door, _ in NAME_CELLS))
def test_a_name_is_treated_as_the_table_says(doors: Doors, door: str) -> None:
    different = []
    for kind, _, expected in [cell for cell in NAME_CELLS if cell[1] == door]:
        for name in NAMES[kind]:
            if door == "folder" and not can_be_a_folder(name):
                continue
            doors.clear()
            if (found := doors.through(door, name)) != expected:
                different.append(f"{kind}: {name!a} is {found}")
    assert not different, "\n".join(different)


def pictures(face_bgr: Image) -> dict[str, tuple[str, bytes]]:
    """A file name and bytes for each kind."""
    jpeg = encoded(face_bgr)
    frames = [PIL.Image.fromarray(face_bgr[::-1] if odd else face_bgr) for odd in (0, 1)]
    gif = io.BytesIO()
    frames[0].save(gif, "GIF", save_all=True, append_images=frames[1:])
    return {
        "a JPEG": ("photo.jpg", jpeg),
        "a JPEG called photo.jfif": ("photo.jfif", jpeg),
        "a JPEG without a suffix": ("photo", jpeg),
        "a PNG": ("photo.png", encoded(face_bgr, ".png")),
        "no picture": ("photo.jpg", b"hello"),
        "an empty file": ("photo.jpg", b""),
        "an animated GIF": ("photo.gif", gif.getvalue()),
        "a face that lies on its side": ("photo.jpg", encoded(np.rot90(face_bgr).copy())),
    }


@pytest.mark.parametrize("door", dict.fromkeys(door for _, door, _ in PICTURE_CELLS))
def test_a_picture_is_treated_as_the_table_says(
    doors: Doors, astronaut_bgr: Image, door: str
) -> None:
    different = []
    for kind, _, expected in [cell for cell in PICTURE_CELLS if cell[1] == door]:
        doors.clear()
        filename, content = pictures(astronaut_bgr)[kind]
        if (found := picture_through(doors, door, filename, content)) != expected:
            different.append(f"{kind} is {found}")
    assert not different, "\n".join(different)
