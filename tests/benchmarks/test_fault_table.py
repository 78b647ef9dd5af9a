"""What the fault table makes of what its viewer saw, on timelines made by hand."""

from __future__ import annotations

import math

import pytest

from benchmarks.system.faults.engine import _banner, _longest, _plain, _rate
from benchmarks.system.faults.viewer import OFFLINE, TOO_SLOW, Picture, Status, banner_of, is_named
from lookout.edge.cameras.demo import portrait, view_at
from lookout.edge.cameras.jpeg import to_jpeg
from lookout.overlay import draw_faces
from lookout.wire.records import Face, FaceState

BOX = (250.0, 100.0, 420.0, 300.0)


def test_a_known_face_on_the_picture_is_told_from_an_unknown_one_and_from_none() -> None:
    for moment_s in (0.0, 7.5, 15.0, 22.5):
        plain = view_at(portrait(), moment_s)
        known, unknown = plain.copy(), plain.copy()
        draw_faces(known, [Face(BOX, FaceState.KNOWN, "Eileen Collins", 0.31)])
        draw_faces(unknown, [Face(BOX, FaceState.UNKNOWN)])
        seen = [is_named(to_jpeg(picture)) for picture in (plain, known, unknown)]
        assert seen == [False, True, False]


def test_the_plain_picture_counts_from_when_no_named_one_follows() -> None:
    flicker = [(10.1, True), (10.2, False), (10.3, True), (10.5, False), (10.6, False)]
    plain_s, plain = _plain([Picture(*seen) for seen in flicker], struck_s=10.0)
    assert plain_s == pytest.approx(0.5)
    assert [picture.at_s for picture in plain] == [10.5, 10.6]
    assert _rate(plain) == pytest.approx(10.0)


def test_a_plain_picture_that_never_comes_is_never() -> None:
    assert _plain([Picture(10.1, True)], struck_s=10.0) == (math.inf, [])


def test_the_banner_counts_from_when_it_stays_and_a_camera_needs_one_of_its_own() -> None:
    words = [(10.1, ""), (10.3, TOO_SLOW), (10.6, OFFLINE), (14.0, "the camera is gone")]
    statuses = [Status(at_s, banner, (), 25.0) for at_s, banner in words]
    after_s, banner = _banner(statuses, 10.0, camera=False)
    assert banner == TOO_SLOW
    assert after_s == pytest.approx(0.3)
    after_s, banner = _banner(statuses, 10.0, camera=True)
    assert banner == "the camera is gone"
    assert after_s == pytest.approx(4.0)


def test_a_gap_at_either_end_counts() -> None:
    assert _longest([1.5, 2.0], start_s=0.0, end_s=2.1) == pytest.approx(1.5)
    assert _longest([], start_s=0.0, end_s=2.0) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("camera", "online", "recognising", "banner"),
    [
        (False, True, True, "gone"),
        (True, False, False, OFFLINE),
        (True, True, False, TOO_SLOW),
        (True, True, True, ""),
    ],
)
def test_the_banner_is_the_pages(
    camera: bool, online: bool, recognising: bool, banner: str
) -> None:
    status = {
        "camera": {"ok": camera, "words": "gone"},
        "server": {"online": online},
        "view": {"recognising": recognising},
    }
    assert banner_of(status) == banner
