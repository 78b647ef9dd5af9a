"""The variants of chips: by hand, and the command on the photographs of actors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import encodings, variants


def ramp() -> variants.Image:
    """Columns of 0, 2, 4 … 198."""
    return np.repeat(np.tile(np.arange(0, 200, 2, dtype=np.uint8), (100, 1))[..., None], 3, axis=2)


def test_a_head_turned_by_nothing_stays_and_its_turns_are_mirror_images() -> None:
    assert np.array_equal(variants.turned(ramp(), 0.0), ramp())
    other = variants.turned(variants.mirrored(ramp()), -10.0)
    left, right = variants.turned(ramp(), 10.0).astype(int), variants.mirrored(other).astype(int)
    assert np.abs(left - right).max() <= 1


def test_a_turned_head_shows_less_of_one_cheek_and_keeps_its_middle() -> None:
    columns = variants.turned(ramp(), 10.0)[0, :, 0] / 2.0
    # a cylinder of radius 40: column 49.5 + x shows asin(x / 40 + sin 10) - 10 degrees of it
    assert columns[49] == pytest.approx(49.5 - 0.5, abs=0.6)
    shown = 40 * np.sin(np.arcsin(20.5 / 40 + np.sin(np.radians(10))) - np.radians(10))
    assert columns[70] == pytest.approx(49.5 + shown, abs=0.6)
    assert columns[70] > 70 + 1


def test_brightening_reaches_the_mean_luma_and_leaves_bright_chips() -> None:
    dark = np.full((8, 8, 3), 30, np.uint8)
    assert abs(int(variants.brightened(dark)[0, 0, 0]) - variants.LUMA) <= 1
    bright = np.full((8, 8, 3), 200, np.uint8)
    assert np.array_equal(variants.brightened(bright), bright)


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
    for label in ("as it is", "CLAHE, both sides", "turned by 10 degrees, enrolled"):
        arguments += ["--variant", label]
    assert variants.main(arguments) == 0
    figures = json.loads(file.read_text())["rows"]
    assert [(row["probes"], row["strangers"]) for row in figures] == [(5, 3)] * 3
    assert all(row["dir_at_1_percent"] >= 0.6 for row in figures)
    assert plot.read_bytes().startswith(b"\x89PNG")
