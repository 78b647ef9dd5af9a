"""The command of presentation attack detection, on a few real faces and prints."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from benchmarks.accuracy import pad
from benchmarks.support.liveness_page import BEGIN, END
from benchmarks.support.liveness_views import PRODUCT
from benchmarks.support.pairs import BadProtocol
from benchmarks.support.presentations import BONA_FIDE, read_folder, read_protocol, tracks


def test_a_sequence_is_what_differs_in_the_last_number_alone(tmp_path: Path) -> None:
    for name in ("a_10", "a_9", "a_11", "b_1", "alone"):
        (tmp_path / "ada").mkdir(exist_ok=True)
        (tmp_path / "ada" / f"{name}.jpg").write_bytes(b"")
    found = read_folder(tmp_path, "print")
    assert {presentation.person for presentation in found} == {"ada"}
    names = [[found[place].path.stem for place in track] for track in tracks(found, 4)]
    # b_1 and alone are shorter than half a track
    assert names == [["a_9", "a_10", "a_11"]]


def test_a_protocol_names_label_and_person(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("path,identity,label,session\nx/1.jpg,0002,live,01\nx/2.jpg,0002,print,01\n")
    first, second = read_protocol(file, tmp_path, "live")
    assert (first.species, first.person) == (BONA_FIDE, "0002")
    assert (second.species, second.path) == ("print", tmp_path / "x" / "2.jpg")
    file.write_text("path,label\n")
    with pytest.raises(BadProtocol, match="no column identity"):
        read_protocol(file, tmp_path, "live")


def test_attacks_need_a_species(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        pad.main(["--bona-fide", str(tmp_path), "--attack", str(tmp_path)])
    assert "SPECIES=DIR" in capsys.readouterr().err


@pytest.mark.data
def test_the_table_tells_two_people_from_their_prints(
    data: Path, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKOUT_MODELS", str(models))
    for label in ("live", "print"):
        for person in ("0008", "0015"):
            (tmp_path / label / person).mkdir(parents=True)
            for path in sorted((data / "nuaa_dev" / label / person).iterdir())[:5]:
                shutil.copy(path, tmp_path / label / person)
    file, plot, page = (tmp_path / name for name in ("pad.json", "pad.png", "page.md"))
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    status = pad.main(
        ["--bona-fide", str(tmp_path / "live"), "--attack", f"print={tmp_path / 'print'}",
         "--json", str(file), "--plot", str(plot), "--page", str(page)]
    )  # fmt: skip
    assert status == 0
    lines = page.read_text().splitlines()
    assert (lines[0], lines[-1]) == ("before", "after")
    assert "old" not in lines
    assert any(line.startswith(f"| track | **{PRODUCT.name}** |") for line in lines)
    assert plot.stat().st_size > 10_000
    document = json.loads(file.read_text())
    assert (document["people"], document["frames"]) == (2, 20)
    ours = [row for row in document["results"] if row["rule"] == PRODUCT.name]
    assert [row["unit"] for row in ours] == ["frame", "track"]
    for row in ours:
        assert row["bpcer"]["hits"] == row["apcer"]["print"]["hits"] == 0
        assert row["bona_fide_no_answer"]["hits"] < row["bpcer"]["trials"]
    usual = document["results"][0]
    # in the light of 0008's session most live faces are below one half after the softmax
    assert usual["bpcer"]["hits"] >= 3
