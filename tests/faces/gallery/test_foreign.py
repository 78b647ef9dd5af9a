"""Galleries of other programs, in the shapes that people's scripts pickle them."""

from __future__ import annotations

import collections
import pickle
import re
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lookout.faces.errors import GalleryDamaged, GalleryForeign, GalleryUnsafe
from lookout.faces.gallery.encodings_file import load_gallery, read_gallery, save_gallery
from lookout.faces.gallery.foreign import read_foreign
from lookout.faces.gallery.gallery import Gallery
from lookout.server.commands import import_gallery, import_registry
from tests.support.named_encoder import NamedEncoder

ROWS = np.arange(4 * 128, dtype=np.float64).reshape(4, 128) / 8
NAMES = ["Ada", "Ada", "Grace", "Zoë"]


def collected() -> dict[str, list[object]]:
    people: dict[str, list[object]] = collections.defaultdict(list)
    for name, row in zip(NAMES, ROWS, strict=True):
        people[name].append(row)
    return people


def python_2() -> bytes:
    """{"encodings": [array, …], "names": ["Ada", …]} as Python 2 and numpy pickle it."""

    def text(content: bytes) -> bytes:
        return b"T" + struct.pack("<i", len(content)) + content

    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    dtype = b"cnumpy\ndtype\nU\x02f8K\x00K\x01\x87R(K\x03U\x01<NNN"
    dtype += b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    rows = b"".join(
        array + b"(K\x01K\x80\x85" + dtype + b"\x89" + text(row.tobytes()) + b"tb" for row in ROWS
    )
    names = b"".join(text(name.encode()) for name in NAMES)
    return b"\x80\x02}(U\x09encodings](" + rows + b"eU\x05names](" + names + b"eu."


SHAPES: dict[str, Callable[[], object]] = {
    "the family's own": lambda: {"encodings": list(ROWS), "names": NAMES},
    "a name and its encodings": lambda: {"Ada": list(ROWS[:2]), "Grace": ROWS[2], "Zoë": [ROWS[3]]},
    "a name and a matrix": lambda: {"Ada": ROWS[:2], "Grace": ROWS[2:3], "Zoë": ROWS[3].tolist()},
    "collected by defaultdict": collected,
    "in order": lambda: collections.OrderedDict(collected()),
    "(encodings, names)": lambda: (list(ROWS), NAMES),
    "[names, encodings]": lambda: [NAMES, ROWS],
    "known_face_encodings": lambda: {"known_face_encodings": ROWS, "known_face_names": NAMES},
    "known_encodings": lambda: {"known_encodings": list(ROWS), "known_names": tuple(NAMES)},
    "pairs": lambda: list(zip(NAMES, ROWS, strict=True)),
    "pairs the other way round": lambda: list(zip(ROWS, NAMES, strict=True)),
    "dictionaries": lambda: [
        {"name": name, "encoding": row} for name, row in zip(NAMES, ROWS, strict=True)
    ],
    "names as objects": lambda: {"encodings": list(ROWS), "names": np.array(NAMES, object)},
    "names as bytes": lambda: {"encodings": ROWS, "names": [name.encode() for name in NAMES]},
    "each encoding in a list": lambda: {"encodings": [[row] for row in ROWS], "names": NAMES},
}


def written(path: Path, content: object, protocol: int = 4) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else pickle.dumps(content, protocol))
    return path


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_usual_shape_is_imported_whole(tmp_path: Path, shape: str, protocol: int) -> None:
    found = read_foreign(written(tmp_path / "known.pkl", SHAPES[shape](), protocol))
    assert found.left_out == ()
    assert list(found.gallery.names) == NAMES
    assert np.array_equal(found.gallery.encodings, ROWS.astype(np.float32))


def test_a_pickle_of_python_2_is_imported_with_its_accents(tmp_path: Path) -> None:
    found = read_foreign(written(tmp_path / "known.pkl", python_2()))
    assert list(found.gallery.names) == NAMES
    assert np.array_equal(found.gallery.encodings, ROWS.astype(np.float32))


