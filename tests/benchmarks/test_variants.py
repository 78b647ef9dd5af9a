"""The variants of chips: by hand, and the command on the photographs of actors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy import chip_views, turned_face, variants
from benchmarks.support import encodings
from lookout.faces.detect.hog import HogDetector
from lookout.faces.detections import Detections, Image
from lookout.faces.landmarks import Landmarker
from lookout.faces.photo.occlusion import settle
from tests.support.portraits import read_image


def ramp() -> Image:
    """Columns of 0, 2, 4 … 198."""
    return np.repeat(np.tile(np.arange(0, 200, 2, dtype=np.uint8), (100, 1))[..., None], 3, axis=2)


def test_a_head_turned_by_nothing_stays_and_its_turns_are_mirror_images() -> None:
    assert np.array_equal(chip_views.turned(ramp(), 0.0), ramp())
    other = chip_views.turned(chip_views.mirrored(ramp()), -10.0)
    left, right = (
        chip_views.turned(ramp(), 10.0).astype(int),
        chip_views.mirrored(other).astype(int),
    )
    assert np.abs(left - right).max() <= 1


def test_a_turned_head_shows_less_of_one_cheek_and_keeps_its_middle() -> None:
    columns = chip_views.turned(ramp(), 10.0)[0, :, 0] / 2.0
    # a cylinder of radius 40: column 49.5 + x shows asin(x / 40 + sin 10) - 10 degrees of it
    assert columns[49] == pytest.approx(49.5 - 0.5, abs=0.6)
    shown = 40 * np.sin(np.arcsin(20.5 / 40 + np.sin(np.radians(10))) - np.radians(10))
    assert columns[70] == pytest.approx(49.5 + shown, abs=0.6)
    assert columns[70] > 70 + 1


def test_a_point_that_lies_farther_back_moves_to_the_other_side() -> None:
    points = np.zeros((68, 2), np.float32)
    points[[36, 45]] = (30, 50), (120, 50)  # 90 px between the eyes' corners: a pixel a millimetre
    points[42:48, 0] = 110
    points[48:, 1], points[54, 0] = 100, 20
    assert np.allclose(turned_face.turned_points(points, 0.0), points, atol=1e-3)
    left, right = (turned_face.turned_points(points, yaw) for yaw in (-10.0, 10.0))
    # the ear lies 100 mm behind the nose's tip: 17 px against it, less what the fit takes back
    against_nose = points[0, 0] - points[30, 0]
    assert (left[0, 0] - left[30, 0]) - against_nose > 12
    assert (right[0, 0] - right[30, 0]) - against_nose < -12


@pytest.mark.slow
@pytest.mark.data
def test_a_face_turned_by_nothing_stays_and_a_turned_one_shows_more_of_one_cheek(
    data: Path,
) -> None:
    image = read_image(data / "face_recognition" / "obama.jpg")
    (chip,) = Landmarker(5).chips(image, HogDetector(0).detect([image])[0])
    plain = turned_face.turned_face(chip, 0.0).astype(int)
    assert np.abs(plain - chip).mean() < 1.0
    shares = [cheeks(turned_face.turned_face(chip, yaw)) for yaw in (-10.0, 0.0, 10.0)]
    assert shares == sorted(shares) or shares == sorted(shares, reverse=True)
    assert abs(shares[2] - shares[0]) > 0.05


def cheeks(chip: Image) -> float:
    """Of the face's width at the nose how much lies to the viewer's left of the nose's tip."""
    face = Detections(np.array([[15, 15, 135, 135]], np.float32), np.ones(1, np.float32))
    points = settle(Landmarker(68), chip, face).points_xy
    return float((points[30, 0] - points[2, 0]) / (points[14, 0] - points[2, 0]))


def test_brightening_reaches_the_mean_luma_and_leaves_bright_chips() -> None:
    dark = np.full((8, 8, 3), 30, np.uint8)
    assert abs(int(chip_views.brightened(dark)[0, 0, 0]) - chip_views.LUMA) <= 1
    bright = np.full((8, 8, 3), 200, np.uint8)
    assert np.array_equal(chip_views.brightened(bright), bright)


@pytest.mark.slow
@pytest.mark.data
def test_variants_are_tried_on_the_same_probes(
    data: Path, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encodings, "RESULTS", tmp_path / "results")
    monkeypatch.setenv("LOOKOUT_MODELS", str(models))
    folders = [f for f in sorted((data / "bbt").iterdir()) if f.name != "groups" and f.is_dir()]
    rows = ["path,identity,role"]
    for number, folder in enumerate(folders):
        first, second, *_ = sorted(folder.glob("*.png"))
        rows.append(f"{folder.name}/{second.name},{folder.name},probe")
        if number < 5:
            rows.append(f"{folder.name}/{first.name},{folder.name},gallery")
    protocol, file, plot = (tmp_path / name for name in ("p.csv", "v.json", "v.png"))
    protocol.write_text("\n".join(rows))
    arguments = ["--images", str(data / "bbt"), "--protocol", str(protocol), "--degrade", "none"]
    arguments += ["--encoder", "reid-0095", "--json", str(file), "--plot", str(plot)]
    for label in ("as it is", "CLAHE, both sides", "turned by 10 degrees, a 3-D face, enrolled"):
        arguments += ["--variant", label]
    assert variants.main(arguments) == 0
    figures = json.loads(file.read_text())["rows"]
    assert [(row["probes"], row["strangers"]) for row in figures] == [(5, 3)] * 3
    assert all(row["dir_at_1_percent"] >= 0.6 for row in figures)
    assert plot.read_bytes().startswith(b"\x89PNG")
