"""The annotated picture while it is fresh, else the plain one, and that at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from lookout.edge.frame import Frame
from lookout.edge.freshness import QUICKEST_LIMIT_S, SLOWEST_LIMIT_S, Freshness
from lookout.edge.slot import Slot
from lookout.edge.view import View
from lookout.wire.records import Face, FaceState, Overlay, Result
from tests.support.edge_fakes import picture, portrait_jpeg

EILEEN = Face((160.0, 60.0, 300.0, 200.0), FaceState.KNOWN, "Eileen", 0.31, 1)
ANNOTATED = picture(1000)
WAIT_S = 2.0


class Scene:
    """A view with its camera and its server in the test's hands."""

    def __init__(self, overlay: Overlay = Overlay.SERVER) -> None:
        self.camera: Slot[Frame] = Slot()
        self.online = True
        self.later_s = 0.0
        self.wall_s = time.time()
        self.view = View(self.camera, lambda: self.online, overlay, self.now)
        self.view.start()
        self.number = 0

    def now(self) -> float:
        return time.monotonic() + self.later_s

    def film(self) -> Frame:
        self.number += 1
        frame = Frame(picture(self.number), self.number, self.wall_s, self.now())
        self.camera.put(frame)
        return frame

    def answer(self, frame: Frame, jpeg: bytes = ANNOTATED, *faces: Face) -> None:
        result = Result("door", frame.number, frame.captured_at, faces)
        self.view.on_result(result, jpeg, frame.taken_s)

    def shown_after(self, seen: int) -> tuple[int, Frame]:
        shown = self.view.pictures.wait(seen, WAIT_S)
        assert shown is not None, "nothing new was shown"
        return shown


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    yield scene
    scene.view.stop()
    assert not scene.view.alive


def test_without_a_server_every_picture_is_the_cameras_own(scene: Scene) -> None:
    scene.online = False
    seen = 0
    for _ in range(5):
        frame = scene.film()
        seen, shown = scene.shown_after(seen)
        assert shown.jpeg is frame.jpeg
    assert not scene.view.status().recognising


def test_while_answers_are_fresh_only_annotated_pictures_are_shown(scene: Scene) -> None:
    scene.film()
    seen, shown = scene.shown_after(0)
    for _ in range(3):
        scene.answer(scene.film(), ANNOTATED, EILEEN)
        seen, shown = scene.shown_after(seen)
    scene.film()
    assert scene.view.pictures.wait(seen, 0.2) is None, "a plain picture came between"
    assert shown.jpeg is ANNOTATED
    assert scene.view.status().faces == (EILEEN,)
    assert scene.view.status().recognising


def test_when_a_server_falls_silent_the_plain_picture_is_back_within_a_second(
    scene: Scene,
) -> None:
    scene.answer(scene.film())
    silent_since = time.monotonic()
    stop = threading.Event()

    def keep_filming() -> None:
        while not stop.wait(0.03):
            scene.film()

    camera = threading.Thread(target=keep_filming)
    camera.start()
    try:
        seen = 0
        while (shown := scene.shown_after(seen))[1].jpeg == ANNOTATED or shown[1].number < 3:
            seen = shown[0]
        took_s = time.monotonic() - silent_since
        first = shown[1].number
        while shown[1].number < first + 10:
            shown = scene.shown_after(shown[0])
            assert shown[1].jpeg != ANNOTATED
    finally:
        stop.set()
        camera.join()
    assert 0.3 < took_s < 1.0


def test_when_the_link_says_that_the_server_is_gone_the_very_next_picture_is_plain(
    scene: Scene,
) -> None:
    scene.answer(scene.film(), ANNOTATED, EILEEN)
    seen = scene.shown_after(0)[0]
    assert scene.view.status().faces == (EILEEN,)
    scene.online = False
    frame = scene.film()
    while (shown := scene.shown_after(seen))[1].number < frame.number:
        seen = shown[0]
    assert shown[1].jpeg is frame.jpeg
    assert scene.view.status().faces == ()


def test_an_answer_to_an_old_frame_is_not_shown(scene: Scene) -> None:
    old = Frame(picture(1), 1, time.time(), time.monotonic() - 30)
    scene.answer(old)
    frame = scene.film()
    assert scene.shown_after(0)[1].jpeg is frame.jpeg


def test_a_result_for_a_dropped_frame_changes_nothing(scene: Scene) -> None:
    frame = scene.film()
    result = Result("door", frame.number, frame.captured_at, dropped=True)
    scene.view.on_result(result, b"", frame.taken_s)
    assert not scene.view.status().recognising


