"""`lookout plans` and `lookout cameras place`: a camera is put on a floor plan."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from lookout.server.commands import cameras, plans


def test_a_camera_is_put_on_a_plan_and_taken_off_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(tmp_path / "data")
    picture = tmp_path / "ground.png"
    cv2.imwrite(str(picture), np.full((300, 400, 3), 255, np.uint8))

    def say(main: object, *arguments: str, status: int = 0) -> str:
        assert callable(main)
        assert main(arguments) == status
        said = capsys.readouterr()
        return said.out if status == 0 else said.err

    def place(*arguments: str, status: int = 0) -> str:
        return say(cameras.main, "place", "yard", "--data", data, *arguments, status=status)

    say(plans.main, "--data", data, "add", "Ground floor", str(picture), "--width-m", "12")
    say(cameras.main, "add", "yard", "rtsp://10.0.0.7/main", "--data", data)
    assert place() == "yard is nowhere yet\n"
    assert "lat and lon" in place("--lat", "52.5", status=2)
    assert "lat is -90 to 90" in place("--lat", "520", "--lon", "13", status=2)
    assert place("--lat", "52.5", "--lon", "13.25", "--heading", "90") == (
        "yard is at 52.5, 13.25, looking to 90°\n"
    )
    assert place("--plan", "Ground floor", "--x", "0.5", "--y", "0.25", "--fov", "80") == (
        "yard is at 52.5, 13.25, on Ground floor at 0.5, 0.25, looking to 90°, 80° wide\n"
    )
    listed = say(plans.main, "--data", data, "list")
    assert listed.startswith("Ground floor  400×300, 12 m wide  pla_")
    assert listed.endswith(": yard\n")
    say(plans.main, "--data", data, "remove", "Ground floor")
    assert place() == "yard is at 52.5, 13.25, looking to 90°, 80° wide\n"
    assert place("--nowhere") == "yard is nowhere yet\n"
    assert "no plan" in say(plans.main, "--data", data, "remove", "Attic", status=2)
