"""The edge's program with passwords as people paste them: nothing that it prints holds them."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from lookout.edge.cli import main
from lookout.edge.settings import read_settings

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[2]
WORD = "s3cret"
PRINTABLE = [chr(code) for code in range(0x21, 0x7F)] + [" ", "ü", "李"]


def said_by(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    """The exit status, and all that was printed."""
    try:
        status: object = main(arguments)
    except SystemExit as exit_:
        status = exit_.code
    printed = capsys.readouterr()
    return status, printed.out + printed.err


@pytest.mark.parametrize("character", PRINTABLE)
@pytest.mark.parametrize("scheme", ["rtsp", "rtmp"])
def test_an_address_that_cannot_be_used_is_refused_without_its_password(
    scheme: str, character: str, capsys: pytest.CaptureFixture[str]
) -> None:
    camera = f"{scheme}://admin:{WORD}{character}Tail9@192.168.1.7:99999/live"
    status, printed = said_by(["--camera", camera, "--port", "0"], capsys)
    assert status == 2
    assert WORD not in printed
    assert "Tail9" not in printed
    assert "admin" not in printed
    assert "%23 %2F" in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize(
    "arguments",
    [
        ["--camra", f"rtsp://admin:{WORD}@cam/live"],
        [f"rtsp://admin:{WORD} {WORD}@cam/live"],
        [f"admin:{WORD}@192.168.1.7"],
        ["--camera", f"admin:{WORD}@192.168.1.7"],
        ["--camera", f"nowhere/admin:{WORD}@192.168.1.7/x"],
        ["--serverIP", f"http://u:{WORD}@gpu"],
        ["--port", f"http://u:{WORD}@gpu"],
        [f"--tokn={WORD}"],
        [f"--password={WORD}"],
        ["--tls-ca", f"http://u:{WORD}@gpu/ca.pem"],
    ],
)
def test_a_value_out_of_place_is_not_repeated_with_its_secret(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    status, printed = said_by(arguments, capsys)
    assert status == 2
    assert WORD not in printed


def test_a_running_edge_logs_no_part_of_the_password(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: the port refuses
        address = f"127.0.0.1:{taken.getsockname()[1]}/live?pwd={WORD}"
        command = [sys.executable, "-m", "lookout.edge", "--port", "0", "--host", "127.0.0.1"]
        command += ["--camera", f"http://admin:{WORD}%23Tail9@{address}", "--log-level", "debug"]
        with subprocess.Popen(
            [*command, "--images", str(tmp_path)],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        ) as edge:
            lines = []
            assert edge.stderr is not None
            for line in edge.stderr:
                lines.append(line)
                if "cannot be reached" in line:
                    edge.terminate()
            edge.wait(20)
    printed = "".join(lines)
    assert "cannot be reached: Connection refused" in printed
    for secret in (WORD, "Tail9", "admin"):
        assert secret not in printed


def test_no_secret_is_in_the_settings_as_text() -> None:
    settings = read_settings(["--token", WORD, "--camera", f"http://u:{WORD}@cam/"], {})
    assert WORD not in repr(settings)


@pytest.mark.parametrize("name", ["door\u202e", "a\0b", "\udcf6", "x" * 201, ""])
def test_a_cameras_name_that_cannot_be_is_refused(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    options = ["--camera", "demo", "--port", "0", "--images", str(tmp_path)]
    status, printed = said_by([*options, "--camera-name", name or " \n"], capsys)
    assert status == 2
    assert "name" in printed
