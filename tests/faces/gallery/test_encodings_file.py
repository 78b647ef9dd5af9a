"""encodings.pkl: exchange with the face_recognition family, and files that mean harm."""

from __future__ import annotations

import codecs
import importlib.util
import io
import os
import pickle
import stat
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lookout.faces.errors import EncoderMismatch, GalleryDamaged, GalleryUnsafe
from lookout.faces.gallery.encodings_file import load_gallery, save_gallery, written_by_lookout
from lookout.faces.gallery.gallery import Gallery, Sample
from tests.support.named_encoder import NamedEncoder

DLIB = NamedEncoder()
# eighths are exact in float32 and in decimal
ROWS = np.arange(3 * 128, dtype=np.float64).reshape(3, 128) / 8
NAMES = ["Ada", "Łukasz", "Ada"]


def written(tmp_path: Path, content: object, protocol: int = 4) -> Path:
    path = tmp_path / "encodings.pkl"
    path.write_bytes(content if isinstance(content, bytes) else pickle.dumps(content, protocol))
    return path


FORMS: dict[str, Callable[[], object]] = {
    "lists of floats": lambda: ROWS.tolist(),
    "a list of arrays": lambda: list(ROWS),
    "float32 arrays": lambda: list(ROWS.astype(np.float32)),
    "big-endian arrays": lambda: list(ROWS.astype(">f8")),
    "one matrix": lambda: ROWS,
    "a Fortran matrix": lambda: np.asfortranarray(ROWS),
    "lists of numpy scalars": lambda: [[np.float64(v) for v in row] for row in ROWS],
}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("form", FORMS)
def test_files_of_other_tools_load_in_every_protocol(
    tmp_path: Path, form: str, protocol: int
) -> None:
    path = written(tmp_path, {"encodings": FORMS[form](), "names": NAMES}, protocol)
    gallery = load_gallery(path, DLIB)
    assert gallery.names == tuple(NAMES)
    assert np.array_equal(gallery.encodings, ROWS.astype(np.float32))


def test_both_spellings_of_numpys_modules_load(tmp_path: Path) -> None:
    content = pickle.dumps({"encodings": list(ROWS), "names": NAMES}, protocol=2)
    assert b"numpy._core.multiarray" in content
    old = content.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    assert np.array_equal(load_gallery(written(tmp_path, old), DLIB).encodings, ROWS)


@pytest.mark.slow
def test_ours_loads_with_plain_pickle_and_compares_in_face_recognition(tmp_path: Path) -> None:
    path = tmp_path / "encodings.pkl"
    save_gallery(path, Gallery(ROWS.astype(np.float32), tuple(NAMES), "dlib-128"))
    with path.open("rb") as file:
        loaded = pickle.load(file)
    assert loaded["names"] == NAMES
    # the arithmetic of face_recognition.compare_faces
    matches = (np.linalg.norm(loaded["encodings"] - ROWS[1], axis=1) <= 0.6).tolist()
    assert matches == [False, True, False]
    program = (
        "import pickle, sys, face_recognition, numpy;"
        "known = pickle.load(open(sys.argv[1], 'rb'));"
        "probe = numpy.array(known['encodings'][1]);"
        "print(list(map(bool, face_recognition.compare_faces(known['encodings'], probe))))"
    )
    command = [sys.executable, "-W", "ignore", "-c", program, str(path)]
    if importlib.util.find_spec("face_recognition") is None:
        pytest.skip("face_recognition is not installed")
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == str(matches), done.stderr


def test_what_is_saved_comes_back_and_equal_galleries_make_equal_bytes(tmp_path: Path) -> None:
    gallery = Gallery((ROWS / 3).astype(np.float32), tuple(NAMES), "dlib-128")
    first, second = tmp_path / "a.pkl", tmp_path / "b.pkl"
    save_gallery(first, gallery)
    back = load_gallery(first, DLIB)
    save_gallery(second, back)
    assert np.array_equal(back.encodings, gallery.encodings)
    assert first.read_bytes() == second.read_bytes()
    assert written_by_lookout(first)


def test_a_new_file_is_private_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "encodings.pkl"
    gallery = Gallery(ROWS.astype(np.float32), tuple(NAMES), "dlib-128")
    save_gallery(path, gallery)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    save_gallery(path, gallery)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [p.name for p in tmp_path.iterdir()] == ["encodings.pkl"]


