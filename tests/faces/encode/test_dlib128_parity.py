"""Our encoder against dlib's own, on real chips."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from lookout.faces.chips import ChipCutter
from lookout.faces.detect.hog import HogDetector
from lookout.faces.detections import Image
from lookout.faces.encode.dlib128 import Dlib128Encoder
from lookout.faces.encode.reference import DlibReferenceEncoder
from lookout.faces.protocols import Chip
from tests.support.paths import ROOT
from tests.support.portraits import read_image

TOLERANCE = 1e-5
CHIPS = 60
JITTER_IN_A_NEW_PROCESS = """
import sys, dlib, numpy as np
from lookout.faces.encode.dlib128 import Dlib128Encoder
from lookout.faces.dlib_weights import RESNET, dlib_weights
chip = np.load(sys.argv[1])
model = dlib.face_recognition_model_v1(str(dlib_weights(RESNET)))
theirs = np.array(model.compute_face_descriptor(chip, 5))
ours = Dlib128Encoder(jitters=5).encode([chip])[0]
plain = Dlib128Encoder().encode([chip])[0]
print(np.abs(ours - theirs).max(), np.abs(ours - plain).max())
"""


@pytest.fixture(scope="module")
def chips(data: Path) -> list[Chip]:
    with (data / "lfw" / "verify_dev.csv").open(newline="") as file:
        names = [row["a"] for row in csv.DictReader(file)]
    detector, cutter = HogDetector(upsample=0), ChipCutter()
    found: list[Chip] = []
    for name in sorted(set(names))[::10]:
        image = read_image(data / "lfw" / name)
        found += cutter.chips(image, detector.detect([image])[0])
        if len(found) >= CHIPS:
            return found[:CHIPS]
    pytest.fail(f"only {len(found)} faces were found in the sample, {CHIPS} are needed")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Dlib128Encoder:
    return Dlib128Encoder(cache=tmp_path_factory.mktemp("graphs"))


@pytest.fixture(scope="module")
def encodings(encoder: Dlib128Encoder, chips: list[Chip]) -> npt.NDArray[np.float32]:
    return encoder.encode(chips)


@pytest.mark.data
@pytest.mark.slow
def test_encodings_are_those_of_dlib(chips: list[Chip], encodings: npt.NDArray[np.float32]) -> None:
    assert encodings.shape == (CHIPS, 128)
    assert np.abs(encodings - DlibReferenceEncoder().encode(chips)).max() <= TOLERANCE


@pytest.mark.data
def test_a_chip_encodes_the_same_alone_and_in_any_batch(
    encoder: Dlib128Encoder, chips: list[Chip], encodings: npt.NDArray[np.float32]
) -> None:
    for count in (1, 2, 15, 16, 17, 33):
        assert np.abs(encoder.encode(chips[:count]) - encodings[:count]).max() <= TOLERANCE


@pytest.mark.data
def test_the_flip_averages_a_chip_with_its_mirror_image(
    chips: list[Chip], encodings: npt.NDArray[np.float32], encoder: Dlib128Encoder
) -> None:
    flipped = Dlib128Encoder(flip=True).encode(chips[:3])
    mirrored = encoder.encode([np.asarray(chip)[:, ::-1] for chip in chips[:3]])
    assert np.abs(flipped - (encodings[:3] + mirrored) / 2).max() <= TOLERANCE
    assert np.abs(flipped - encodings[:3]).max() > 1e-3


@pytest.mark.data
def test_jitters_average_as_dlib_averages_them(chips: list[Chip], tmp_path: Path) -> None:
    np.save(tmp_path / "chip.npy", np.asarray(chips[0]))
    # dlib's two generators of jitters begin alike in a new process, and only there
    done = subprocess.run(
        [sys.executable, "-c", JITTER_IN_A_NEW_PROCESS, str(tmp_path / "chip.npy")],
        cwd=ROOT, check=True, timeout=60, capture_output=True, text=True,
    )  # fmt: skip
    difference, moved = map(float, done.stdout.split())
    assert difference <= TOLERANCE
    assert moved > 1e-3


def test_no_chips_give_no_encodings(encoder: Dlib128Encoder) -> None:
    assert encoder.encode([]).shape == (0, 128)


@pytest.mark.parametrize(
    "chip",
    [
        np.zeros((112, 112, 3), np.uint8),
        np.zeros((150, 150), np.uint8),
        np.zeros((150, 150, 3), np.float32),
        (np.zeros((150, 150, 3), np.uint8),),
    ],
    ids=["too small", "grey", "float", "tuple"],
)
def test_a_chip_of_another_shape_is_refused_in_words(encoder: Dlib128Encoder, chip: Chip) -> None:
    good: Image = np.zeros((150, 150, 3), np.uint8)
    with pytest.raises(ValueError, match=r"uint8 chips of \(150, 150, 3\)"):
        encoder.encode([good, chip])
