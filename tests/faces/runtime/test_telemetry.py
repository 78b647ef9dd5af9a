"""The runtimes' telemetry is off: by default both send events to their makers and write files."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

pytestmark = pytest.mark.slow

ONNX_RUNTIME = "from lookout.faces.runtime import onnx_runtime"
OPENVINO = "from lookout.faces.runtime import openvino_cpu"


def files_written(program: str, home: Path) -> list[Path]:
    """The files that a program leaves in the home of a user who has set nothing."""
    own = ("CI", "ORT_DISABLE_TELEMETRY")  # each of which would silence a runtime
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in own and not name.startswith("XDG_")
    }
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment | {"HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    return list(home.rglob("*"))


def test_onnx_runtime_is_silent(tmp_path: Path) -> None:
    assert files_written(ONNX_RUNTIME, tmp_path) == []


def test_openvino_is_silent(tmp_path: Path) -> None:
    if importlib.util.find_spec("openvino") is None:  # not imported here, where it would report
        pytest.skip("OpenVINO is optional")
    assert files_written(OPENVINO, tmp_path) == []
