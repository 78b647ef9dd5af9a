"""The people of the thresholds benchmark: none twice, none on whom a constant was fitted."""

from __future__ import annotations

import zlib
from pathlib import Path

from benchmarks.accuracy.thresholds import cast_of
from benchmarks.support.pairs import Portrait


def people(folder: Path, names: list[str], photographs: int, role: str) -> list[Portrait]:
    found = []
    for name in names:
        (folder / name).mkdir(parents=True)
        for number in range(photographs):
            (folder / name / f"{number}.jpg").touch()
        found.append(Portrait(folder / name / "0.jpg", name, role))  # type: ignore[arg-type]
    return found


def test_enrolled_and_shown_photographs_are_of_the_same_people_and_strangers_of_none(
    tmp_path: Path,
) -> None:
    known = people(tmp_path, [f"known {n}" for n in range(12)], 4, "gallery")
    few = people(tmp_path, [f"few {n}" for n in range(12)], 2, "gallery")
    strangers = people(tmp_path, [f"stranger {n}" for n in range(12)], 1, "stranger")
    cast = cast_of([*known, *few, *strangers], people=3, photographs=2, strangers=4)
    enrolled = {portrait.identity for portrait in cast.enrolled}
    assert len(enrolled) == 3
    assert all(name.startswith("known") for name in enrolled)
    assert [p.identity for p in cast.enrolled] == [p.identity for p in cast.shown]
    assert not {p.path for p in cast.enrolled} & {p.path for p in cast.shown}
    assert len({p.identity for p in cast.strangers}) == 4
    everybody = [*cast.enrolled, *cast.shown, *cast.strangers]
    assert all(zlib.crc32(portrait.identity.encode()) % 2 for portrait in everybody)
