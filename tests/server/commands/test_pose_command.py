"""`lookout pose`, on a real photograph."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from lookout.server.commands.pose import main


def test_a_photograph_becomes_views_and_a_sheet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "eileen.jpg"
    cv2.imwrite(str(photo), astronaut()[:330, :, ::-1])
    views = tmp_path / "views"
    given = [str(photo), "--to", str(views), "--yaw", "-30", "--yaw", "0", "--detector", "hog"]
    assert main(given) == 0
    assert sorted(path.name for path in views.iterdir()) == [
        "eileen+0.jpg", "eileen-30.jpg", "eileen-views.jpg",
    ]  # fmt: skip
    said = capsys.readouterr().out
    assert "-30" in said
    assert "% of it was seen" in said


def test_a_picture_without_a_face_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "wall.png"
    cv2.imwrite(str(photo), np.full((120, 160, 3), 128, np.uint8))
    assert main([str(photo), "--to", str(tmp_path / "views"), "--detector", "hog"]) == 1
    assert "face" in capsys.readouterr().err
    assert not (tmp_path / "views").exists()


def test_an_angle_that_no_photograph_can_show_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main([str(tmp_path / "a.jpg"), "--to", str(tmp_path), "--yaw", "90"])
