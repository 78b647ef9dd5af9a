"""A registry of real photographs: verdicts, repetition, and a kill half-way."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.photo.examiner import ExaminedPhoto, PhotoExaminer
from lookout.faces.photo.judgement import ONLY_ONE, Quality
from lookout.server.commands.import_registry import main
from lookout.server.registry.importer import ImportOptions, RegistryImport
from lookout.server.registry.pictures import Pictures
from lookout.server.registry.row_report import RowReport, RowVerdict
from lookout.server.registry.rows import parse_rows
from lookout.server.storage.sqlite.store import SqliteStore, open_store
from tests.support.paths import ROOT
from tests.support.portraits import read_image

pytestmark = pytest.mark.data

TABLE = """\
name,identifier,image,Family
Ann Dad,1,Family1-Dad1.jpg,One
Ann Mom,2,Family1-Mom1.jpg,One
Bob Dad,3,Family2-Man1.jpg,Two
Group,4,identification1.jpg,One
Nobody,5,nobody.jpg,One
Twice,2,Family1-Dad2.jpg,One
,7,Family1-Dad2.jpg,One
Same Photo,8,Family1-Dad1.jpg,One
Outside,9,../README.md,One
"""


@pytest.fixture(scope="module")
def examiner() -> PhotoExaminer:
    return PhotoExaminer(open_detector("hog"), open_encoder("dlib-128"))


@pytest.fixture
def bring(data: Path, tmp_path: Path, examiner: PhotoExaminer) -> Callable[..., list[RowReport]]:
    def run(table: str, folder: Path = data / "families", **options: Any) -> list[RowReport]:
        with open_store(tmp_path / "data", {}) as store:
            job = RegistryImport(store, examiner, Pictures(folder), ImportOptions(**options))
            reports = job.run(parse_rows(table.encode(), "x.csv"), "run", lambda: 5.0)
            job.finish("run")
        return list(reports)

    return run


def verdicts(reports: list[RowReport]) -> list[str]:
    return [report.verdict.value for report in reports]


FIRST = [
    "added",
    "added",
    "added",
    "several_faces",
    "image_missing",
    "duplicate_identifier",
    "bad_row",
    "duplicate_photo",
    "image_missing",
]


def test_every_row_gets_a_verdict_and_a_second_import_changes_nothing(
    bring: Callable[..., list[RowReport]], tmp_path: Path
) -> None:
    dry = bring(TABLE, dry_run=True)
    assert [v for v in verdicts(dry) if v != "duplicate_photo"][:7] == FIRST[:7]
    with open_store(tmp_path / "data", {}) as store:
        assert store.people.count() == 0
    first = bring(TABLE)
    assert verdicts(first) == FIRST
    assert first[7].message == "'Ann Dad' has been enrolled with the same photograph"
    before = contents(tmp_path)
    assert verdicts(bring(TABLE)) == ["unchanged"] * 3 + FIRST[3:]
    assert contents(tmp_path) == before
    with open_store(tmp_path / "data", {}) as store:
        ann = store.people.find_by_identifier("1")
        assert ann is not None
        assert (ann.name, ann.info) == ("Ann Dad", {"Family": "One"})
        (sample,) = store.samples.of(ann.id)
        assert store.samples.image(sample.id)[:3] == b"\xff\xd8\xff"
        assert (sample.origin, sample.source) == ("registry", "Family1-Dad1.jpg")


def test_a_changed_row_updates_the_person_and_replaces_the_photograph(
    bring: Callable[..., list[RowReport]], tmp_path: Path
) -> None:
    bring("name,id,image,floor\nAnn,1,Family1-Dad1.jpg,3\nBob,2,Family1-Mom1.jpg,3\n")
    changed = bring("name,id,image,floor\nAnne,1,Family1-Dad2.jpg,3\nBob,2,Family1-Mom1.jpg,4\n")
    assert verdicts(changed) == ["updated", "updated"]
    with open_store(tmp_path / "data", {}) as store:
        anne, bob = store.people.page(5).items
        assert (anne.name, bob.info) == ("Anne", {"floor": "4"})
        assert [sample.source for sample in store.samples.of(anne.id)] == ["Family1-Dad2.jpg"]
        assert store.samples.count(bob.id) == 1


def test_another_photograph_of_a_known_person_is_said_to_look_like_them(
    bring: Callable[..., list[RowReport]],
) -> None:
    reports = bring("name,id,image\nAnn,1,Family1-Dad1.jpg\nImpostor,2,Family1-Dad2.jpg\n")
    assert verdicts(reports) == ["added", "added"]
    assert "Looks like 'Ann': 0." in reports[1].message


@pytest.fixture
def photographs(data: Path, tmp_path: Path) -> Path:
    """A folder with one good photograph of a man and one that is too dark."""
    image = read_image(data / "families" / "Family1-Dad1.jpg")
    assert cv2.imwrite(str(tmp_path / "good.png"), image)
    assert cv2.imwrite(str(tmp_path / "dark.png"), (image * 0.12).astype(np.uint8))
    return tmp_path


GOOD, DARK = (f"name,id,image\nAnn,1,{name}.png\n" for name in ("good", "dark"))


def test_a_poor_photograph_is_refused_or_used_with_doubts_when_asked_to(
    bring: Callable[..., list[RowReport]], photographs: Path
) -> None:
    bring(GOOD, photographs)
    (refused,) = bring(DARK, photographs)
    assert refused.verdict == "too_dark"
    (used,) = bring(DARK, photographs, use_poor=True)
    assert used.verdict == "updated"
    assert used.message == refused.message


def test_a_poor_photograph_is_used_and_marked_if_it_is_the_only_one_of_its_person(
    bring: Callable[..., list[RowReport]], photographs: Path
) -> None:
    (strict,) = bring(DARK, photographs, quality=Quality.STRICT)
    assert strict.verdict == "too_dark"
    (used,) = bring(DARK, photographs)
    assert used.verdict == "added"
    assert used.message == f"{strict.message} {ONLY_ONE.message}"
    (better,) = bring(GOOD, photographs)
    assert (better.verdict, better.message) == ("updated", "")


KILLED = """
import sys, time
from pathlib import Path
from lookout.server.commands import import_registry
from lookout.server.registry.importer import ImportOptions, RegistryImport
run = RegistryImport.run
def told(self, rows, name, clock, progress, stop):
    return run(self, rows, name, clock, lambda done, *_: print(done, flush=True), stop)
