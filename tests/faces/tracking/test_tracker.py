"""The tracker, frame by frame: on one still picture that moves, and on people who change places."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lookout.faces.decision.decide import Probe
from lookout.faces.detect.hog import HogDetector
from lookout.faces.detections import Detections, Image
from lookout.faces.engine import open_encoder
from lookout.faces.tracking.cadence import (
    BETTER,
    BETTER_PAUSE_S,
    FIRST_PAUSE_S,
    FIRST_VIEWS,
    REFRESH_S,
)
from lookout.faces.tracking.tracker import HOLD_S, LIFE_S, MAX_PROBES, Tracker

BOX = np.array([254, 80, 329, 156], np.float32)  # signer A in frame 345
ADA, BOB = np.zeros(128, np.float32), np.full(128, 0.1, np.float32)  # at a distance of 1.13


@pytest.fixture(scope="module")
def frames(data: Path) -> dict[int, Image]:
    """Frames 345 and 406 to 413 of the clip: A, then from 410 on B in the same place."""
    capture = cv2.VideoCapture(str(data / "video" / "signers.mp4"))
    wanted = {345, *range(406, 414)}
    found = {}
    for number in range(414):
        ok, image = capture.read()
        assert ok
        if number in wanted:
            found[number] = np.asarray(image, np.uint8)
    capture.release()
    return found


@pytest.fixture(scope="module")
def still(frames: dict[int, Image]) -> Image:
    return frames[345]


def at(*boxes: NDArray[np.float32]) -> Detections:
    return Detections(np.array(boxes, np.float32).reshape(-1, 4), np.ones(len(boxes), np.float32))


def moved(box: NDArray[np.float32], dx: float) -> NDArray[np.float32]:
    return box + np.array([dx, 0, dx, 0], np.float32)


def shifted(image: Image, dx: float, dy: float = 0) -> Image:
    matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    size = image.shape[1::-1]
    turned = cv2.warpAffine(image, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8)


@pytest.mark.data
class TestOneFace:
    def test_is_born_with_its_first_detection(self, still: Image) -> None:
        (track,) = Tracker().update(at(BOX), still, 5.0)
        assert (track.id, track.born_s, track.seen_s) == (1, 5.0, 5.0)
        assert track.probes == ()
        assert track.wants_encoding(5.0)
        assert not track.doubted

    def test_keeps_its_id_while_it_moves_and_is_expected_where_it_goes(self, still: Image) -> None:
        tracker = Tracker()
        for step in range(5):
            image, box = shifted(still, 6 * step), moved(BOX, 6 * step)
            (track,) = tracker.update(at(box), image, step * 0.1)
            assert track.id == 1
        # 60 px a second; the velocity halves its error in each step: 60 (1 - 1/16)
        ahead = tracker.predict(0.5)[1]
        assert ahead[0] - track.box_xyxy[0] == pytest.approx(60 * 15 / 16 * 0.1, abs=0.1)

    def test_survives_a_missed_frame_but_is_doubted_after_it(self, still: Image) -> None:
        tracker = Tracker()
        (track,) = tracker.update(at(BOX), still, 0.0)
        tracker.learn(track, ADA, 1.0, 0.0)
        assert tracker.update(at(), still, 0.1) == []
        (track,) = tracker.update(at(BOX), still, 0.2)
        assert track.id == 1
        assert track.doubted
        assert track.probes == ()
        assert track.wants_encoding(0.2)

    def test_dies_when_it_was_not_seen_for_its_life(self, still: Image) -> None:
        tracker = Tracker()
        tracker.update(at(BOX), still, 0.0)
        assert list(tracker.predict(LIFE_S)) == [1]
        assert tracker.predict(LIFE_S + 0.01) == {}
        (track,) = tracker.update(at(BOX), still, LIFE_S + 0.01)
        assert track.id == 2

    def test_another_face_far_away_is_another_track(self, still: Image) -> None:
        tracker = Tracker()
        tracker.update(at(BOX), still, 0.0)
        far = moved(BOX, 200)
        tracks = tracker.update(at(far, BOX), still, 0.1)
        assert [track.id for track in tracks] == [2, 1]

    def test_time_does_not_go_back(self, still: Image) -> None:
        tracker = Tracker()
        tracker.update(at(), still, 1.0)
        with pytest.raises(ValueError, match="goes back"):
            tracker.update(at(), still, 0.9)

    def test_two_trackers_do_not_disturb_each_other(self, still: Image) -> None:
        one, two = Tracker(), Tracker()
        (a,) = one.update(at(BOX), still, 0.0)
        (b,) = two.update(at(BOX), still, 100.0)
        one.learn(a, ADA, 1.0, 0.0)
        assert (a.id, b.id) == (1, 1)
        (b,) = two.update(at(BOX), still, 100.1)
        assert b.probes == ()


@pytest.mark.data
class TestEncodings:
    def test_are_wanted_for_the_first_views_with_pauses_then_at_the_refresh(
        self, still: Image
    ) -> None:
        tracker = Tracker()
        encoded_s = []
        for frame in range(300):
            time_s = frame / 30
            (track,) = tracker.update(at(BOX), still, time_s)
            if track.wants_encoding(time_s):
                tracker.learn(track, ADA, track.weight, time_s)
                encoded_s.append(time_s)
        pauses = np.diff(encoded_s)
        assert pauses[: FIRST_VIEWS - 1] == pytest.approx(FIRST_PAUSE_S, abs=0.04)
        assert pauses[FIRST_VIEWS - 1 :] == pytest.approx(REFRESH_S, abs=0.04)
        assert len(encoded_s) == FIRST_VIEWS + 4

    def test_are_wanted_for_a_clearly_better_view(self, still: Image) -> None:
        tracker = Tracker()
        (track,) = tracker.update(at(BOX), still, 0.0)
        for index in range(FIRST_VIEWS):
            track = tracker.learn(track, ADA, track.weight / BETTER, index * 0.1)
        last_s = (FIRST_VIEWS - 1) * 0.1
        assert not track.wants_encoding(last_s + BETTER_PAUSE_S / 2)
        assert track.wants_encoding(last_s + BETTER_PAUSE_S)

    def test_are_bounded_and_the_newest_stay(self, still: Image) -> None:
        tracker = Tracker()
        (track,) = tracker.update(at(BOX), still, 0.0)
        for index in range(MAX_PROBES + 3):
            track = tracker.learn(track, ADA, 1.0, float(index))
        assert [probe.time_s for probe in track.probes] == list(range(3, MAX_PROBES + 3))

    def test_that_contradict_start_a_new_track_without_the_old_evidence(self, still: Image) -> None:
        tracker = Tracker()
        (track,) = tracker.update(at(BOX), still, 0.0)
        track = tracker.learn(track, ADA, 1.0, 0.0)
        other = tracker.learn(track, BOB, 1.0, 0.2)
        assert (other.id, other.born_s, len(other.probes)) == (2, 0.2, 1)
        (track,) = tracker.update(at(BOX), still, 0.3)
        assert track.id == 2

    def test_that_confirm_a_doubted_track_bring_its_evidence_back(self, still: Image) -> None:
        tracker = Tracker()
        (track,) = tracker.update(at(BOX), still, 0.0)
        tracker.learn(track, ADA, 1.0, 0.0)
        tracker.update(at(), still, 0.1)
        (doubted,) = tracker.update(at(BOX), still, 0.2)
        track = tracker.learn(doubted, ADA + 0.01, 1.0, 0.2)  # 0.11 away
        assert (track.id, len(track.probes), track.doubted) == (1, 2, False)

    def test_a_doubted_track_asks_for_more_likeness_than_an_undoubted_one(
        self, still: Image
    ) -> None:
        like = ADA + np.float32(0.45 / np.sqrt(128))
        tracker = Tracker()
        (track,) = tracker.update(at(BOX), still, 0.0)
        track = tracker.learn(track, ADA, 1.0, 0.0)
        assert tracker.learn(track, like, 1.0, 0.0).id == track.id
        tracker = Tracker()
        (track,) = tracker.update(at(BOX), still, 0.0)
        tracker.learn(track, ADA, 1.0, 0.0)
        tracker.update(at(), still, 0.1)
        (doubted,) = tracker.update(at(BOX), still, 0.2)
        assert tracker.learn(doubted, like, 1.0, 0.2).id != doubted.id

    def test_of_a_track_that_has_ended_change_nothing(self, still: Image) -> None:
        tracker = Tracker()
        (track,) = tracker.update(at(BOX), still, 0.0)
        tracker.update(at(), still, 10.0)
        assert tracker.learn(track, ADA, 1.0, 10.0) is track
        assert tracker.predict(10.0) == {}


@pytest.mark.data
@pytest.mark.parametrize("step", [1, 3], ids=["every frame", "every third frame"])
def test_a_name_does_not_carry_over_to_the_person_who_takes_the_place(
    frames: dict[int, Image], step: int
) -> None:
    """The real clip: A until frame 409, B from 410, their faces at nearly the same place."""
    detector, encoder, tracker = HogDetector(1), open_encoder("dlib-128", "cpu"), Tracker()
    truth_of: dict[int, str] = {}
    for number in range(406 if step == 1 else 407, 414, step):
        image, time_s = frames[number], number / 30
        detections = detector.detect([image])[0]
        assert len(detections) == 1, f"frame {number}"
        (track,) = tracker.update(detections, image, time_s)
        truth = "A" if number < 410 else "B"
        if number >= 410 and "B" not in truth_of.values():
            assert track.probes == (), "the evidence for A must not speak for B"
            assert track.wants_encoding(time_s)
        if track.wants_encoding(time_s):
            encoding = encoder.encode(encoder.align(image, detections))[0]
            track = tracker.learn(track, encoding, track.weight, time_s)
        assert truth_of.setdefault(track.id, truth) == truth
        assert all(isinstance(probe, Probe) for probe in track.probes)
        assert track.probes
    assert sorted(truth_of.values()) == ["A", "B"]


@pytest.mark.data
def test_a_face_that_is_replaced_without_a_cut_is_doubted(frames: dict[int, Image]) -> None:
    """B's face put over A's in an otherwise unchanged picture: only the patch gives it away."""
    tracker = Tracker()
    before = frames[409]
    box = np.array([270, 70, 346, 146], np.float32)
    after = before.copy()
    after[70:146, 270:346] = frames[410][63:139, 270:346]
    (track,) = tracker.update(at(box), before, 0.0)
    tracker.learn(track, ADA, 1.0, 0.0)
    (same,) = tracker.update(at(box), before, 0.03)
    assert not same.doubted
    (other,) = tracker.update(at(box), after, 0.06)
    assert other.doubted


@pytest.mark.data
class TestAFaceThatTheDetectorMisses:
    def test_is_shown_where_it_is_expected_for_a_bounded_time(self, still: Image) -> None:
        tracker = Tracker()
        for step in range(5):
            tracker.update(at(moved(BOX, 6 * step)), shifted(still, 6 * step), step * 0.1)
        assert tracker.held(shifted(still, 24), 0.4) == [], "it was found"
        missed_s = 0.5
        tracker.update(at(), shifted(still, 30), missed_s)
        (held,) = tracker.held(shifted(still, 30), missed_s)
        assert held.id == 1
        assert held.box_xyxy[0] == pytest.approx(BOX[0] + 30, abs=1.5)
        late_s = 0.4 + HOLD_S + 0.05
        tracker.update(at(), shifted(still, 45), late_s)
        assert tracker.held(shifted(still, 45), late_s) == []

    def test_is_shown_in_one_frame_however_rare_the_frames_of_a_slow_machine_are(
        self, still: Image
    ) -> None:
        tracker = Tracker()
        slow_s = HOLD_S + 0.3
        tracker.update(at(BOX), still, 0.0)
        tracker.update(at(), still, slow_s)
        (held,) = tracker.held(still, slow_s)
        assert held.id == 1
        tracker.update(at(), still, slow_s + 0.2)
        assert tracker.held(still, slow_s + 0.2) == []

    def test_is_not_shown_once_another_face_is_in_its_place(self, frames: dict[int, Image]) -> None:
        tracker = Tracker()
        tracker.update(at(np.array([270, 70, 346, 146], np.float32)), frames[409], 0.0)
        tracker.update(at(), frames[410], 0.03)
        assert tracker.held(frames[410], 0.03) == []

    def test_is_not_shown_beside_a_face_that_was_found_in_its_place(self, still: Image) -> None:
        tracker = Tracker()
        tracker.update(at(BOX, moved(BOX, 60)), still, 0.0)
        tracker.update(at(moved(BOX, 30)), still, 0.1)
        assert tracker.held(still, 0.1) == []

    def test_is_not_shown_once_it_is_covered(self, still: Image) -> None:
        tracker = Tracker()
        tracker.update(at(BOX), still, 0.0)
        covered = still.copy()
        x0, y0, x1, y1 = BOX.astype(int)
        covered[y0:y1, x0:x1] = 90
        tracker.update(at(), covered, 0.1)
        assert tracker.held(covered, 0.1) == []
