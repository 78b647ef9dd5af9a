"""The file `.env`: what it may hold, where it lies, and that the environment counts for more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lookout.env_file import additions, find_env_file, read_env_file, take_env_file
from lookout.variables import BadVariables
from tests.support.paths import ROOT


def written(folder: Path, text: str) -> Path:
    path = folder / ".env"
    path.write_text(text, encoding="utf-8")
    return path


def test_lines_comments_and_quotes(tmp_path: Path) -> None:
    text = (
        "# of the house\n\nLOOKOUT_HTTP_PORT=9000\nexport LOOKOUT_CAMERA_NAME='front door'\n"
        'LOOKOUT_TRUST="10.0.0.0/8=viewer"   # everybody\nLOOKOUT_RULE=original # as before\n'
        "LOOKOUT_PAGE_PASSWORD=a#b$c'd\nLOOKOUT_TOKEN=\n"
    )
    file = read_env_file(written(tmp_path, text))
    assert file.values == {
        "LOOKOUT_HTTP_PORT": "9000",
        "LOOKOUT_CAMERA_NAME": "front door",
        "LOOKOUT_TRUST": "10.0.0.0/8=viewer",
        "LOOKOUT_RULE": "original",
        "LOOKOUT_PAGE_PASSWORD": "a#b$c'd",
        "LOOKOUT_TOKEN": "",
    }
    assert file.lines["LOOKOUT_CAMERA_NAME"] == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("LOOKOUT_HTTP_PROT=1", "line 1: there is no setting LOOKOUT_HTTP_PROT; did you mean"),
        ("HTTP_PORT=1", "line 1: there is no setting HTTP_PORT; did you mean LOOKOUT_HTTP_PORT"),
        ("\nLOOKOUT_PORT", "line 2 is not of the form NAME=value"),
        ("LOOKOUT_PORT=1\nLOOKOUT_PORT=2", "line 2: LOOKOUT_PORT stands in line 1 already"),
        ("LOOKOUT_HOME=/x", "says where this file lies"),
        ("LOOKOUT_TOKEN='abc", "begins with a quote"),
        ("LOOKOUT_TOKEN=abc\nLOOKOUT_TOKEN_FILE=x", "exclude each other"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_line_and_without_its_value(
    text: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(BadVariables) as told:
        read_env_file(written(tmp_path, text))
    assert words in str(told.value)
    assert "abc" not in str(told.value)


def test_the_names_of_the_predecessor_and_of_compose_are_allowed(tmp_path: Path) -> None:
    text = "MONGO_URI=mongodb://db\nMONGO_DB_NAME=faces\nCOMPOSE_PROFILES=full\nTZ=Europe/Berlin\n"
    assert read_env_file(written(tmp_path, text)).values["MONGO_DB_NAME"] == "faces"


def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"LOOKOUT_RULE=\xff")
    with pytest.raises(BadVariables, match="is not UTF-8 text"):
        read_env_file(path)
    path.write_bytes(b"#" * (64 * 1024 + 1))
    with pytest.raises(BadVariables, match="is larger than 64 KiB"):
        read_env_file(path)


def test_it_lies_in_the_home_or_where_a_variable_says(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    environment = {"LOOKOUT_HOME": str(home)}
    assert find_env_file(environment) is None
    assert find_env_file(environment | {"HOME": "/"}, elsewhere) is None
    path = written(home, "")
    assert find_env_file(environment, elsewhere) == path
    other = written(elsewhere, "")
    assert find_env_file(environment | {"LOOKOUT_ENV_FILE": str(other)}) == other
    with pytest.raises(BadVariables, match="there is no such file"):
        find_env_file({"LOOKOUT_ENV_FILE": str(tmp_path / "missing")})


@pytest.mark.parametrize(
    ("environment", "file", "added"),
    [
        ({}, {"LOOKOUT_PORT": "1"}, {"LOOKOUT_PORT": "1"}),
        ({"LOOKOUT_PORT": "2"}, {"LOOKOUT_PORT": "1"}, {}),
        ({"LOOKOUT_PORT": ""}, {"LOOKOUT_PORT": "1"}, {"LOOKOUT_PORT": "1"}),
        # the common name of the stronger place hides the edge's own of the weaker one
        ({"LOOKOUT_PORT": "2"}, {"LOOKOUT_EDGE_PORT": "1"}, {}),
        # and the edge's own hides the common name for the edge alone
        ({"LOOKOUT_EDGE_PORT": "2"}, {"LOOKOUT_PORT": "1"}, {"LOOKOUT_PORT": "1"}),
        ({"LOOKOUT_TOKEN_FILE": "x"}, {"LOOKOUT_TOKEN": "y"}, {}),
        ({"LOOKOUT_SERVER_IP": "a"}, {"LOOKOUT_SERVER": "b:1"}, {}),
    ],
)
def test_the_environment_counts_for_more(
    environment: dict[str, str], file: dict[str, str], added: dict[str, str], tmp_path: Path
) -> None:
    text = "".join(f"{name}={value}\n" for name, value in file.items())
    assert additions(environment, read_env_file(written(tmp_path, text))) == added


def test_it_is_taken_once_and_again_without_harm(tmp_path: Path) -> None:
    written(tmp_path, "LOOKOUT_EDGE_PORT=9001\nLOOKOUT_PORT=9000\n")
    environment = {"LOOKOUT_HOME": str(tmp_path)}
    take_env_file(environment)
    taken = dict(environment)
    take_env_file(environment)
    assert environment == taken
    assert taken["LOOKOUT_EDGE_PORT"] == "9001"


def test_unknown_names_in_the_environment_are_errors_too() -> None:
    with pytest.raises(BadVariables, match="the environment: there is no setting LOOKOUT_TOKN"):
        take_env_file({"LOOKOUT_TOKN": "secret"})
    take_env_file({"LOOKOUT_TEST_DATA": "x", "LOOKOUT_HOME": "/nonexistent"})


@pytest.mark.parametrize("program", ["lookout", "server", "edge"])
def test_every_program_reads_it(program: str, tmp_path: Path) -> None:
    path = written(tmp_path, "LOOKOUT_HTTP_PROT=9000\n")
    ended = subprocess.run(
        [sys.executable, "-m", program, "train"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "LOOKOUT_ENV_FILE": str(path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert f"{path}, line 1: there is no setting LOOKOUT_HTTP_PROT" in ended.stderr


@pytest.mark.parametrize(
    "script", ["server/image_proc_socket.py", "edge/webapp.py", "train_model.py"]
)
def test_so_does_every_script_of_a_clone(script: str) -> None:
    text = (ROOT / script).read_text(encoding="utf-8")
    assert "sys.exit(with_env_file(main, sys.argv[1:]" in text
