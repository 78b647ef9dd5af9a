"""Full searches and the windows between them, on one bright square and on a real clip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from lookout.faces.detect.hog import HogDetector
from lookout.faces.detections import Detections, Image, iou_matrix
from lookout.faces.tracking.follower import LONGEST_S, Cost, Follower, FrameQuery
from lookout.faces.tracking.tracker import Tracker

WIDE, HIGH = 320, 240
FACE = np.array([100, 80, 150, 130], np.float32)


class WhiteSquares:
    """Finds the one bright square of a picture. A call costs `pixel_ns` for each pixel."""

    name, face_px = "white", 40

    def __init__(self, pixel_ns: float) -> None:
        self.now_s = 0.0
        self.sizes: list[tuple[int, int]] = []
        self._pixel_s = pixel_ns * 1e-9

    def clock(self) -> float:
        return self.now_s

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        self.sizes += [image.shape[1::-1] for image in images_bgr]
        self.now_s += sum(image[..., 0].size * self._pixel_s for image in images_bgr)
        return [self._find(image) for image in images_bgr]

    def _find(self, image: Image) -> Detections:
        rows, columns = np.nonzero(image[..., 0] > 127)
        if not len(rows):
            return Detections.empty()
        box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        return Detections(np.array([box], np.float32), np.ones(1, np.float32))


def picture(box: Iterable[float]) -> Image:
    """A square on grey, not so bright that its movement is taken for a cut."""
    image = np.full((HIGH, WIDE, 3), 100, np.uint8)
    x0, y0, x1, y1 = (int(edge) for edge in box)
    image[y0:y1, x0:x1] = 160
    return image


def query(
    time_s: float, *expected: np.ndarray, image: Image | None = None, camera: int = 0
) -> FrameQuery:
    return FrameQuery(camera, picture(FACE) if image is None else image, time_s, expected)


def frame_ms(milliseconds: float) -> WhiteSquares:
    """A detector that takes this long for a whole picture."""
    return WhiteSquares(milliseconds * 1e6 / (WIDE * HIGH))


def full_count(detector: WhiteSquares) -> int:
    count = sum(size == (WIDE, HIGH) for size in detector.sizes)
    detector.sizes.clear()
    return count


def full_searches(detector: WhiteSquares, cameras: int, frame_s: float, seconds: float) -> float:
    """Full searches per second and camera, each camera with one face that stays."""
    follower = Follower(detector, clock=detector.clock)
    for frame in range(round(seconds / frame_s)):
        follower.find([query(frame * frame_s, FACE, camera=camera) for camera in range(cameras)])
    return full_count(detector) / cameras / seconds


def test_a_fast_detector_searches_every_frame_of_one_camera_in_full() -> None:
    assert full_searches(frame_ms(10), cameras=1, frame_s=1 / 30, seconds=2) == 30


def test_a_slow_detector_searches_in_full_at_the_bound() -> None:
    rate = full_searches(frame_ms(1000), cameras=1, frame_s=0.04, seconds=8)
    assert rate == pytest.approx(1 / LONGEST_S, rel=0.15)


def test_many_cameras_share_a_third_of_the_time() -> None:
    """10 ms for each of 8 cameras: one in 240 ms, which is every third frame of ten a second."""
    rate = full_searches(frame_ms(10), cameras=8, frame_s=0.1, seconds=6)
    assert rate == pytest.approx(1 / 0.3, rel=0.1)


def test_cameras_whose_turn_has_come_at_once_do_not_all_go_at_once() -> None:
    detector = frame_ms(25)
    follower = Follower(detector, clock=detector.clock)
    queries = [query(0.0, FACE, camera=camera) for camera in range(3)]
    follower.find(queries)
    assert full_count(detector) == 3, "of a camera that is new the frame must be searched"
    follower.find([query(0.25, FACE, camera=camera) for camera in range(3)])
    assert full_count(detector) == 2, "60 ms hold two"
    follower.find([query(0.3, FACE, camera=camera) for camera in range(3)])
    assert full_count(detector) == 1, "the third, which has waited longest"


def test_a_detector_that_gains_nothing_by_windows_searches_in_full() -> None:
    """As one does that enlarges every picture to one size."""

    class Letterbox(WhiteSquares):
        def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
            self.now_s += 0.1 * len(images_bgr)
            self.sizes += [image.shape[1::-1] for image in images_bgr]
            return [self._find(image) for image in images_bgr]

    detector = Letterbox(0)
    follower = Follower(detector, clock=detector.clock)
    for frame in range(10):
        follower.find([query(frame * 0.03, FACE, FACE + 1)])
    assert full_count(detector) == 9, "once it tried the windows"


def test_a_cut_is_searched_in_full_at_once() -> None:
    detector = frame_ms(1000)
    follower = Follower(detector, clock=detector.clock)
    follower.find([query(0.0)])
    follower.find([query(0.03, FACE)])
    assert full_count(detector) == 1
    other = picture((10, 10, 300, 120))
    (found,) = follower.find([query(0.06, FACE, image=other)])
    assert full_count(detector) == 1
    assert found.box_xyxy.tolist() == [[10, 10, 300, 120]]


def test_nothing_is_searched_between_where_nobody_is_known() -> None:
    detector = frame_ms(1000)
    follower = Follower(detector, clock=detector.clock)
    follower.find([query(0.0)])
    (found,) = follower.find([query(0.1)])
    assert (len(found), len(detector.sizes)) == (0, 1)


def test_an_empty_picture_that_stands_still_is_searched_once_a_second() -> None:
    detector = frame_ms(1)
    follower = Follower(detector, clock=detector.clock)
    empty = picture((0, 0, 0, 0))
    for frame in range(40):
        follower.find([query(frame * 0.1, image=empty)])
    assert full_count(detector) == 4


def test_what_comes_into_a_still_picture_is_searched_at_once() -> None:
    detector = frame_ms(1)
    follower = Follower(detector, clock=detector.clock)
    follower.find([query(0.0, image=picture((0, 0, 0, 0)))])
    (found,) = follower.find([query(0.1)])
    assert found.box_xyxy.tolist() == [FACE.tolist()]


def test_a_change_that_waits_for_its_turn_is_not_forgotten() -> None:
    detector = frame_ms(60)
    follower = Follower(detector, clock=detector.clock)
    follower.find([query(0.0, image=picture((0, 0, 0, 0)))])
    (found,) = follower.find([query(0.05)])
    assert len(found) == 0, "60 ms of search are affordable every 180 ms"
    (found,) = follower.find([query(0.2)])
    assert found.box_xyxy.tolist() == [FACE.tolist()]


@pytest.mark.parametrize(
    "box",
    [
        pytest.param((104, 76, 154, 126), id="a little beside"),
        pytest.param((108, 88, 148, 128), id="smaller"),
        pytest.param((0, 0, 44, 50), id="in the corner"),
        pytest.param((280, 195, 320, 240), id="in the other corner"),
        pytest.param((60, 20, 230, 190), id="large"),
    ],
)
def test_a_window_finds_a_face_near_its_place(box: tuple[int, int, int, int]) -> None:
    detector = frame_ms(1000)
    follower = Follower(detector, clock=detector.clock)
    image = picture(box)
    follower.find([query(0.0, image=image)])
    expected = np.array(box, np.float32) + np.array([5, -4, 5, -4], np.float32)
    (found,) = follower.find([query(0.03, expected, image=image)])
    assert full_count(detector) == 1
    assert iou_matrix(found.box_xyxy, np.array([box], np.float32))[0, 0] > 0.85


def test_a_face_that_left_its_window_is_found_by_the_next_search_in_full() -> None:
    detector = frame_ms(1000)
    follower = Follower(detector, clock=detector.clock)
    follower.find([query(0.0)])
    gone = picture((250, 80, 300, 130))
    (found,) = follower.find([query(0.1, FACE, image=gone)])
    assert len(found) == 0
    (found,) = follower.find([query(LONGEST_S, FACE, image=gone)])
    assert found.box_xyxy.tolist() == [[250, 80, 300, 130]]


def test_two_windows_on_one_face_find_it_once() -> None:
    detector = frame_ms(1000)
    follower = Follower(detector, clock=detector.clock)
    follower.find([query(0.0)])
    (found,) = follower.find([query(0.1, FACE, FACE + 6)])
    assert len(found) == 1


def test_a_window_outside_the_picture_is_left_out() -> None:
    detector = frame_ms(1000)
    follower = Follower(detector, clock=detector.clock)
    follower.find([query(0.0)])
    (found,) = follower.find([query(0.1, FACE + 2000)])
    assert (len(found), len(detector.sizes)) == (0, 1)


def test_the_windows_of_all_cameras_share_a_call_and_keep_their_cameras() -> None:
    detector = frame_ms(1000)
    follower = Follower(detector, clock=detector.clock)
    right = FACE + np.array([60, 0, 60, 0], np.float32)
    images = [picture(FACE), picture(right)]
    follower.find([query(0.0, image=images[c], camera=c) for c in (0, 1)])
    expected = [FACE, right]
    found = follower.find([query(0.1, expected[c], image=images[c], camera=c) for c in (0, 1)])
    assert np.allclose(found[0].box_xyxy, FACE, atol=3)
    assert np.allclose(found[1].box_xyxy, right, atol=3)


def test_a_camera_that_was_forgotten_starts_over() -> None:
    detector = frame_ms(1000)
    follower = Follower(detector, clock=detector.clock)
    follower.find([query(0.0)])
    follower.forget(0)
    follower.find([query(0.01, FACE)])
    assert full_count(detector) == 2


def test_a_cost_falls_at_once_and_rises_slowly() -> None:
    cost = Cost()
    assert cost.of(5) == 0.0
    cost.learn(3.0, 1)  # the first call of a network
    cost.learn(0.2, 2)
    assert cost.of(1) == pytest.approx(0.1)
    cost.learn(1.1, 1)
    assert cost.of(1) == pytest.approx(0.2)


@pytest.mark.data
def test_a_real_face_is_followed_through_a_clip_as_well_as_by_full_searches(data: Path) -> None:
    """Signer A with dlib's HOG: of the faces that a search in full finds, windows lose none, with
    one search in full in ten frames."""
    capture = cv2.VideoCapture(str(data / "video" / "signers.mp4"))
    read = [np.asarray(capture.read()[1], np.uint8) for _ in range(363)]
    frames = read[345:]
    capture.release()
    detector, tracker = HogDetector(1), Tracker()
    follower = Follower(detector, longest_s=0.3, clock=iter(np.arange(0, 9e6, 1000.0)).__next__)
    found_in_full = 0
    for index, image in enumerate(frames):
        time_s = index / 30
        expected = tuple(tracker.predict(time_s).values())
        (windows,) = follower.find([FrameQuery("door", image, time_s, expected)])
        tracks = [*tracker.update(windows, image, time_s), *tracker.held(image, time_s)]
        assert [track.id for track in tracks] == [1]
        if index % 3 == 0:
            (full,) = detector.detect([image])
            found_in_full += len(full)
            boxes = np.array([track.box_xyxy for track in tracks], np.float32).reshape(-1, 4)
            assert iou_matrix(full.box_xyxy, boxes).max(axis=1, initial=0).min(initial=1) >= 0.5
    assert found_in_full >= 5


def in_shadow(level: int) -> Image:
    """A square of this level in a dark room; corrected light makes 132 of 60, and 43 of 5."""
    image = np.full((HIGH, WIDE, 3), 5, np.uint8)
    x0, y0, x1, y1 = (int(edge) for edge in FACE)
    image[y0:y1, x0:x1] = level
    return image


def test_a_face_in_shadow_is_found_by_a_second_look_and_followed_through_windows() -> None:
    detector = frame_ms(30)
    follower = Follower(detector, clock=detector.clock)
    (found,) = follower.find([query(0.0, image=in_shadow(60))])
    assert found.box_xyxy.tolist() == [FACE.tolist()]
    assert full_count(detector) == 2
    (found,) = follower.find([query(0.03, FACE, image=in_shadow(60))])
    assert full_count(detector) == 0
    assert found.box_xyxy[0] == pytest.approx(FACE, abs=3)


def test_a_dark_room_in_which_something_moves_is_looked_at_twice_a_twentieth_of_the_time() -> None:
    detector = frame_ms(10)
    follower = Follower(detector, clock=detector.clock)
    for frame in range(100):
        follower.find([query(frame * 0.04, image=in_shadow(5 + 15 * (frame % 2)))])
    # 100 first looks of 10 ms; a second one every 200 ms of the 4 s
    assert full_count(detector) == pytest.approx(100 + 20, abs=2)


def test_a_bright_picture_and_one_that_shows_everybody_are_looked_at_once() -> None:
    detector = frame_ms(10)
    follower = Follower(detector, clock=detector.clock)
    follower.find([query(0.0)])
    follower.find([query(0.04, FACE, image=in_shadow(160))])
    assert full_count(detector) == 2
