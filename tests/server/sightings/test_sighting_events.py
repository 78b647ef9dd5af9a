"""A stay is told when it begins, while it goes on, and when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lookout.faces.decision.decide import Decision, State
from lookout.server.sightings.sighting_writer import END_AFTER_S, MERGE_S
from lookout.server.storage.records import Event
from lookout.server.storage.sqlite.store import open_store
from tests.server.sightings.test_tracks import ADA, BOOT_S, NOBODY, Camera1, axis


@pytest.fixture
def camera(tmp_path: Path) -> Iterator[Camera1]:
    with open_store(tmp_path / "data", {}) as store:
        yield Camera1(store)


def events(camera: Camera1, after: int = 0) -> list[Event]:
    return list(camera.store.events.since(after, 100))


def kinds(camera: Camera1) -> list[str]:
    return [event.kind for event in events(camera)]


def test_a_stay_has_a_beginning_and_an_end_and_its_updates_do_not_pile_up(camera: Camera1) -> None:
    ada = camera.enrol("Ada")
    camera.stays(1, ADA, 100.0, 160.0)
    began, updated = events(camera)
    assert (began.kind, began.at_s, began.person) == ("sighting.began", BOOT_S + 100.0, ada)
    assert (updated.kind, updated.person) == ("sighting.updated", ada)
    assert updated.number > 3  # the updates before it made room
    camera.write(165.0)
    camera.book.end_silent(BOOT_S + 160.0 + END_AFTER_S)
    assert kinds(camera) == ["sighting.began", "sighting.updated"]
    camera.book.end_silent(BOOT_S + 160.1 + END_AFTER_S)
    began, ended = events(camera)
    assert (ended.kind, ended.at_s, ended.sighting) == (
        "sighting.ended",
        BOOT_S + 160.0,
        began.sighting,
    )
    camera.book.end_silent(BOOT_S + 1e6)
    assert len(events(camera)) == 2


def test_a_face_that_is_still_there_has_no_end_however_still_it_is(camera: Camera1) -> None:
    camera.enrol("Ada")
    camera.stays(1, ADA, 100.0, 104.0)
    camera.book.end_silent(BOOT_S + 1e6)
    assert "sighting.ended" not in kinds(camera)


def test_a_track_that_continues_a_sighting_updates_it(camera: Camera1) -> None:
    camera.enrol("Ada")
    camera.stays(1, ADA, 100.0, 104.0)
    camera.stays(2, ADA, 100.0 + MERGE_S, 104.0 + MERGE_S)
    assert kinds(camera) == ["sighting.began", "sighting.updated"]
    assert len({event.sighting for event in events(camera)}) == 1


def test_a_stranger_is_told_as_such_once(camera: Camera1) -> None:
    camera.stays(1, NOBODY, 100.0, 104.0, face=axis(5))
    camera.stays(2, NOBODY, 500.0, 504.0, face=axis(5, way=0.2))
    first, unknown, second = [one for one in events(camera) if one.kind != "sighting.updated"]
    assert [one.kind for one in (first, unknown, second)] == [
        "sighting.began",
        "unknown.began",
        "sighting.began",
    ]
    assert first.cluster == unknown.cluster == second.cluster
    assert first.cluster is not None


def test_somebody_who_is_recognized_later_is_told_as_an_update_of_the_same_sighting(
    camera: Camera1,
) -> None:
    ada = camera.enrol("Ada")
    camera.stays(1, NOBODY, 100.0, 102.0)
    camera.stays(1, ADA, 102.5, 104.0)
    told = [(one.kind, one.person, one.old_kind) for one in events(camera)]
    assert told == [
        ("sighting.began", None, "unknown_seen"),
        ("unknown.began", None, ""),
        ("sighting.updated", ada, "person_seen"),
    ]
    assert len({one.sighting for one in events(camera)}) == 1


def test_the_similarity_is_told_of_whoever_is_named(camera: Camera1) -> None:
    camera.enrol("Ada")
    sure = Decision(State.KNOWN, name="Ada", nearest="Ada", chance=0.0005, allowed=0.01)
    camera.stays(1, sure, 100.0, 104.0)
    assert events(camera)[0].detail["similarity"] == pytest.approx(1 - 0.19 * 0.05)


def test_what_a_killed_server_left_open_is_ended_by_the_next(tmp_path: Path) -> None:
    with open_store(tmp_path / "data", {}) as store:
        camera = Camera1(store)
        camera.enrol("Ada")
        camera.stays(1, ADA, 100.0, 104.0)
    with open_store(tmp_path / "data", {}) as store:
        after = Camera1(store)
        after.book.end_silent(BOOT_S + 110.0)
        assert "sighting.ended" not in kinds(after)
        after.book.end_silent(BOOT_S + 200.0)
        assert kinds(after)[-1] == "sighting.ended"
        assert kinds(after).count("sighting.ended") == 1


def test_a_server_that_ends_ends_every_sighting(camera: Camera1) -> None:
    camera.enrol("Ada")
    camera.stays(1, ADA, 100.0, 104.0)
    camera.book.end_all()
    assert kinds(camera)[-1] == "sighting.ended"


def test_a_sighting_that_somebody_deleted_has_no_end_and_leaves_no_event(camera: Camera1) -> None:
    camera.enrol("Ada")
    camera.stays(1, ADA, 100.0, 104.0)
    camera.store.sightings.delete([one.id for one in camera.store.sightings.page(5).items])
    camera.book.end_all()
    assert events(camera) == []
