"""Tracks become a timeline: times, joins and strangers worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lookout.faces.decision.decide import Decision, State
from lookout.faces.photo.quality import FaceView
from lookout.server.recognize.timeline import Timeline, timeline_of
from lookout.server.recognize.timeline_plot import (
    HEAD_PX,
    MOST_LINES,
    ROW_PX,
    WIDTH_PX,
    clock,
    timeline_picture,
)
from lookout.server.recognize.track_log import BestShot, TrackSeen
from tests.support.api import encoded

NEAR = 0.4


def track(
    number: int,
    first_s: float,
    last_s: float,
    name: str | None = None,
    *,
    state: State | None = None,
    nearest: str | None = None,
    at: float = 0.0,
    looks: int = 5,
    weight_px: float = 50.0,
) -> TrackSeen:
    """`at`: where the face lies on a line of faces, in distances."""
    state = state or (State.KNOWN if name else State.UNKNOWN)
    return TrackSeen(
        id=number,
        first_s=first_s,
        last_s=last_s,
        observations=looks,
        decision=Decision(state, name=name, nearest=nearest, distance=0.3),
        encoding=np.array([at, 0.0], np.float32),
        shot=BestShot(
            first_s, (0.0, 0.0, 9.0, 9.0), FaceView(weight_px, 100.0, 50.0, 1.0), f"{number}"
        ),
    )


def told(timeline: Timeline) -> list[tuple[str, list[tuple[float, float]]]]:
    return [
        (line.who, [(one.first_s, one.last_s) for one in line.stretches]) for line in timeline.lines
    ]


def of(*tracks: TrackSeen) -> Timeline:
    return timeline_of(tracks, near=NEAR, join_s=2.0, apart_s=0.2)


def test_two_tracks_of_one_person_close_in_time_are_one_stretch() -> None:
    timeline = of(track(1, 0, 4, "Ada"), track(2, 5.5, 8, "Ada"), track(3, 11, 12, "Ada"))
    assert told(timeline) == [("Ada", [(0, 8), (11, 12)])]
    (line,) = timeline.lines
    assert [one.tracks for one in line.stretches] == [(1, 2), (3,)]
    assert line.seen_s == 9


def test_a_track_inside_another_does_not_shorten_the_stretch() -> None:
    timeline = of(track(1, 0, 10, "Ada"), track(2, 2, 3, "Ada"), track(3, 11, 12, "Ada"))
    assert told(timeline) == [("Ada", [(0, 12)])]


def test_people_with_a_name_come_first_each_group_by_when_they_came() -> None:
    timeline = of(
        track(1, 0, 1), track(2, 2, 3, state=State.UNSURE, nearest="Ada"), track(3, 5, 6, "Bo")
    )
    assert [line.who for line in timeline.lines] == ["Bo", "Ada?", "Unknown 1"]
    assert [line.name for line in timeline.lines] == ["Bo", None, None]


def test_a_stranger_who_comes_again_is_one_stranger() -> None:
    timeline = of(track(1, 0, 1, at=0.0), track(2, 10, 11, at=2.0), track(3, 20, 21, at=0.3))
    assert told(timeline) == [("Unknown 1", [(0, 1), (20, 21)]), ("Unknown 2", [(10, 11)])]


def test_two_strangers_seen_side_by_side_are_two_however_alike() -> None:
    timeline = of(track(1, 0, 5, at=0.0), track(2, 3, 8, at=0.1))
    assert [line.who for line in timeline.lines] == ["Unknown 1", "Unknown 2"]


def test_a_nameless_face_of_a_moment_is_left_out_and_counted() -> None:
    timeline = of(track(1, 0, 0, looks=1), track(2, 3, 3, "Ada", looks=1))
    assert told(timeline) == [("Ada", [(3, 3)])]
    assert timeline.fleeting == 1


def test_the_best_shot_of_a_line_is_its_best_view() -> None:
    timeline = of(track(1, 0, 1, "Ada", weight_px=40), track(2, 9, 9, "Ada", weight_px=90))
    assert timeline.lines[0].shot.crop == "2"


def test_clocks_have_hours_only_where_there_are_any() -> None:
    assert [clock(s) for s in (0, 7.4, 61, 3599, 3600, 36_061)] == [
        "0:00", "0:07", "1:01", "59:59", "1:00:00", "10:01:01",
    ]  # fmt: skip


GREY = encoded(np.full((40, 30, 3), 128, np.uint8))


def test_bars_stand_where_people_were_seen() -> None:
    picture = timeline_picture("door.mp4", of(track(1, 25, 50, "Ada")), 100.0, lambda _: GREY)
    assert picture.shape[1] == WIDTH_PX
    green = (picture.astype(int) - (150, 200, 30)).__abs__().max(axis=2) < 12
    columns = np.flatnonzero(green[HEAD_PX + ROW_PX // 2, 330:]) + 330
    left, right = 328, 1228  # the ends of the axis
    assert abs(columns.min() - (left + 0.25 * (right - left))) <= 2
    assert abs(columns.max() - (left + 0.50 * (right - left))) <= 2


def test_a_crowd_and_an_empty_video_have_pictures_of_bounded_size() -> None:
    def height(tracks: Sequence[TrackSeen]) -> int:
        return len(timeline_picture("a", of(*tracks), 1e6, lambda _: GREY))

    crowd = [track(n, n, n + 0.5, f"Person {n}") for n in range(MOST_LINES + 40)]
    assert height(crowd) < HEAD_PX + (MOST_LINES + 1) * ROW_PX
    assert height([]) > 0
