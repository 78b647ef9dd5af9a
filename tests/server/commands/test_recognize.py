"""`lookout recognize`: results in files, whatever else lies among the pictures."""

from __future__ import annotations

import csv
import json
import os
import signal
import stat
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from lookout.faces.detections import Detections, Image
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Detector
from lookout.server.commands.recognize import (
    EXIT_CANNOT,
    EXIT_INTERRUPTED,
    EXIT_NOTHING_READ,
    main,
)
from lookout.server.imaging.jpeg import encode_jpeg
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.recognize.inputs import InputKind, inputs_of
from lookout.server.recognize.output_folder import OutputFolder, table
from lookout.server.recognize.serialization import FACE_COLUMNS, TIMELINE_COLUMNS
from lookout.server.storage.records import FaceSample, Person
from lookout.server.storage.sqlite.store import open_store
from lookout.wire.redaction import without_secrets
from tests.support.clips import FRAMES, frames_of, write_frames
from tests.support.portraits import read_image

pytestmark = pytest.mark.long


@pytest.fixture
def holiday(tmp_path: Path, portrait: bytes, clip: Path) -> Path:
    """A folder of everything: pictures, a video, a text file, broken ones, a hidden one."""
    folder = tmp_path / "holiday"
    (folder / "day 1").mkdir(parents=True)
    (folder / "day 1" / "portrait.jpg").write_bytes(portrait)
    (folder / "portrait.jpg").write_bytes(portrait)
    (folder / "notes.txt").write_text("remember the milk")
    (folder / "half.jpg").write_bytes(portrait[:5000])
    (folder / "broken.mp4").write_bytes(b"\0\0\0\x20ftypisom" + bytes(3000))
    (folder / "door.mp4").write_bytes(clip.read_bytes())
    (folder / ".hidden.jpg").write_bytes(portrait)
    return folder


def run(engines: RecognitionContext, *arguments: object) -> int:
    return main([*map(str, arguments), "--quiet"], open_recognition=lambda _: engines)


def rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        found = list(reader)
    assert tuple(reader.fieldnames or ()) == tuple(columns)
    return found


