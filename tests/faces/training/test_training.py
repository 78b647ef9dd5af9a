"""Training on real photographs: verdicts, memory, removal, interruption, other tools' files."""

from __future__ import annotations

import hashlib
import pickle
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from lookout.faces.detect.hog import HogDetector
from lookout.faces.detections import Detections, Floats, Image
from lookout.faces.encode.mirrored import MirroredEncoder
from lookout.faces.engine import open_encoder
from lookout.faces.errors import BadImage
from lookout.faces.gallery.encodings_file import file_for, load_gallery
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.photo.judgement import Quality
from lookout.faces.photo.limits import MAX_PIXELS
from lookout.faces.photo.picture import read_file, read_picture
from lookout.faces.protocols import Chip, Encoder
from lookout.faces.training.train import train
from lookout.faces.training.training_report import TrainingReport
from tests.support.portraits import read_image

pytestmark = pytest.mark.data


class CountingDetector:
    """The HOG detector without upsampling, which is enough for portraits; counts its pictures.

    What it found in a picture it remembers for the next test: the answers are real, and given once.
    """

    name = "hog"
    face_px = 80
    _found: ClassVar[dict[tuple[int, bytes], Detections]] = {}

    def __init__(self, stop_after: int | None = None, upsample: int = 0) -> None:
        self._hog, self.seen, self._stop_after = HogDetector(upsample), 0, stop_after
        self._upsample = upsample

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        if self.seen == self._stop_after:
            raise KeyboardInterrupt
        self.seen += len(images_bgr)
        return [self._detect(image) for image in images_bgr]

    def _detect(self, image_bgr: Image) -> Detections:
        key = (self._upsample, image_bgr.tobytes())
        if key not in self._found:
            self._found[key] = self._hog.detect([image_bgr])[0]
        return self._found[key]


class RememberingEncoder:
    """The real encoder; a face that an earlier test encoded is not encoded again."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[bytes, Floats] = {}
        self.name, self.dimension, self.tolerance = "dlib-128", 128, encoder.tolerance

    def align(self, image_bgr: Image, detections: Detections) -> list[Chip]:
        return self._encoder.align(image_bgr, detections)

    def encode(self, chips: Sequence[Chip]) -> NDArray[np.float32]:
        for chip in chips:
            key = pickle.dumps(chip)
            if key not in self._known:
                self._known[key] = self._encoder.encode([chip])[0]
        return np.array([self._known[pickle.dumps(chip)] for chip in chips], np.float32)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return RememberingEncoder(open_encoder("dlib-128", "cpu"))


@pytest.fixture
def images(data: Path, tmp_path: Path) -> Path:
    """Dad with three photographs, Mom with two, in two people's folders."""
    root = tmp_path / "images"
    for person, pattern in (("Dad One", "Family1-Dad*.jpg"), ("Mom", "Family1-Mom*.jpg")):
        (root / person).mkdir(parents=True)
        for path in (data / "families").glob(pattern):
            shutil.copy(path, root / person)
    return root


def verdicts(report: TrainingReport) -> dict[str, str]:
    return {f"{p.person}/{p.path.name}": p.verdict for p in report.photos}


def test_every_photograph_is_used_once_and_the_file_loads(
    images: Path, tmp_path: Path, encoder: Encoder
) -> None:
    output = tmp_path / "utils" / "encodings.pkl"
    report = train(images, output, CountingDetector(), encoder)
    assert set(verdicts(report).values()) == {"used"}
    gallery = load_gallery(output, encoder)
    assert gallery.counts == {"Dad One": 3, "Mom": 2}
    distances = gallery.distances(gallery.encodings)
    assert distances[:3, :3].max() < 0.6 < distances[:3, 3:].min()


def test_what_is_unchanged_is_not_looked_at_again_and_gives_the_same_bytes(
    images: Path, tmp_path: Path, encoder: Encoder
) -> None:
    output = tmp_path / "encodings.pkl"
    train(images, output, CountingDetector(), encoder)
    first = output.read_bytes()
    again = CountingDetector()
    (images / "Mom").rename(images / "Mum")
    report = train(images, output, again, encoder)
    assert again.seen == 0
    assert not any(photo.fresh for photo in report.photos)
    assert load_gallery(output, encoder).counts == {"Dad One": 3, "Mum": 2}
    (images / "Mum").rename(images / "Mom")
    train(images, output, CountingDetector(), encoder)
    assert output.read_bytes() == first


