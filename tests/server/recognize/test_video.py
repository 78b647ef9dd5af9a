"""Real people in a real clip: who was enrolled is on the timeline when they were there."""

from __future__ import annotations

import csv
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from lookout.faces.decision.rule import Rule
from lookout.faces.detect.yunet import YuNetDetector
from lookout.faces.detections import Image
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.models import ModelStore
from lookout.faces.protocols import Encoder
from lookout.faces.runtime.choose import open_session
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.recognize.footage import VideoFile
from lookout.server.recognize.video import recognize_footage

FIRST, LAST = 345, 694
"""Of the frames that are for tests: signers A to E, then A again."""
RATE = 30.0


@pytest.mark.data
def test_a_signer_is_on_the_timeline_when_she_was_there_and_no_stranger_is_named(
    data: Path, models: Path, encoder: Encoder, tmp_path: Path
) -> None:
    frames = first_frames(data / "video" / "signers.mp4", LAST + 1)
    store = ModelStore.from_environment({"LOOKOUT_MODELS": str(models)})
    yunet = YuNetDetector(open_session(store.read("yunet")))
    known = frames[5:75:12]
    found = yunet.detect(known)
    assert [len(one) for one in found] == [1] * len(known)
    pairs = zip(known, found, strict=True)
    chips = [chip for image_bgr, one in pairs for chip in encoder.align(image_bgr, one)]
    gallery = Gallery(encoder.encode(chips), ("signer_A",) * len(chips), encoder.name)
    rule = Rule.for_encoder(encoder.name, encoder.tolerance)
    recognition = RecognitionContext(yunet, encoder, rule, lambda: gallery)

    clip = write(tmp_path / "signers.mp4", frames[FIRST:])
    footage = VideoFile(clip, "signers.mp4", looks_per_s=6.0, every=False)
    crops: list[bytes] = []

    def keep(jpeg: bytes) -> str:
        return _kept(crops, jpeg)

    seen = recognize_footage(
        footage,
        recognition,
        lambda jpeg: _kept(crops, jpeg),
        None,
        lambda *_: None,
        threading.Event(),
    )

    (line,) = [one for one in seen.timeline.lines if one.name is not None]
    assert line.who == "signer_A"
    times = [(one.first_s, one.last_s) for one in line.stretches]
    assert np.allclose(times, truth(data, "signer_A"), atol=1 / 6 + 1 / RATE)
    strangers = [one for one in seen.timeline.lines if one.name is None]
    covered = sum(one.seen_s for one in strangers)
    assert len(strangers) >= 4, "there are four other signers"
    assert covered > 0.7 * (seen.seconds - line.seen_s), "strangers were not followed"
    assert len(crops) == len(seen.tracks)


def truth(data: Path, who: str) -> list[tuple[float, float]]:
    """First and last second of each time that `who` is in the clip."""
    with (data / "video" / "signers_truth.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["identity"] == who]
    frames = [(int(row["first_frame"]), int(row["last_frame"])) for row in rows]
    inside = [(a, b) for a, b in frames if a >= FIRST and b <= LAST]
    assert len(inside) == 2
    return [((a - FIRST) / RATE, (b - FIRST) / RATE) for a, b in inside]


def first_frames(path: Path, count: int) -> list[Image]:
    capture = cv2.VideoCapture(str(path))
    frames = [np.asarray(capture.read()[1], np.uint8) for _ in range(count)]
    capture.release()
    return frames


def write(path: Path, frames: list[Image]) -> Path:
    writer = cv2.VideoWriter(
        str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), RATE, (640, 480)
    )
    for image_bgr in frames:
        writer.write(image_bgr)
    writer.release()
    return path


def _kept(crops: list[bytes], jpeg: bytes) -> str:
    crops.append(jpeg)
    return str(len(crops))