def test_a_failed_write_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "encodings.pkl"
    gallery = Gallery(ROWS.astype(np.float32), tuple(NAMES), "dlib-128")
    save_gallery(path, gallery)
    before = path.read_bytes()

    def full(_handle: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save_gallery(path, gallery.added("Eve", ROWS[:1].astype(np.float32)))
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["encodings.pkl"]


class Runs:
    """Pickles as a call of `function(*arguments)`."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call


class WithState:
    def __setstate__(self, state: object) -> None:
        raise SystemError("ran")

    def __getstate__(self) -> dict[str, int]:
        return {"a": 1}


def object_array(item: object) -> NDArray[np.object_]:
    array = np.empty(1, dtype=object)
    array[0] = item
    return array


def attacks(witness: Path | str) -> dict[str, tuple[object, str]]:
    touch = f"touch {witness}"
    opens = Runs(open, str(witness), "w")
    return {
        "os.system": (Runs(os.system, touch), "posix.system|nt.system"),
        "eval": (Runs(eval, "1"), r"(builtins|__builtin__)\.eval"),
        "exec": (Runs(exec, "1"), r"(builtins|__builtin__)\.exec"),
        "getattr": (Runs(getattr, "x", "upper"), r"(builtins|__builtin__)\.getattr"),
        "open": (opens, "io.open|_io.open"),
        "a codec": (Runs(codecs.encode, "x", "rot13"), "the codec 'rot13'"),
        "in a list": ([[[opens]]], "open"),
        "in an object array": (object_array(opens), "type 'O8'|open"),
        "a class with a state": (WithState(), "WithState|_reconstructor"),
        "even dict, by name": (Runs(dict), r"(builtins|__builtin__)\.dict"),
        "a bytearray of a terabyte": (Runs(bytearray, 10**12), "size of its own choice"),
        "numpy's loader": (Runs(np.load, str(witness)), "numpy.load"),
        "numpy's memmap": (Runs(np.memmap, str(witness)), "memmap"),
    }


@pytest.mark.parametrize("attack", attacks("x"))
@pytest.mark.parametrize("place", ["alone", "as encodings", "as another key"])
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_a_pickle_that_asks_for_code_is_refused_by_name_and_nothing_runs(
    tmp_path: Path, attack: str, place: str, protocol: int
) -> None:
    witness = tmp_path / "it-ran"
    payload, name = attacks(witness)[attack]
    content = {
        "alone": payload,
        "as encodings": {"encodings": [payload], "names": ["Ada"]},
        "as another key": {"encodings": [], "names": [], "more": payload},
    }[place]
    path = written(tmp_path, content, protocol)
    with pytest.raises(GalleryUnsafe, match=name) as error:
        load_gallery(path, DLIB)
    assert str(path) in str(error.value)
    assert "lookout train" in str(error.value)
    assert not witness.exists()
    assert not written_by_lookout(path)


def test_a_stand_in_cannot_be_changed_by_a_file(tmp_path: Path) -> None:
    # numpy.dtype, then BUILD with a state: a pickle may try to overwrite what it was given
    path = written(tmp_path, b"\x80\x02cnumpy\ndtype\n}X\x01\x00\x00\x00aK\x01sb.")
    with pytest.raises(GalleryUnsafe, match="change a function"):
        load_gallery(path, DLIB)


def test_a_memo_index_of_two_billion_is_refused_before_it_takes_memory(tmp_path: Path) -> None:
    content = b"\x80\x04K\x01r" + struct.pack("<I", 2**31 - 1) + b"."
    with pytest.raises(GalleryUnsafe, match="more memory"):
        load_gallery(written(tmp_path, content), DLIB)


def test_an_array_that_claims_more_than_it_has_is_damaged(tmp_path: Path) -> None:
    content = pickle.dumps({"encodings": ROWS, "names": NAMES}, protocol=4)
    shape = pickle.dumps((3, 128), protocol=4)[11:-2]
    assert content.count(shape) == 1
    huge = content.replace(shape, b"J\xff\xff\xff\x7f" + shape[1:])
    with pytest.raises(GalleryDamaged, match=r"does not have|truncated"):
        load_gallery(written(tmp_path, huge), DLIB)


def test_lists_that_repeat_one_another_do_not_grow(tmp_path: Path) -> None:
    row: list[object] = [0.0, 0.0]
    for _ in range(60):
        row = [row, row]
    with pytest.raises(GalleryDamaged, match="encoding 0 is not 2 numbers"):
        load_gallery(written(tmp_path, {"encodings": [row], "names": ["Ada"]}), DLIB)


def test_every_truncation_is_damage_and_says_what_to_do(tmp_path: Path) -> None:
    content = io.BytesIO()
    pickle.dump({"encodings": ROWS.tolist(), "names": NAMES}, content)
    whole = content.getvalue()
    for length in range(0, len(whole), 97):
        with pytest.raises(GalleryDamaged, match=r"truncated or not a pickle.*lookout train"):
            load_gallery(written(tmp_path, whole[:length]), DLIB)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1, 2], "not a dictionary"),
        ({"names": []}, "not a dictionary with"),
        ({"encodings": ROWS.tolist(), "names": ["Ada"]}, "3 encodings but 1 names"),
        ({"encodings": ROWS.tolist(), "names": [1, 2, 3]}, "not a list of strings"),
        ({"encodings": [[0.0] * 128, [0.0] * 127], "names": ["a", "b"]}, "encoding 1 is not 128"),
        ({"encodings": [[float("nan")] * 128], "names": ["a"]}, "not finite"),
        ({"encodings": [[1e300] * 128], "names": ["a"]}, "not finite"),
        ({"encodings": [["x"] * 128], "names": ["a"]}, "not 128 numbers"),
        ({"encodings": [10**400] * 3, "names": ["a"] * 3}, "1 to 4096 numbers"),
        ({"encodings": 7, "names": []}, "not a list"),
    ],
)
def test_a_file_of_the_wrong_shape_says_what_is_wrong(
    tmp_path: Path, content: object, message: str
) -> None:
    with pytest.raises(GalleryDamaged, match=message):
        load_gallery(written(tmp_path, content), DLIB)


def test_a_gallery_of_another_encoder_is_not_compared(tmp_path: Path) -> None:
    path = tmp_path / "encodings.pkl"
    save_gallery(path, Gallery(ROWS.astype(np.float32), tuple(NAMES), "other-128"))
    with pytest.raises(EncoderMismatch, match=r"other-128 .*--encoder dlib-128"):
        load_gallery(path, DLIB)
    short = written(tmp_path, {"encodings": [[0.0] * 64], "names": ["Ada"]})
    with pytest.raises(EncoderMismatch, match=r"dlib-128 \(64 numbers\)"):
        load_gallery(short, DLIB)


def test_a_missing_file_is_just_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_gallery(tmp_path / "none.pkl", DLIB)


def test_an_empty_file_of_ours_fits_every_encoder(tmp_path: Path) -> None:
    path = tmp_path / "encodings.pkl"
    save_gallery(path, Gallery.empty("dlib-128", 128))
    assert load_gallery(path, NamedEncoder("reid-0095", 256)).encodings.shape == (0, 256)


def test_where_an_encoding_comes_from_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "encodings.pkl"
    samples = tuple(Sample(f"{i}.jpg", f"{i:064x}", 0.25 * i, 1e9 + i) for i in range(3))
    save_gallery(path, Gallery(ROWS.astype(np.float32), tuple(NAMES), "dlib-128", samples))
    assert load_gallery(path, DLIB).samples == samples


def test_another_tool_that_adds_a_person_costs_only_where_they_come_from(tmp_path: Path) -> None:
    path = tmp_path / "encodings.pkl"
    samples = tuple(Sample(f"{i}.jpg") for i in range(3))
    save_gallery(path, Gallery(ROWS.astype(np.float32), tuple(NAMES), "dlib-128", samples))
    content = pickle.loads(path.read_bytes())
    content["encodings"].append([0.5] * 128)
    content["names"].append("Grace")
    gallery = load_gallery(written(tmp_path, content), DLIB)
    assert gallery.names == (*NAMES, "Grace")
    assert set(gallery.samples) == {Sample()}