@pytest.mark.parametrize(
    ("encoding", "name", "line"),
    [
        (None, "Bob", r"row 2 \(Bob\): it has no encoding of numbers"),
        (np.array([]), "Bob", r"row 2 \(Bob\): it has no encoding of numbers"),
        ([], "Bob", r"row 2 \(Bob\): it has no encoding of numbers"),
        (ROWS[1] * np.nan, "Bob", r"row 2 \(Bob\): it has no encoding of numbers"),
        (ROWS[1][:64], "Bob", "Bob: an encoding has 64 numbers, the others 128"),
        (ROWS[1], None, r"row 2 \(no name\): it has no name"),
        (ROWS[1], "unknown", "the name “unknown” cannot be used; 1 encoding is left out"),
        (ROWS[1], "B\ud83d", r"the name “B\\ud83d” cannot be used"),
    ],
)
def test_a_row_that_cannot_be_used_gets_a_line_and_the_others_stay(
    tmp_path: Path, encoding: object, name: object, line: str
) -> None:
    content = {"encodings": [ROWS[0], encoding, ROWS[2]], "names": ["Ada", name, "Grace"]}
    found = read_foreign(written(tmp_path / "known.pkl", content))
    assert found.gallery.names == ("Ada", "Grace")
    (said,) = found.left_out
    assert re.search(line, said), said


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"encodings": list(ROWS[:3]), "names": NAMES}, "4 names and 3 encodings"),
        ({"encodings": list(ROWS), "names": {"Ada", "Bob"}}, "not two lists"),
        ({"encodings": [[0.5] * 512] * 2, "names": ["A", "B"]}, "512 numbers.*from photographs"),
        (7, "of type int, which holds no people"),
        ([None], "no row of it can be used"),
        ({"Ada": "a text"}, "no row of it can be used"),
    ],
)
def test_what_cannot_be_converted_says_why(tmp_path: Path, content: object, message: str) -> None:
    with pytest.raises(GalleryForeign, match=message):
        read_foreign(written(tmp_path / "known.pkl", content))


def test_nothing_that_the_file_asks_for_is_run(tmp_path: Path) -> None:
    for content in (b"cos\nsystem\n(S'touch /tmp/ran'\ntR.", b"cbuiltins\nlist\n(cos\nsystem\ntR."):
        with pytest.raises(GalleryUnsafe, match=r"os\.system"):
            read_foreign(written(tmp_path / "known.pkl", content))


def test_lists_that_repeat_one_another_end_soon(tmp_path: Path) -> None:
    row: list[object] = [0.0, 0.0]
    for _ in range(60):
        row = [row, row]
    with pytest.raises(GalleryDamaged):
        read_foreign(written(tmp_path / "known.pkl", {"Ada": row, "Bob": [row] * 1000}))


def test_loading_another_shape_names_the_command(tmp_path: Path) -> None:
    path = written(tmp_path / "my known.pkl", {"Ada": ROWS[0]})
    with pytest.raises(GalleryForeign, match=r"lookout import-gallery '.*my known.pkl'") as error:
        load_gallery(path, NamedEncoder())
    assert "\n" not in str(error.value)


def test_a_name_that_cannot_be_used_leaves_its_rows_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    names = ["Ada", "ada", "B\ud83d", "unknown"]
    path = written(tmp_path / "e.pkl", {"encodings": list(ROWS), "names": names})
    assert read_gallery(path).names == ("Ada", "Ada")
    assert [r"“B\ud83d”" in text or "“unknown”" in text for text in caplog.messages] == [True] * 2


def test_people_join_those_who_are_known_and_a_second_import_adds_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "encodings.pkl"
    known = Gallery(ROWS[:1].astype(np.float32), ("Ada",), "dlib-128")
    save_gallery(output, known)
    source = written(tmp_path / "known.pickle", {"Ada": list(ROWS[:2]), "Grace": [None, ROWS[2]]})
    arguments = [str(source), "--output", str(output)]
    assert import_gallery.main(arguments) == import_gallery.LEFT_OUT
    assert "left out: row 2 (Grace): it has no encoding" in capsys.readouterr().out
    assert read_gallery(output).counts == {"Ada": 2, "Grace": 1}
    import_gallery.main(arguments)
    assert "0 encodings" in capsys.readouterr().out
    assert read_gallery(output).counts == {"Ada": 2, "Grace": 1}


def test_a_foreign_file_that_is_the_gallery_itself_is_kept_beside_it(tmp_path: Path) -> None:
    output = written(tmp_path / "encodings.pkl", {"Ada": ROWS[0]})
    before = output.read_bytes()
    assert import_gallery.main([str(output), "--output", str(output)]) == 0
    assert read_gallery(output).names == ("Ada",)
    assert (tmp_path / "encodings.other-1.pkl").read_bytes() == before


def test_lookout_import_knows_a_pickle_when_it_sees_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKOUT_HOME", str(tmp_path))
    source = written(tmp_path / "known.pickle", {"Ada": ROWS[0]})
    assert import_registry.main([str(source)]) == 0
    assert read_gallery(tmp_path / "utils" / "encodings.pkl").names == ("Ada",)


def test_a_file_that_is_not_there_is_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(tmp_path / "none.pkl"), "--output", str(tmp_path / "e.pkl")]
    assert import_gallery.main(arguments) == import_gallery.CANNOT
    assert "none.pkl" in capsys.readouterr().err
    assert not (tmp_path / "e.pkl").exists()
