"""`lookout movement` answers as the HTTP API does, from the store alone."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookout.server.commands.movement import main
from lookout.server.movement.chainer import VisitChainer
from lookout.server.storage.records import Person, Sighting, new_id
from lookout.server.storage.sqlite.store import open_store

NOON_S = 1_795_521_600.0  # 2026-11-24 12:00 UTC, a Tuesday


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    with open_store(folder, {}) as store:
        store.people.add(Person("ada", "Ada", 1.0))
        for camera, first_s, person in (("door", 0, "ada"), ("hall", 30, "ada"), ("door", 4, None)):
            cluster = None if person else "unk"
            store.sightings.add(
                Sighting(
                    new_id(), camera, NOON_S + first_s, NOON_S + first_s + 5, "x", person, cluster
                )
            )
        VisitChainer(store).chain(NOON_S + 5000)
    return folder


def test_the_way_of_a_person_is_a_table(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "--person", "ada", "--data", str(data)]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.startswith("visit,person,name,cluster,camera")
    assert [row.split(",")[4] for row in rows] == ["hall", "door"]


def test_a_stretch_of_time_is_by_the_asked_zone(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    noon = ["--zone", "Europe/Berlin", "--since", "2026-11-24 13:00:20"]
    assert main(["visits", *noon, "--data", str(data)]) == 0
    (_, row) = capsys.readouterr().out.splitlines()
    assert ",Ada,2026-11-24 13:00:00+01:00,2026-11-24 13:00:35+01:00,yes" in row


@pytest.mark.parametrize("question", ["together", "days", "present"])
def test_every_question_has_an_answer(
    question: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([question, "--person", "Ada", "--data", str(data)]) == 0
    assert len(capsys.readouterr().out.splitlines()) >= 2


def test_somebody_unknown_to_it_is_an_error_in_words(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["log", "--person", "Eve", "--data", str(data)]) == 2
    assert "nobody is called 'Eve'" in capsys.readouterr().err


def test_the_picture_is_bright_at_noon_on_tuesday_alone(data: Path, tmp_path: Path) -> None:
    plot = tmp_path / "week.png"
    assert main(["--plot", str(plot), "--zone", "UTC", "--data", str(data)]) == 0
    picture = np.asarray(Image.open(BytesIO(plot.read_bytes())).convert("RGB")).astype(int)
    week = picture[66:304, 96:1152]
    bright = np.argwhere(week[..., 0] > 200)
    (top, left), (bottom, right) = bright.min(0), bright.max(0)
    assert (top // 34, left // 44) == (bottom // 34, right // 44) == (1, 12)
