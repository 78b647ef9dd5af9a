"""`lookout config show`: each setting with its value and where that comes from; no secrets."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from lookout.config import main


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("LOOKOUT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LOOKOUT_HOME", str(tmp_path))
    (tmp_path / ".env").write_text(
        "LOOKOUT_HTTP_PORT=9000\nLOOKOUT_EDGE_PORT=9001\nLOOKOUT_TOKEN=hunter22hunter22\n"
        "LOOKOUT_CAMERA=rtsp://me:hunter33@10.0.0.7/live\nLOOKOUT_MQTT_PASSWORD=hunter44\n",
        encoding="utf-8",
    )
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["show", "--json", *arguments]) == 0
    told = capsys.readouterr().out
    assert "hunter" not in told
    document: dict[str, Any] = json.loads(told)
    return document


def of(document: dict[str, Any], program: str) -> dict[str, tuple[str, str]]:
    settings = document["programs"][program]
    return {one["variable"]: (one["value"], one["source"]) for one in settings}


def test_it_says_where_each_value_comes_from(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKOUT_RULE", "original")
    document = shown(capsys, "--program", "server", "--", "--match", "hash")
    server = of(document, "server")
    assert document["env_file"] == str(home / ".env")
    assert server["LOOKOUT_MATCH"] == ("hash", "command line")
    assert server["LOOKOUT_RULE"] == ("original", "environment")
    assert server["LOOKOUT_HTTP_PORT"] == ("9000", ".env line 1")
    assert server["LOOKOUT_TOKEN"] == ("***", ".env line 3")
    assert server["LOOKOUT_HOST"] == ("127.0.0.1", "default")
    assert server["LOOKOUT_DATA"] == (str(home / "data"), "default")
    beside = {one["variable"]: one["value"] for one in document["beside"]}
    assert beside == {"LOOKOUT_HOME": str(home), "LOOKOUT_MQTT_PASSWORD": "***"}


def test_it_shows_the_edge_its_own_names_and_no_password(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edge = of(shown(capsys), "edge")
    assert edge["LOOKOUT_EDGE_PORT"] == ("9001", ".env line 2")
    assert edge["LOOKOUT_CAMERA"] == ("rtsp://10.0.0.7/live", ".env line 4")


def test_the_page_for_people_leaves_out_what_is_as_it_was(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", "--set", "--program", "server"]) == 0
    page = capsys.readouterr().out
    assert [line.split() for line in page.splitlines() if "PORT" in line] == [
        ["LOOKOUT_HTTP_PORT", "9000", ".env", "line", "1"]
    ]
    assert "hunter" not in page


def test_an_unknown_name_ends_it_with_the_line(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (home / ".env").open("a", encoding="utf-8") as file:
        file.write("LOOKOUT_HTPP_HOST=x\n")
    assert main(["show"]) == 2
    assert "line 6: there is no setting LOOKOUT_HTPP_HOST; did you mean LOOKOUT_HTTP_HOST?" in (
        capsys.readouterr().err
    )


def test_options_need_their_program(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "--", "--port", "1"]) == 2
    assert "need the --program" in capsys.readouterr().err