def test_of_a_person_without_a_good_photograph_the_best_poor_one_is_used_and_marked(
    images: Path, tmp_path: Path, encoder: Encoder
) -> None:
    dad = read_image(images / "Dad One" / "Family1-Dad1.jpg")
    for person in ("Dad One", "Dim"):
        (images / person).mkdir(exist_ok=True)
        cv2.imwrite(str(images / person / "dark.png"), (dad * 0.1).astype(np.uint8))
    mom = read_image(images / "Mom" / "Family1-Mom1.jpg")
    cv2.imwrite(str(images / "Dim" / "dark.png"), (mom * 0.1).astype(np.uint8))
    mom2 = read_image(images / "Mom" / "Family1-Mom2.jpg")
    cv2.imwrite(str(images / "Dim" / "dark2.png"), (mom2 * 0.1).astype(np.uint8))
    shutil.rmtree(images / "Mom")
    report = train(images, tmp_path / "encodings.pkl", CountingDetector(), encoder)
    found = verdicts(report)
    assert found["Dad One/dark.png"] != "used"
    assert sorted((found["Dim/dark.png"], found["Dim/dark2.png"])) == ["poor", "too_dark"]
    assert report.gallery.counts["Dim"] == 1
    assert "Dim" not in report.without_photo
    assert all(photo.message for photo in report.photos if photo.verdict == "poor")


def test_a_removed_photograph_is_forgotten_everywhere(
    images: Path, tmp_path: Path, encoder: Encoder
) -> None:
    output = tmp_path / "encodings.pkl"
    train(images, output, CountingDetector(), encoder)
    (images / "Mom" / "Family1-Mom1.jpg").unlink()
    report = train(images, output, CountingDetector(), encoder)
    assert report.gallery.counts == {"Dad One": 3, "Mom": 1}
    with np.load(tmp_path / ".encodings.cache.npz") as cache:
        assert len(cache["hashes"]) == 4


