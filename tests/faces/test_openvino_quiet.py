"""OpenVINO reports to nobody: its makers count every import over the network unless stopped."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

PROGRAM = """
import sys
from lookout.faces.runtime.openvino_cpu import OpenVinoSession
print([name for name in sys.modules if name.startswith("openvino_telemetry.")])
print(type(sys.modules["openvino.tools.ovc"].telemetry).__module__)
"""


def test_loading_openvino_reports_nothing_and_writes_nothing(tmp_path: Path) -> None:
    if importlib.util.find_spec("openvino") is None:  # not imported here, where it would report
        pytest.skip("OpenVINO is optional")
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=environment | {"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == ["[]", "openvino.tools.ovc.telemetry_stub"]
    assert list(tmp_path.rglob("*")) == []
