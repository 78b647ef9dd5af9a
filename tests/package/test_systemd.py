"""The units are valid and allow little; checked by systemd itself."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

UNITS = ("lookout-server", "lookout-edge")
INSTALLED_PYTHON = "/srv/lookout/.venv/bin/python"
MAX_EXPOSURE = 2.5
"""systemd's own grade from 0 (safe) to 10; a unit without any restriction has 9.6."""


@pytest.fixture(scope="module")
def systemd_analyze() -> str:
    command = shutil.which("systemd-analyze")
    if command is None:
        message = "no systemd-analyze here: apt install systemd"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return command


@pytest.fixture(params=UNITS)
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The unit as it is, but for the one path that must exist to be verified: its Python."""
    name = f"{request.param}.service"
    text = (ROOT / "systemd" / name).read_text(encoding="utf-8")
    assert text.count(INSTALLED_PYTHON) == 1
    copy = tmp_path / name
    copy.write_text(text.replace(INSTALLED_PYTHON, sys.executable), encoding="utf-8")
    return copy


def test_systemd_finds_nothing_wrong_with_the_unit(systemd_analyze: str, unit: Path) -> None:
    ended = analyze(systemd_analyze, "verify", "--man=no", str(unit))
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_unit_is_exposed_little(systemd_analyze: str, unit: Path) -> None:
    limit = f"--threshold={MAX_EXPOSURE * 10:g}"
    ended = analyze(systemd_analyze, "security", "--offline=yes", "--no-pager", limit, str(unit))
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("name", UNITS)
def test_the_environment_file_names_what_the_unit_uses_and_holds_no_secret(name: str) -> None:
    unit = (ROOT / "systemd" / f"{name}.service").read_text(encoding="utf-8")
    lines = (ROOT / "systemd" / f"{name}.env").read_text(encoding="utf-8").splitlines()
    settings = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert f"/etc/lookout/{name}.env" in unit
    assert set(re.findall(r"\$(\w+)", unit)) <= settings.keys()
    assert settings["LOOKOUT_TOKEN"] == ""


def analyze(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [command, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