def test_each_kind_of_poor_photograph_gets_its_verdict(
    data: Path, images: Path, tmp_path: Path, encoder: Encoder
) -> None:
    mom = images / "Mom"
    dad = read_image(images / "Dad One" / "Family1-Dad1.jpg")
    box = HogDetector(0).detect([dad])[0].box_xyxy[0]
    scale = 36 / float(box[2] - box[0])
    small = cv2.resize(dad, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    (images / "Tiny").mkdir()
    cv2.imwrite(str(images / "Tiny" / "small.png"), small)
    shutil.copy(mom / "Family1-Mom1.jpg", mom / "same.unchecked.jpg")
    shutil.copy(data / "families" / "man1-person-group.jpg", mom / "man1.jpg")
    shutil.copy(data / "bbt" / "groups" / "bbt1.jpg", mom)
    cv2.imwrite(str(mom / "wall.png"), np.full((200, 200, 3), 180, np.uint8))
    (mom / "cut.jpg").write_bytes((mom / "Family1-Mom2.jpg").read_bytes()[:3000])
    (mom / "text.jpg").write_text("hello")
    (images / "Nobody").mkdir()
    (images / ".hidden").mkdir()

    report = train(images, tmp_path / "encodings.pkl", CountingDetector(upsample=1), encoder)
    found = verdicts(report)
    assert found["Tiny/small.png"] == "face_too_small"
    assert found["Mom/same.unchecked.jpg"] == "duplicate"
    assert found["Mom/bbt1.jpg"] == "several_faces"
    assert found["Mom/wall.png"] == "no_face"
    assert found["Mom/cut.jpg"] == "unreadable"
    assert found["Mom/text.jpg"] == "unreadable"
    assert found["Mom/Family1-Mom1.jpg"] == "used"
    assert report.people == ("Dad One", "Mom", "Nobody", "Tiny")
    assert report.without_photo == ("Nobody", "Tiny")
    assert all(photo.message for photo in report.photos if photo.verdict != "used")


def test_an_unchecked_capture_counts_like_any_other(
    images: Path, tmp_path: Path, encoder: Encoder
) -> None:
    photo = images / "Mom" / "Family1-Mom1.jpg"
    photo.rename(photo.with_suffix(".unchecked.jpg"))
    report = train(images, tmp_path / "encodings.pkl", CountingDetector(), encoder)
    assert report.gallery.counts["Mom"] == 2


def test_an_interrupt_loses_no_work_and_leaves_the_old_file(
    images: Path, tmp_path: Path, encoder: Encoder
) -> None:
    output = tmp_path / "encodings.pkl"
    with pytest.raises(KeyboardInterrupt):
        train(images, output, CountingDetector(stop_after=3), encoder)
    assert not output.exists()
    rest = CountingDetector()
    train(images, output, rest, encoder)
    assert rest.seen == 2
    assert load_gallery(output, encoder).counts == {"Dad One": 3, "Mom": 2}


@pytest.mark.parametrize("content", [b"not a cache", b"", b"PK\x03\x04 cut off"])
def test_a_damaged_cache_costs_only_time(
    images: Path, tmp_path: Path, encoder: Encoder, content: bytes
) -> None:
    (tmp_path / ".encodings.cache.npz").write_bytes(content)
    detector = CountingDetector()
    train(images, tmp_path / "encodings.pkl", detector, encoder)
    assert detector.seen == 5


def test_another_tools_file_is_kept_beside_ours(
    images: Path, tmp_path: Path, encoder: Encoder
) -> None:
    output = tmp_path / "encodings.pkl"
    foreign = pickle.dumps({"encodings": [[0.0] * 128], "names": ["Old friend"]})
    output.write_bytes(foreign)
    report = train(images, output, CountingDetector(), encoder)
    assert report.backup == tmp_path / "encodings.other-1.pkl"
    assert report.backup.read_bytes() == foreign
    assert train(images, output, CountingDetector(), encoder).backup is None


def test_nothing_usable_writes_nothing(tmp_path: Path, encoder: Encoder) -> None:
    (tmp_path / "images" / "Ada").mkdir(parents=True)
    output = tmp_path / "encodings.pkl"
    report = train(tmp_path / "images", output, CountingDetector(), encoder)
    assert len(report.gallery) == 0
    assert report.without_photo == ("Ada",)
    assert not output.exists()


def test_a_name_in_two_unicode_forms_is_one_person(
    images: Path, tmp_path: Path, encoder: Encoder
) -> None:
    (images / "Dad One").rename(images / "Zoe\u0308")
    (images / "Mom").rename(images / "Zo\u00eb")
    report = train(images, tmp_path / "encodings.pkl", CountingDetector(), encoder)
    assert report.gallery.counts == {"Zo\u00eb": 5}


def test_a_photograph_lying_on_its_side_is_turned_by_its_exif_note(
    data: Path, tmp_path: Path
) -> None:
    upright = PIL.Image.open(data / "families" / "Family1-Dad1.jpg").convert("RGB")
    sideways = upright.transpose(PIL.Image.Transpose.ROTATE_90)
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # "turn me a quarter clockwise to see me upright"
    path = tmp_path / "sideways.jpg"
    sideways.save(path, quality=95, exif=exif)
    image_bgr = read_picture(read_file(path)).image_bgr
    expected = np.asarray(upright)[:, :, ::-1].astype(int)
    assert image_bgr.shape == expected.shape
    assert np.abs(image_bgr - expected).mean() < 3


def test_a_picture_of_too_many_pixels_is_refused_by_its_header(tmp_path: Path) -> None:
    side = int(MAX_PIXELS**0.5) + 1
    path = tmp_path / "huge.png"
    PIL.Image.new("1", (side, side)).save(path)
    with pytest.raises(BadImage, match=f"{side}×{side} pixels, too many"):
        read_picture(read_file(path))


def test_a_large_picture_is_scaled_down(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    PIL.Image.new("RGB", (3200, 1000)).save(path)
    assert read_picture(read_file(path)).image_bgr.shape == (500, 1600, 3)


@pytest.fixture(scope="module")
def landmarker() -> Landmarker:
    return Landmarker()


def test_a_masked_face_is_refused_unless_quality_is_off(
    data: Path, images: Path, tmp_path: Path, encoder: Encoder, landmarker: Landmarker
) -> None:
    portrait = read_image(data / "families" / "Family1-Mom1.jpg")
    left, top, right, bottom = HogDetector(0).detect([portrait])[0].box_xyxy[0].astype(int)
    mouth = top + int(0.6 * (bottom - top))
    portrait[mouth:bottom, max(left, 0) : right] = (200, 190, 180)
    (images / "Lady").mkdir()
    cv2.imwrite(str(images / "Lady" / "mask.png"), portrait)
    output = tmp_path / "encodings.pkl"
    for quality, verdict in ((Quality.STANDARD, "partly_hidden"), (Quality.OFF, "used")):
        detector = CountingDetector()
        report = train(images, output, detector, encoder, landmarker=landmarker, quality=quality)
        assert verdicts(report)["Lady/mask.png"] == verdict
    assert detector.seen == 0, "another quality needs no second examination"


def test_a_photograph_in_the_wrong_folder_is_reported_and_not_used(
    images: Path, tmp_path: Path, encoder: Encoder
) -> None:
    (images / "Mom" / "Family1-Mom2.jpg").rename(images / "Dad One" / "oops.jpg")
    report = train(images, tmp_path / "encodings.pkl", CountingDetector(), encoder)
    (wrong,) = [photo for photo in report.photos if not photo.used]
    assert (wrong.path.name, wrong.verdict) == ("oops.jpg", "looks_like_other")
    assert "looks like Mom: 0." in wrong.message
    assert report.gallery.counts == {"Dad One": 3, "Mom": 1}


def test_a_smaller_copy_of_a_photograph_is_kept_once(
    images: Path, tmp_path: Path, encoder: Encoder
) -> None:
    portrait = read_image(images / "Mom" / "Family1-Mom1.jpg")
    copy = cv2.resize(portrait, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(images / "Mom" / "copy.jpg"), copy)
    report = train(images, tmp_path / "encodings.pkl", CountingDetector(), encoder)
    assert verdicts(report)["Mom/copy.jpg"] == "duplicate"
    assert report.gallery.counts["Mom"] == 2


def test_the_gallery_knows_which_photograph_an_encoding_is_of(
    images: Path, tmp_path: Path, encoder: Encoder
) -> None:
    output = tmp_path / "encodings.pkl"
    train(images, output, CountingDetector(), encoder)
    gallery = load_gallery(output, encoder)
    for name, sample in zip(gallery.names, gallery.samples, strict=True):
        path = images / name / sample.file
        assert hashlib.sha256(read_file(path)).hexdigest() == sample.sha256
        assert sample.time_s == path.stat().st_mtime
        assert 0 < sample.quality <= 1


def test_one_pass_writes_the_portable_file_and_the_encoders_own(
    tmp_path: Path, images: Path, encoder: Encoder
) -> None:
    output, mirrored = tmp_path / "encodings.pkl", MirroredEncoder(encoder)
    detector = CountingDetector()
    report = train(images, output, detector, mirrored, portable=encoder)
    ours = load_gallery(file_for(output, mirrored.name), mirrored)
    portable = load_gallery(output, encoder)
    assert ours.names == portable.names == report.gallery.names
    assert ours.samples == portable.samples
    assert detector.seen == len({photo.path for photo in report.photos})
    assert not np.array_equal(ours.encodings, portable.encodings)


def test_what_training_forgets_every_encoder_forgets(
    tmp_path: Path, images: Path, encoder: Encoder
) -> None:
    output, mirrored = tmp_path / "encodings.pkl", MirroredEncoder(encoder)
    train(images, output, CountingDetector(), mirrored, portable=encoder)
    person = load_gallery(output, encoder).people[0]
    shutil.rmtree(images / person)
    train(images, output, CountingDetector(), encoder)
    assert person not in load_gallery(file_for(output, mirrored.name), mirrored).people
