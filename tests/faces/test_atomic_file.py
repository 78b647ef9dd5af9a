"""Files that belong together are all replaced, or none is."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookout.faces.atomic_file import replace_file, replace_files


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    first, second = tmp_path / "encodings.pkl", tmp_path / "encodings.sface.pkl"
    first.write_bytes(b"old first")
    second.write_bytes(b"old second")
    return first, second


def test_two_files_are_replaced_and_nothing_else_is_left(pair: tuple[Path, Path]) -> None:
    first, second = pair
    second.chmod(0o640)
    replace_files({first: b"new first", second: b"new second"}, {})
    assert (first.read_bytes(), second.read_bytes()) == (b"new first", b"new second")
    assert second.stat().st_mode & 0o777 == 0o640
    assert sorted(first.parent.iterdir()) == [first, second]


def test_where_the_second_cannot_be_written_the_first_stays_as_it_was(
    pair: tuple[Path, Path],
) -> None:
    first, second = pair
    impossible = second / "encodings.pkl"  # below a file
    with pytest.raises(OSError, match="encodings"):
        replace_files({first: b"new first", impossible: b"new second"}, {})
    assert (first.read_bytes(), second.read_bytes()) == (b"old first", b"old second")
    assert sorted(first.parent.iterdir()) == [first, second]


def test_what_was_there_is_kept_under_another_name_if_that_is_wanted(tmp_path: Path) -> None:
    path, kept = tmp_path / "encodings.pkl", tmp_path / "encodings.other-1.pkl"
    path.write_bytes(b"another program's")
    replace_file(path, b"ours", kept)
    assert (path.read_bytes(), kept.read_bytes()) == (b"ours", b"another program's")