def test_a_folder_is_worked_off_and_what_is_no_picture_gets_its_verdict(
    holiday: Path,
    knows_eileen: RecognitionContext,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "found"
    assert run(knows_eileen, holiday, "--output", output, "--fps", 5) == 0
    found = rows(output / "results.csv", FACE_COLUMNS)
    kinds = [(row["file"], row["kind"], row["name"]) for row in found]
    assert kinds == [
        ("broken.mp4", "not read", ""),
        ("door.mp4", "video", "Eileen"),
        ("door.mp4", "video", "Eileen"),
        ("half.jpg", "not read", ""),
        ("notes.txt", "not read", ""),
        ("portrait.jpg", "picture", "Eileen"),
        ("day 1/portrait.jpg", "picture", "Eileen"),
    ]
    words = {row["file"]: row["reasons"] for row in found if row["kind"] == "not read"}
    assert "not a picture of a supported format" in words["notes.txt"]
    assert "damaged" in words["half.jpg"]
    assert "damaged" in words["broken.mp4"]
    face = found[-1]
    assert (face["state"], face["number"], face["from_s"]) == ("known", "1", "")
    box = [float(face[edge]) for edge in ("x0", "y0", "x1", "y1")]
    assert np.allclose(box, (175, 76, 266, 167), atol=25)
    assert float(face["distance"]) < 0.3
    assert face["top"].startswith("Eileen 0.")

    times = rows(output / "timeline.csv", TIMELINE_COLUMNS)
    seen = [(row["who"], float(row["from_s"]), float(row["to_s"])) for row in times]
    assert seen == [("Eileen", 0.0, 1.4), ("Eileen", 3.6, 4.8)]

    told = capsys.readouterr().out
    assert "notes.txt: NOT READ" in told
    assert "door.mp4: 0:05, one person seen" in told
    assert "portrait.jpg: Eileen (0." in told


def test_copies_crops_and_timeline_are_written_and_every_file_is_private(
    holiday: Path, knows_eileen: RecognitionContext, tmp_path: Path
) -> None:
    output = tmp_path / "found"
    assert run(knows_eileen, holiday, "--output", output, "--fps", 5) == 0
    files = {path.relative_to(output).as_posix() for path in output.rglob("*") if path.is_file()}
    assert files == {
        *("results.json", "results.csv", "timeline.csv", "timeline-door.png"),
        *("annotated/door.mp4", "annotated/portrait.jpg", "annotated/portrait-2.jpg"),
        *("crops/door-1.jpg", "crops/door-2.jpg", "crops/portrait-1.jpg", "crops/portrait-2-1.jpg"),
    }
    for path in output.rglob("*"):
        assert path.is_dir() or stat.S_IMODE(path.stat().st_mode) == 0o600

    document = json.loads((output / "results.json").read_text(encoding="utf-8"))
    (video,) = [one for one in document["files"] if one["kind"] == "video"]
    for reference in (video["annotated"], video["timeline_picture"], video["timeline"][0]["crop"]):
        assert (output / reference).is_file()

    plain, drawn = frames_of(holiday / "door.mp4"), frames_of(output / video["annotated"])
    assert len(drawn) == FRAMES
    # in the first frame, that was looked at, and in the second, that was not
    for number in (0, 1):
        x0, y0, _, _ = (int(edge) for edge in video["tracks"][0]["best"]["box"])
        changed = np.abs(plain[number].astype(int) - drawn[number]).max(axis=2)
        assert changed[y0 - 3 : y0 + 12, x0 - 6 : x0 + 12].max() > 60
    cup = np.abs(plain[25].astype(int) - drawn[25]).mean()
    assert cup < 6, "nobody is in this frame and something is drawn on it"

    picture = read_image(output / "annotated" / "portrait.jpg")
    assert picture.shape == (320, 512, 3)


@pytest.mark.parametrize(
    ("options", "turn_back", "size_wh"),
    [
        (("--rotate", "180"), cv2.ROTATE_180, (512, 320)),
        (("--rotate", "90"), cv2.ROTATE_90_COUNTERCLOCKWISE, (512, 320)),
        (("--rotate", "270", "--flip", "both"), cv2.ROTATE_90_COUNTERCLOCKWISE, (512, 320)),
    ],
)
def test_a_camera_that_hangs_turned_is_turned_back(
    options: tuple[str, ...],
    turn_back: int,
    size_wh: tuple[int, int],
    portrait_bgr: Image,
    clip: Path,
    knows_eileen: RecognitionContext,
    tmp_path: Path,
) -> None:
    """As `turn_back` undoes it: the picture is stored turned the other way."""
    hung = tmp_path / "hung"
    hung.mkdir()
    (hung / "portrait.jpg").write_bytes(encode_jpeg(turned_by(portrait_bgr, turn_back), 95))
    write_frames(hung / "door.mp4", [turned_by(one, turn_back) for one in frames_of(clip)[:10]])
    straight, turned = tmp_path / "straight", tmp_path / "turned"
    run(knows_eileen, hung, "--output", straight, "--fps", 5)
    assert {row["name"] for row in rows(straight / "results.csv", FACE_COLUMNS)} <= {""}
    assert run(knows_eileen, hung, "--output", turned, "--fps", 5, *options) == 0
    found = rows(turned / "results.csv", FACE_COLUMNS)
    assert [(row["file"], row["name"]) for row in found] == [
        ("door.mp4", "Eileen"),
        ("portrait.jpg", "Eileen"),
    ]
    box = [float(found[1][edge]) for edge in ("x0", "y0", "x1", "y1")]
    assert np.allclose(box, (175, 76, 266, 167), atol=25)
    height, width, _ = read_image(turned / "annotated" / "portrait.jpg").shape
    assert (width, height) == size_wh
    assert frames_of(turned / "annotated" / "door.mp4")[0].shape == (240, 320, 3)


def turned_by(image_bgr: Image, rotation: int) -> Image:
    return np.asarray(cv2.rotate(image_bgr, rotation), np.uint8)


def test_nothing_readable_is_an_exit_status_of_its_own(
    knows_eileen: RecognitionContext, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("remember the milk")
    assert run(knows_eileen, text, tmp_path / "gone.jpg") == EXIT_NOTHING_READ
    assert "gone.jpg: NOT READ, it cannot be read (No such file" in capsys.readouterr().out
    (tmp_path / "empty").mkdir()
    assert run(knows_eileen, tmp_path / "empty") == EXIT_CANNOT


def test_a_folder_that_holds_something_is_left_alone_unless_overwriting_is_asked_for(
    holiday: Path,
    knows_eileen: RecognitionContext,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output, picture = tmp_path / "found", holiday / "portrait.jpg"
    output.mkdir()
    (output / "results.csv").write_text("mine")
    (output / "thesis.txt").write_text("mine, too")
    assert run(knows_eileen, picture, "--output", output) == EXIT_CANNOT
    assert "--overwrite" in capsys.readouterr().err
    assert (output / "results.csv").read_text() == "mine"
    assert run(knows_eileen, picture, "--output", output, "--overwrite") == 0
    assert "Eileen" in (output / "results.csv").read_text(encoding="utf-8-sig")
    assert (output / "thesis.txt").read_text() == "mine, too"


class CtrlC:
    """A detector during whose so-manieth look somebody presses ctrl-C."""

    def __init__(self, detector: Detector, at_look: int) -> None:
        self.name, self.face_px = detector.name, detector.face_px
        self._detector = detector
        self._left = at_look

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGINT)
        return self._detector.detect(images_bgr)


def test_ctrl_c_ends_the_run_and_loses_nothing(
    clip: Path, holiday: Path, knows_eileen: RecognitionContext, tmp_path: Path
) -> None:
    engines = RecognitionContext(
        CtrlC(knows_eileen.detector, at_look=5),
        knows_eileen.encoder,
        knows_eileen.rule,
        knows_eileen.gallery,
    )
    output = tmp_path / "found"
    before = signal.getsignal(signal.SIGINT)
    pictures = holiday / "portrait.jpg"
    status = run(engines, pictures, clip, pictures, "--output", output, "--fps", 5)
    assert status == EXIT_INTERRUPTED
    assert signal.getsignal(signal.SIGINT) is before
    document = json.loads((output / "results.json").read_text(encoding="utf-8"))
    assert document["stopped"] is True
    picture, video = document["files"]  # the second picture was not begun
    assert picture["faces"][0]["name"] == "Eileen"
    assert (video["stopped"], video["looks"]) == (True, 4)
    assert video["timeline"][0]["stretches"][0]["to_s"] == 0.6
    assert len(frames_of(output / video["annotated"])) == 7


def test_without_an_output_folder_nothing_is_written(
    clip: Path, knows_eileen: RecognitionContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(knows_eileen, clip, "--fps", 2) == 0
    assert list(tmp_path.iterdir()) == []


def test_the_engines_and_the_people_are_those_that_are_asked_for(
    holiday: Path, encodings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--detector", "hog", "--device", "cpu", "--quiet")
    picture = str(holiday / "portrait.jpg")
    assert main([picture, "--encodings", str(encodings), *options]) == 0
    assert "portrait.jpg: Eileen (0." in capsys.readouterr().out
    gone = str(tmp_path / "gone.pkl")
    assert main([picture, "--encodings", gone, *options]) == EXIT_CANNOT
    assert "lookout train" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([picture, "--fps", "0.5"])
    assert "a face cannot be followed" in capsys.readouterr().err


def test_the_people_of_a_servers_store_are_known_and_it_stays_as_it_is(
    holiday: Path, eileen: Gallery, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    with open_store(data, {}) as store:
        store.people.add(Person("p1", "Collins, Eileen", 1.0))
        store.samples.add(
            FaceSample("s1", "p1", eileen.encodings[0], eileen.encoder, "upload", 1.0)
        )
        version = store.samples.version()
    options = ("--detector", "hog", "--device", "cpu", "--quiet")
    assert main([str(holiday / "portrait.jpg"), "--data", str(data), *options]) == 0
    assert "portrait.jpg: Collins, Eileen (0." in capsys.readouterr().out
    with open_store(data, {}) as store:
        assert store.samples.version() == version
    assert main([str(holiday), "--data", str(tmp_path / "gone"), *options]) == EXIT_CANNOT
    assert not (tmp_path / "gone").exists()


def test_what_a_path_stands_for_is_seen_in_its_bytes(holiday: Path, clip: Path) -> None:
    (holiday / "film").write_bytes(clip.read_bytes())
    kinds = {one.name: one.kind for one in inputs_of([str(holiday)], holiday / "day 1")}
    assert kinds == {
        "broken.mp4": InputKind.VIDEO,
        "door.mp4": InputKind.VIDEO,
        "film": InputKind.VIDEO,
        "half.jpg": InputKind.PICTURE,
        "notes.txt": InputKind.PICTURE,
        "portrait.jpg": InputKind.PICTURE,
    }
    (stream,) = inputs_of(["rtsp://ada:secret@10.0.0.7:554/live?key=1"])
    assert (stream.kind, stream.name) == (InputKind.STREAM, "rtsp://10.0.0.7:554/live")
    assert "secret" not in without_secrets("http://ada:secret@cam/x")


def test_a_table_runs_nothing_in_a_spreadsheet() -> None:
    content = table(("name", "n"), [("=HYPERLINK(1)", 1.5), ("Zoë", None)])
    assert content.decode("utf-8-sig").splitlines() == ["name,n", "'=HYPERLINK(1),1.5", "Zoë,"]


def test_files_of_two_inputs_never_have_one_name(tmp_path: Path) -> None:
    output = OutputFolder(tmp_path / "found")
    names = ["a/x.jpg", "b/x.jpg", "X.mp4", "../../etc/passwd", "rtsp://cam/live stream", "...", ""]
    stems = [output.stem(name) for name in names]
    assert stems == ["x", "x-2", "X-3", "passwd", "live-stream", "input", "input-2"]