RegistryImport.run = told
import_registry.main(sys.argv[1:])
"""


def test_how_good_a_photograph_must_be_is_chosen(data: Path) -> None:
    detector, encoder, landmarker = open_detector("hog"), open_encoder("dlib-128"), Landmarker()

    examiner = PhotoExaminer(detector, encoder, landmarker)
    photographs = [
        examiner.examine((data / "families" / name).read_bytes())
        for name in ("Family3-Lady1.jpg", "Family1-Daughter3.jpg")
    ]

    def verdict(quality: Quality, photo: ExaminedPhoto) -> str:
        return "good" if photo.usable(quality, use_poor=False) else photo.reasons(quality)[0].code

    assert {quality: [verdict(quality, photo) for photo in photographs] for quality in Quality} == {
        Quality.STRICT: ["too_bright", "partly_hidden"],
        Quality.STANDARD: ["good", "partly_hidden"],
        Quality.OFF: ["good", "good"],
    }


def test_an_import_that_is_killed_half_way_goes_on_and_nothing_is_there_twice(
    data: Path, tmp_path: Path
) -> None:
    photos = small_photos(data / "families", tmp_path / "photos")
    table = tmp_path / "people.csv"
    lines = [f"{name.removesuffix('.jpg')},{i},{name}" for i, name in enumerate(photos, 1)]
    table.write_text("name,id,image\n" + "\n".join(lines) + "\n")
    arguments = [str(table), "--images", str(tmp_path / "photos"), "--data", str(tmp_path / "data")]
    arguments += ["--detector", "hog", "--encoder", "dlib-128", "--quiet"]
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, *arguments], stdout=subprocess.PIPE, cwd=ROOT
    )
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == 6:
                process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    with open_store(tmp_path / "data", {}) as store:
        half = {person.identifier: person.id for person in store.people.page(100).items}
        assert 0 < len(half) < len(photos)
    main(arguments)
    with (tmp_path / "people-report.csv").open(encoding="utf-8-sig") as file:
        report = list(csv.DictReader(file))
    assert [int(row["row"]) for row in report] == list(range(2, len(photos) + 2))
    added = [row["identifier"] for row in report if row["verdict"] == RowVerdict.ADDED]
    with open_store(tmp_path / "data", {}) as store:
        people = store.people.page(100).items
        assert sorted(person.identifier for person in people) == sorted(added)
        assert all(store.samples.count(person.id) == 1 for person in people)
        assert {p.identifier: p.id for p in people}.items() >= half.items()
    main(arguments)
    with (tmp_path / "people-report.csv").open(encoding="utf-8-sig") as file:
        again = Counter(row["verdict"] for row in csv.DictReader(file))
    assert again["unchanged"] == len(added)
    assert again["added"] == again["updated"] == 0


def small_photos(source: Path, target: Path) -> list[str]:
    """Twelve photographs, 320 pixels wide, for the engine's time is not what is tested."""
    target.mkdir()
    names = sorted(path.name for path in source.glob("Family*.jpg"))[:12]
    for name in names:
        image = read_image(source / name)
        height, width = image.shape[:2]
        small = cv2.resize(image, (320, height * 320 // width), interpolation=cv2.INTER_AREA)
        assert cv2.imwrite(str(target / name), small)
    return names


def contents(tmp_path: Path) -> list[tuple[object, ...]]:
    def rows(store: SqliteStore) -> list[tuple[object, ...]]:
        return [
            (person, [(s.id, s.source, s.created_at) for s in store.samples.of(person.id)])
            for person in store.people.page(100).items
        ]

    with open_store(tmp_path / "data", {}) as store:
        return rows(store)
