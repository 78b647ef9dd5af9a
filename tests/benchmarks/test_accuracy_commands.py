"""The commands of verification, identification and detection, on real photographs of few people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import lookout.faces
from benchmarks.accuracy import detect, identify, verify
from benchmarks.support import encodings


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "results"
    monkeypatch.setattr(encodings, "RESULTS", folder)
    return folder


@pytest.fixture(scope="module")
def actors(data: Path) -> dict[str, list[str]]:
    folders = [f for f in sorted((data / "bbt").iterdir()) if f.name != "groups"]
    return {f.name: [f"{f.name}/{p.name}" for p in sorted(f.glob("*.png"))] for f in folders}


@pytest.fixture
def models_here(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKOUT_MODELS", str(models))


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.usefixtures("models_here")
def test_verify_tells_actors_apart_and_goes_on_where_it_was(
    actors: dict[str, list[str]],
    data: Path,
    results: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = list(actors)
    rows = ["a,b,same"]
    rows += [f"{p[0]},{p[i]},1" for p in actors.values() for i in (1, 2)]
    rows += [
        f"{actors[a][0]},{actors[b][1]},0"
        for a, b in zip(names, names[1:] + names[:1], strict=True)
    ]
    rows += [
        f"{actors[a][0]},{actors[b][2]},0"
        for a, b in zip(names, names[3:] + names[:3], strict=True)
    ]
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("\n".join(rows))
    file, plot = tmp_path / "verify.json", tmp_path / "roc.png"
    arguments = ["--images", str(data / "bbt"), "--pairs", str(pairs), "--encoder", "reid-0095",
                 "--json", str(file), "--plot", str(plot)]  # fmt: skip

    assert verify.main(arguments) == 0
    (figures,) = json.loads(file.read_text())["results"]
    assert figures["pairs"] == 32
    assert figures["pictures_without_face"] == 0
    assert figures["accuracy"] >= 0.9
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert "reid-0095" in capsys.readouterr().out

    def never(*_: object) -> None:
        raise AssertionError("a kept encoding was computed again")

    monkeypatch.setattr(encodings, "centre_face", never)
    assert verify.main(arguments) == 0
    assert json.loads(file.read_text())["results"] == [figures]


@pytest.mark.data
@pytest.mark.usefixtures("models_here", "results")
def test_identify_names_the_enrolled_and_counts_strangers(
    actors: dict[str, list[str]], data: Path, tmp_path: Path
) -> None:
    enrolled, strangers = list(actors)[:5], list(actors)[5:]
    rows = ["path,identity,role"]
    rows += [f"{actors[name][0]},{name},gallery" for name in enrolled]
    rows += [f"{actors[name][i]},{name},probe" for name in enrolled for i in (1, 2)]
    rows += [f"{actors[name][i]},{name},probe" for name in strangers for i in (1, 2)]
    protocol = tmp_path / "protocol.csv"
    protocol.write_text("\n".join(rows))
    file = tmp_path / "identify.json"

    assert identify.main(
        ["--images", str(data / "bbt"), "--protocol", str(protocol), "--encoder", "reid-0095",
         "--json", str(file)]
    ) == 0  # fmt: skip
    (figures,) = json.loads(file.read_text())["results"]
    assert (figures["people"], figures["probes"], figures["strangers"]) == (5, 10, 6)
    assert figures["rank_1"] >= 0.8
    assert figures["rank_1"] <= figures["rank_5"] == figures["rank_10"] == 1.0
    assert figures["dir_at_fpir_1_percent"] <= figures["dir_at_fpir_10_percent"]


@pytest.mark.data
@pytest.mark.usefixtures("models_here")
def test_detect_measures_recall_by_size_and_time(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "detect.json"
    arguments = ["--truth", str(data / "boxes" / "testing.xml"), "--detector", "yunet",
                 "--runs", "1", "--json", str(file)]  # fmt: skip
    assert detect.main(arguments) == 0
    (figures,) = json.loads(file.read_text())["results"]
    assert figures["faces"] == 75
    assert figures["recall"] >= 0.95
    assert set(figures["ms"]) == {"320", "640", "1280"}
    assert min(figures["ms"].values()) > 0


def test_a_protocol_without_its_columns_or_pictures_is_refused_with_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("left,right\n")
    assert verify.main(["--images", str(tmp_path), "--pairs", str(pairs)]) == 2
    assert "has no column a, b, same" in capsys.readouterr().err
    pairs.write_text("a,b,same\nx.jpg,y.jpg,1\n")
    assert verify.main(["--images", str(tmp_path), "--pairs", str(pairs)]) == 2
    assert "there is no picture" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("detector", "needs"),
    [("hog", []), ("yunet", ["nms"]), ("mtcnn", ["mtcnn_nets", "mtcnn_weights", "nms"])],
)
def test_an_encoding_depends_on_its_own_detectors_code_alone(
    detector: str, needs: list[str]
) -> None:
    (room,) = lookout.faces.__path__
    found = encodings.with_imports(Path(room, "detect", f"{detector}.py"), Path(room))
    assert {file.stem for file in found} == {detector, *needs}
