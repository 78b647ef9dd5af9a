"""The command `lookout`: its page of help, what it says of a mistake, and how little it loads."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import lookout
from lookout.cli import COMMANDS, HELP, main
from tests.support.paths import ROOT

HEAVY = ("numpy", "cv2", "dlib", "onnxruntime", "flask", "fastapi", "argparse")


def run(program: str, *, without: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """A Python program in a process of its own, where the packages `without` cannot be found."""
    hidden = "\n".join(f"sys.modules[{name!r}] = None" for name in without)
    return subprocess.run(
        [sys.executable, "-c", f"import sys\n{hidden}\n{program}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_page_of_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert capsys.readouterr().out == HELP
    listed = {line.split()[0] for line in HELP.splitlines() if line.startswith("  ")}
    assert listed >= COMMANDS.keys()


def test_without_a_command_the_page_is_shown_and_the_status_says_that_nothing_was_done(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 2
    assert capsys.readouterr().out == HELP


def test_a_misspelt_command_is_answered_with_those_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["sever"]) == 2
    assert capsys.readouterr().err.startswith("lookout: there is no command 'sever'; available: ")


def test_home_wants_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home"]) == 2
    assert "--home needs a folder" in capsys.readouterr().err


def test_home_before_the_command_is_where_it_keeps_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOOKOUT_HOME", "/elsewhere")  # so that it is put back afterwards
    assert main(["--home", str(tmp_path), "people", "list"]) == 0
    images, encodings = tmp_path / "utils" / "images", tmp_path / "utils" / "encodings.pkl"
    assert capsys.readouterr().out == f"nobody is known: {images} and {encodings} hold nobody\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_module(command: str) -> None:
    assert importlib.util.find_spec(COMMANDS[command].module) is not None


def test_help_loads_none_of_the_heavy_packages() -> None:
    program = "from lookout.cli import main; main(['--help']); print(*sys.modules, sep='\\n')"
    ended = run(program)
    assert ended.returncode == 0
    assert not set(HEAVY) & set(ended.stdout.splitlines())


def test_the_edge_needs_nothing_of_the_server() -> None:
    missing = ("dlib", "onnx", "onnxruntime", "tqdm", "fastapi", "cryptography")
    ended = run("from lookout.cli import main; main(['edge', '--help'])", without=missing)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "lookout edge --serverIP 192.168.1.20" in ended.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "package", "extras"),
    [
        ("edge", "flask", "edge"),
        ("train", "tqdm", "server"),
        ("models", "tqdm", "server"),
        ("import", "cryptography", "server,api"),
        ("rotate-key", "cryptography", "server,api"),
        ("demo", "cv2", "server,edge,demo"),
    ],
)
def test_a_missing_extra_is_one_line_that_says_what_to_install(
    command: str, package: str, extras: str
) -> None:
    program = f"from lookout.cli import main; sys.exit(main([{command!r}, '--help']))"
    ended = run(program, without=(package,))
    assert (ended.returncode, ended.stderr) == (
        2,
        f"lookout: {command} needs the package {package}, which is not installed. "
        f"In a clone of Lookout: pip install '.[{extras}]'\n",
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_extra_that_a_command_names_exists(command: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["optional-dependencies"].keys() >= set(COMMANDS[command].extras.split(","))


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"lookout {lookout.__version__}\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "usage"),
    [
        (("-m", "lookout", "people"), "lookout people"),
        (("-m", "server", "people"), "python -m server people"),
        (("-m", "server"), "python -m server"),
        (("server/image_proc_socket.py",), "python server/image_proc_socket.py"),
        (("-m", "edge"), "python -m edge"),
        (("edge/webapp.py",), "python edge/webapp.py"),
        (("train_model.py",), "train_model.py"),
        (("-m", "faces.models"), "python -m faces.models"),
        (("-m", "faces.calibrate"), "python -m faces.calibrate"),
        (("tools/demo.py",), "make demo"),
    ],
)
def test_the_old_commands_of_a_clone_still_run_and_speak_of_themselves(
    command: tuple[str, ...], usage: str
) -> None:
    ended = subprocess.run(
        [sys.executable, *command, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(f"usage: {usage} ")
