"""What is counted when two ways of recognising are compared, worked out by hand."""

from __future__ import annotations

import numpy as np

from benchmarks.accuracy.agreement import Agreement, Seen, compare, wrong_names

HERE, THERE = (0, 0, 100, 100), (300, 0, 400, 100)
NEAR_HERE = (20, 0, 120, 100)  # intersection 80 of union 120
FAR_FROM_HERE = (50, 0, 150, 100)  # intersection 50 of union 150


def seen(*faces: tuple[tuple[int, ...], str | None]) -> Seen:
    boxes = np.array([box for box, _ in faces], np.float32).reshape(-1, 4)
    return Seen(boxes, tuple(name for _, name in faces))


def test_faces_at_the_same_place_are_shared_and_their_names_compared() -> None:
    reference = [seen((HERE, "Ada"), (THERE, "Bob")), seen((HERE, "Ada")), seen((HERE, None))]
    other = [seen((THERE, "Bob"), (NEAR_HERE, "Bob")), seen((HERE, None)), seen((HERE, "Ada"))]
    assert compare(reference, other) == Agreement(
        reference=4, shared=4, extra=0, renamed=1, unnamed=1
    )


def test_a_face_elsewhere_is_missed_by_one_and_extra_in_the_other() -> None:
    result = compare([seen((HERE, "Ada"))], [seen((FAR_FROM_HERE, "Ada"))])
    assert (result.shared, result.extra, result.recall) == (0, 1, 0.0)


def test_two_boxes_on_one_face_are_one_shared_and_one_extra() -> None:
    result = compare([seen((HERE, None))], [seen((HERE, None), (NEAR_HERE, None))])
    assert (result.shared, result.extra) == (1, 1)


def test_frames_without_faces_add_nothing() -> None:
    assert compare([seen(), seen((HERE, None))], [seen(), seen()]) == Agreement(1, 0, 0, 0, 0)


def test_a_name_is_wrong_where_another_person_is_and_where_nobody_is_judged_it_does_not_count() -> (
    None
):
    of_clip = {
        3: seen((HERE, "Ada")),
        4: seen((HERE, "Bob"), (THERE, None)),
        9: seen((HERE, "Bob")),
    }
    assert wrong_names(of_clip, {3: "Ada", 4: "Ada"}) == 1
