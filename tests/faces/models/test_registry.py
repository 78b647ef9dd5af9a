"""The registry and the store: entries are data, hashes are kept, errors say what to do."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from lookout.faces.errors import ModelDamaged, ModelError, ModelMissing
from lookout.faces.models import ModelEntry, ModelFile, ModelStore, load_registry
from lookout.faces.models.__main__ import main
from lookout.faces.models.entry import parse_entry

CONTENT = b"weights of a very small network"


def entry(url: str | None = "https://example.org/tiny.onnx", commercial: bool = True) -> ModelEntry:
    file = ModelFile("tiny.onnx", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), url)
    return ModelEntry(
        "tiny", "detect", (file,), "MIT", commercial, "example.org", "none", "any", "any"
    )


def store(tmp_path: Path, model: ModelEntry) -> ModelStore:
    folders = (tmp_path / "chosen", tmp_path / "cache")
    for folder in folders:
        folder.mkdir(exist_ok=True)
    return ModelStore({model.name: model}, folders, folders[1])


def test_every_shipped_entry_is_complete_and_non_commercial_weights_are_flagged() -> None:
    entries = load_registry()
    assert {"yunet", "scrfd-500m", "reid-0095", "sface"} <= set(entries)
    assert not entries["scrfd-500m"].commercial
    assert entries["yunet"].commercial
    for model in entries.values():
        assert model.licence
        assert model.source
        assert model.method
        assert (model.task == "encode") == (model.encoder is not None)


@pytest.mark.data
def test_the_registry_agrees_with_the_files_for_tests(models: Path) -> None:
    lines = (models / "SHA256SUMS").read_text().splitlines()
    sums = {name: sum_ for sum_, name in (line.split() for line in lines)}
    files = [file for model in load_registry().values() for file in model.files]
    known = [file for file in files if file.name in sums]
    assert len(known) >= 7
    for file in known:
        assert file.sha256 == sums[file.name]
        assert file.size == (models / file.name).stat().st_size


def test_the_chosen_folder_is_looked_in_before_the_cache(tmp_path: Path) -> None:
    models = store(tmp_path, entry())
    (tmp_path / "cache" / "tiny.onnx").write_bytes(CONTENT)
    assert models.path("tiny") == tmp_path / "cache" / "tiny.onnx"
    (tmp_path / "chosen" / "tiny.onnx").write_bytes(CONTENT)
    assert models.path("tiny") == tmp_path / "chosen" / "tiny.onnx"
    assert models.read("tiny") == CONTENT


def test_a_missing_model_says_the_command_that_installs_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"run: python -m faces\.models install tiny"):
        store(tmp_path, entry()).path("tiny")


def test_a_missing_model_without_an_address_says_where_to_put_the_file(tmp_path: Path) -> None:
    with pytest.raises(
        ModelMissing, match=r"no official address serves tiny\.onnx.*LOOKOUT_MODELS"
    ):
        store(tmp_path, entry(url=None)).path("tiny")


def test_an_unknown_name_says_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="there is no model 'huge'; there is: tiny"):
        store(tmp_path, entry()).path("huge")


@pytest.mark.parametrize("ask", ["path", "read"])
def test_a_file_that_fails_its_hash_is_not_handed_out(tmp_path: Path, ask: str) -> None:
    models = store(tmp_path, entry())
    (tmp_path / "chosen" / "tiny.onnx").write_bytes(CONTENT[:-1] + b"!")
    with pytest.raises(
        ModelDamaged, match=r"Delete the file and run: python -m faces\.models install"
    ):
        getattr(models, ask)("tiny")


TABLE: dict[str, Any] = {
    "task": "encode", "licence": "MIT", "commercial": True, "source": "s", "method": "m",
    "input": "i", "output": "o",
    "files": [{"name": "a.onnx", "sha256": "0" * 64, "size": 10}],
    "encoder": {"dimension": 4, "input_px": 16, "order": "rgb", "metric": "euclidean",
                "threshold": 1, "template_xy": [[0.1, 0.2]] * 5},
}  # fmt: skip


def test_a_table_becomes_an_entry() -> None:
    model = parse_entry("mine", TABLE)
    assert model.encoder is not None
    assert model.encoder.tolerance == 1.0
    assert model.encoder.mean == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"licence": None}, "the field 'licence' is missing"),
        ({"commercial": "yes"}, "'commercial' must be bool"),
        ({"files": []}, "no [[mine.files]] is given"),
        ({"files": [{"name": "../a", "sha256": "0" * 64, "size": 1}]}, "no plain file name"),
        ({"files": [{"name": "a", "sha256": "xyz", "size": 1}]}, "64 hexadecimal digits"),
        ({"files": [{"name": "a", "sha256": "0" * 64, "size": 3 * 1024**3}]}, "1 byte to 2 GiB"),
        ({"files": [{"name": "a", "sha256": "0" * 64, "size": 1, "url": "http://x"}]}, "https://"),
        ({"encoder": None}, "it needs a table [mine.encoder]"),
        ({"encoder": {**TABLE["encoder"], "order": "gbr"}}, "one of bgr, rgb"),
        ({"encoder": {**TABLE["encoder"], "template_xy": [[1, 2]] * 4}}, "five pairs"),
        ({"encoder": {**TABLE["encoder"], "template_xy": [[30, 40]] * 5}}, "fractions of the side"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(change: dict[str, object], complaint: str) -> None:
    table = {k: v for k, v in (TABLE | change).items() if v is not None}
    with pytest.raises(ModelError) as caught:
        parse_entry("mine", table)
    assert complaint in str(caught.value)


def test_a_users_own_file_is_named_when_it_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    file.write_text("[broken")
    with pytest.raises(ModelError, match=r"models\.toml is not valid TOML"):
        load_registry(file)


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No models anywhere but in a fresh folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("LOOKOUT_MODELS", raising=False)
    return tmp_path


def test_list_shows_what_is_here_and_flags_non_commercial_weights(
    alone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("yunet" in line and "installable" in line for line in lines)
    assert any("scrfd" in line and "NON-COMMERCIAL USE ONLY" in line for line in lines)


def test_non_commercial_weights_are_not_fetched_unless_accepted(
    alone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["install", "scrfd-500m"]) == 1
    assert "--accept-non-commercial" in capsys.readouterr().err
    assert main(["install", "scrfd-500m", "--accept-non-commercial"]) == 1
    assert "no official address serves scrfd-500m" in capsys.readouterr().err


@pytest.mark.data
def test_verify_ends_non_zero_for_a_damaged_file(
    alone: Path, models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOOKOUT_MODELS", str(models))
    assert main(["verify", "yunet"]) == 0
    assert "yunet: right" in capsys.readouterr().out
    (alone / "yunet_n_dynamic.onnx").write_bytes(b"not it")
    monkeypatch.setenv("LOOKOUT_MODELS", str(alone))
    assert main(["verify"]) == 1
    assert "its SHA-256 is" in capsys.readouterr().err
