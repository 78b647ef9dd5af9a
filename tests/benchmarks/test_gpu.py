"""The script for a machine with a GPU, on a machine without one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.system.gpu import CPU, Budget, Run, main, ways


@pytest.mark.skipif(ways()[0][0].choice.device == "cuda", reason="there is a GPU")
def test_without_a_gpu_it_says_what_is_not_here_and_measures_the_processor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--minutes", "2", "--seconds", "0", "--batch", "1", "--no-cameras"]
    options += ["--encoder", "dlib-128", "--detector", "hog", "--json", str(tmp_path / "gpu.json")]
    assert main(options) == 0
    said = capsys.readouterr().out
    assert "not here: TensorRT" in said
    found = json.loads((tmp_path / "gpu.json").read_text(encoding="utf-8"))
    encoder, detector = found["rows"]
    assert (encoder["name"], encoder["difference"]) == ("dlib-128", 0.0)
    assert encoder["per_s"]["1"] > 0
    assert (detector["name"], detector["difference"]) == ("hog", 1.0)


def test_nothing_is_measured_once_the_time_is_up() -> None:
    run = Run(Budget(0.0), seconds=1.0, kept_s=0.0)
    assert run.rates(lambda batch: batch, [1, 2], [1, 2]) == {1: None, 2: None}
    assert Run(Budget(60.0), 0.0, kept_s=120.0).goes_on is False
    assert CPU.device == "cpu"