def test_with_the_edge_overlay_the_newest_faces_are_drawn_on_every_plain_picture() -> None:
    scene = Scene(Overlay.EDGE)
    try:
        scene.answer(scene.film(), b"", EILEEN)
        seen, shown = 0, None
        for _ in range(3):
            frame = scene.film()
            while shown is None or shown.number < frame.number:
                seen, shown = scene.shown_after(seen)
            drawn = cv2.imdecode(np.frombuffer(shown.jpeg, np.uint8), cv2.IMREAD_COLOR)
            plain = cv2.imdecode(np.frombuffer(portrait_jpeg(), np.uint8), cv2.IMREAD_COLOR)
            assert drawn is not None
            assert plain is not None
            change = np.abs(drawn.astype(int) - plain.astype(int)).max(axis=2)
            assert change[55:66, 170:290].max() > 60, "the upper side of the face's frame"
            assert change[350:, :].max() < 60, "nothing is drawn elsewhere"
        scene.answer(scene.film(), b"")
        frame = scene.film()
        assert shown is not None
        assert frame is not None
        while shown.number < frame.number:
            seen, shown = scene.shown_after(seen)
        assert shown.jpeg is frame.jpeg, "with nobody in view nothing is compressed again"
    finally:
        scene.view.stop()


def test_a_server_that_sends_a_crowd_does_not_hold_the_picture_up() -> None:
    scene = Scene(Overlay.EDGE)
    crowd = [
        Face((x := n * 37 % 480, y := n * 53 % 480, x + 30, y + 30), FaceState.KNOWN, f"{n}" * 20)
        for n in range(1800)
    ]
    try:
        scene.answer(scene.film(), b"", *crowd)
        seen = scene.view.pictures.newest()
        began = time.monotonic()
        frame = scene.film()
        while seen is None or seen[1].number < frame.number:
            seen = scene.shown_after(0 if seen is None else seen[0])
        assert time.monotonic() - began < 1.5
        assert len(scene.view.status().faces) == 200
    finally:
        scene.view.stop()


def test_all_viewers_of_a_picture_share_one_piece_of_memory(scene: Scene) -> None:
    scene.film()
    scene.shown_after(0)
    first, second = scene.view.parts.wait(0, WAIT_S), scene.view.parts.wait(0, WAIT_S)
    assert first is not None
    assert second is not None
    assert first[1] is second[1]


def test_the_limit_follows_a_slow_server_up_to_a_bound() -> None:
    freshness = Freshness()
    assert freshness.limit_s == pytest.approx(QUICKEST_LIMIT_S)
    now = 100.0
    for _ in range(40):
        now += 0.5
        freshness.answered(taken_s=now - 0.5, now=now)
    assert freshness.limit_s == pytest.approx(1.5, abs=0.01)
    assert freshness.is_live(now + 0.9)
    assert not freshness.is_live(now + 1.1)
    for _ in range(40):
        now += 3.0
        assert not freshness.answered(taken_s=now - 3.0, now=now)
    assert freshness.limit_s == SLOWEST_LIMIT_S


def test_a_clock_that_jumps_makes_the_picture_plain_only_until_the_next_answer() -> None:
    freshness = Freshness()
    assert freshness.answered(taken_s=100.0, now=100.1)
    assert not freshness.is_live(5_000_000.0)
    assert freshness.answered(taken_s=5_000_000.0, now=5_000_000.1)


@pytest.mark.parametrize("jump_s", [-50 * 365 * 86400.0, 3 * 365 * 86400.0])
def test_a_wall_clock_that_jumps_changes_nothing(scene: Scene, jump_s: float) -> None:
    scene.answer(scene.film(), ANNOTATED, EILEEN)
    assert scene.view.status().recognising
    scene.wall_s += jump_s
    frame = scene.film()
    assert scene.view.status().recognising
    scene.answer(frame, ANNOTATED, EILEEN)
    assert scene.view.status().recognising
    assert scene.view.status().faces == (EILEEN,)


def test_a_camera_that_stops_does_not_look_like_a_slow_server(
    scene: Scene,
) -> None:
    frame = scene.film()
    scene.answer(frame, ANNOTATED, EILEEN)
    assert scene.view.status().recognising

    scene.later_s = 2 * QUICKEST_LIMIT_S

    assert scene.view.status().recognising, "the server was blamed for a silent camera"
    scene.film()
    assert not scene.view.status().recognising, "its answer to a new picture is overdue"
