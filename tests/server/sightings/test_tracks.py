"""Tracks become sightings: one for a stay, whatever flickers; by whom, and of which stranger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.support.waiting import wait_until
from lookout.faces.decision.decide import NOT_SEEN_YET, Decision, Probe, State
from lookout.faces.decision.liveness_demand import LivenessDemand, with_liveness
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Floats, Image
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.liveness.verdict import verdict_on
from lookout.faces.photo.quality import FaceView
from lookout.faces.tracking.tracker import Track
from lookout.server.events.types import EventType
from lookout.server.gallery.people_snapshot import PeopleSnapshot
from lookout.server.live.camera_board import ConnectedCamera
from lookout.server.live.frame_job import FrameJob, Source
from lookout.server.sightings.camera_log import CameraLog
from lookout.server.sightings.recorder import Recorder
from lookout.server.sightings.sighting_writer import MERGE_S, SightingWriter
from lookout.server.sightings.unknown_clusters import UnknownClusters
from lookout.server.sightings.watcher import MAX_TRACKS, REFRESH_S, PendingWrite, Watcher
from lookout.server.storage.errors import StorageError
from lookout.server.storage.records import REJECTED, REJECTED_AT, Event, Person, Sighting
from lookout.server.storage.sqlite.store import SqliteStore, open_store
from lookout.wire.records import FrameInfo

BOOT_S = 1_700_000_000.0
"""The Unix time at which the tests' monotonic clock was 0."""
DOOR = Source(1, "door")
PICTURE: Image = np.full((300, 400, 3), 90, np.uint8)
NOBODY = Decision(State.UNKNOWN)
ADA = Decision(State.KNOWN, name="Ada", nearest="Ada", distance=0.3, votes={"Ada": 1.0})


def axis(number: int, *, way: float = 0.0, to: int = 127) -> Floats:
    """An encoding along an axis, or a part of the way to another one: at a distance of about 1.4
    times that part."""
    one = np.eye(128, dtype=np.float32)
    return np.asarray((1 - way) * one[number] + way * one[to], np.float32)


def view(sharpness: float) -> FaceView:
    return FaceView(112.0, 120.0, 40.0, sharpness)


def track(
    number: int,
    now_s: float,
    *,
    born_s: float = 100.0,
    looks: int = 1,
    face: Floats | None = None,
) -> Track:
    """A track that was encoded so often."""
    box = np.array([100, 100, 200, 200], np.float32)
    encoding = axis(0) if face is None else face
    probes = tuple(Probe(encoding, 1.0, born_s + 0.1 * look) for look in range(looks))
    return Track(number, box, view(0.5), born_s, now_s, probes)


class Camera1:
    """Shows faces to a watcher and has a recorder's work done by hand."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.people: dict[str, str] = {}
        self.areas: dict[float, set[str]] = {}
        self.now_s = 0.0
        self.watcher = Watcher(lambda monotonic_s: BOOT_S + monotonic_s, self._areas_at)
        rule = Rule.for_encoder("dlib-128", 0.6)
        self.strangers = UnknownClusters(store, "dlib-128", rule)
        self.book = SightingWriter(store, "dlib-128", self._known, self.strangers, self.decide)
        self.now_known: Decision = NOT_SEEN_YET

    def decide(self, _: object) -> Decision:
        """What would be decided at the time of writing; nothing else than before, unless said."""
        return self.now_known

    def _known(self) -> PeopleSnapshot:
        empty = Gallery.empty("dlib-128", 128)
        return PeopleSnapshot(empty, empty, {}, ids=self.people)

    def enrol(self, name: str) -> str:
        person = Person(f"id of {name}", name, 1.0)
        self.store.people.add(person)
        self.people[name] = person.id
        return person.id

    def stays(
        self,
        track: int,
        decision: Decision,
        from_s: float,
        to_s: float,
        *,
        face: Floats | None = None,
        sharpness: float = 0.5,
        source: Source = DOOR,
        step_s: float = 0.5,
    ) -> None:
        """The track is in every frame of this time, and what is due is written as it comes."""
        probe = Probe(axis(0) if face is None else face, 1.0, from_s)
        for now_s in np.arange(from_s, to_s + 1e-9, step_s):
            seen = Track(
                track,
                np.array([100, 100, 200, 200], np.float32),
                view(sharpness),
                from_s,
                float(now_s),
                (probe,),
            )
            self.frame([seen], [decision], float(now_s), source)
            self.write(float(now_s))

    def frame(
        self, tracks: list[Track], decisions: list[Decision], now_s: float, source: Source = DOOR
    ) -> None:
        job = FrameJob(source, FrameInfo(source.camera, 1, 0.0), b"", now_s)
        self.watcher.saw(job, PICTURE, tracks, decisions)

    def _areas_at(self, _camera: str, _box: object) -> frozenset[str]:
        """Those of the latest time in `areas` that has come."""
        begun = [at_s for at_s in self.areas if at_s <= self.now_s]
        return frozenset(self.areas[max(begun)] if begun else ())

    def write(self, now_s: float) -> int:
        self.now_s = now_s
        taken = self.watcher.take(now_s)
        for due in taken:
            self.book.write(due)
        return len(taken)

    def sightings(self) -> tuple[Sighting, ...]:
        """Those that are over once ten seconds have passed; the earliest first."""
        self.write(1e9)
        return tuple(sorted(self.store.sightings.page(100).items, key=lambda one: one.first_s))


@pytest.fixture
def camera(tmp_path: Path) -> Iterator[Camera1]:
    with open_store(tmp_path / "data", {}) as store:
        yield Camera1(store)


def kinds(store: SqliteStore) -> list[str]:
    """The old kinds of those events that have one, and suspicions, the oldest first."""
    kept = [event.old_kind or event.kind for event in store.events.since(0, 100)]
    return [kind for kind in kept if "." not in kind or kind == EventType.LIVENESS_SUSPECTED]


def test_a_sighting_remembers_every_zone_in_which_the_face_was(camera: Camera1) -> None:
    camera.enrol("Ada")
    camera.areas = {0.0: set(), 103.0: {"zon_desk"}, 106.0: {"zon_desk", "zon_door"}, 109.0: set()}
    camera.stays(1, ADA, 100.0, 112.0)
    (sighting,) = camera.sightings()
    assert sighting.zones == ("zon_desk", "zon_door")


def test_a_stay_of_ten_minutes_is_one_sighting_from_first_to_last(camera: Camera1) -> None:
    ada = camera.enrol("Ada")
    camera.stays(1, ADA, 100.0, 700.0)
    (sighting,) = camera.sightings()
    assert (sighting.first_s, sighting.last_s) == (BOOT_S + 100.0, BOOT_S + 700.0)
    assert (sighting.person, sighting.state, sighting.camera) == (ada, "known", "door")
    assert sighting.distance == pytest.approx(0.3)
    assert sighting.encoding is not None
    np.testing.assert_array_equal(sighting.encoding, axis(0))
    assert camera.store.sightings.image(sighting.id)[:2] == b"\xff\xd8"
    assert kinds(camera.store) == ["person_seen"]


def test_a_crash_loses_at_most_the_time_since_the_last_refresh(camera: Camera1) -> None:
    camera.enrol("Ada")
    camera.stays(1, ADA, 100.0, 160.0)
    (written,) = camera.store.sightings.page(10).items  # nobody has told the recorder to end
    assert written.last_s >= BOOT_S + 160.0 - REFRESH_S


def test_a_face_that_flickers_is_one_sighting_and_one_that_comes_back_later_two(
    camera: Camera1,
) -> None:
    camera.enrol("Ada")
    for track, from_s in enumerate((100.0, 110.0, 120.0, 130.0)):
        camera.stays(track, ADA, from_s, from_s + 4.0)
    camera.stays(9, ADA, 134.0 + MERGE_S + 5.0, 175.0 + MERGE_S)
    first, second = camera.sightings()
    assert (first.first_s, first.last_s) == (BOOT_S + 100.0, BOOT_S + 134.0)
    assert first.detail["tracks"] == 4
    assert second.first_s == BOOT_S + 139.0 + MERGE_S
    assert kinds(camera.store) == ["person_seen", "person_seen"]


def test_the_same_person_at_two_cameras_is_two_sightings(camera: Camera1) -> None:
    camera.enrol("Ada")
    camera.stays(1, ADA, 100.0, 104.0)
    camera.stays(1, ADA, 106.0, 110.0, source=Source(2, "yard"))
    assert [one.camera for one in camera.sightings()] == ["door", "yard"]


def test_what_the_next_frame_does_not_show_any_more_is_not_recorded(camera: Camera1) -> None:
    camera.stays(1, NOBODY, 100.0, 100.0)
    camera.frame([], [], 100.2)
    assert camera.sightings() == ()


def test_a_camera_of_one_frame_in_three_seconds_is_recorded_as_well(camera: Camera1) -> None:
    ada = camera.enrol("Ada")
    for track in range(5):  # the tracker has given up before the next frame comes
        camera.stays(track, ADA, 100.0 + 3 * track, 100.0 + 3 * track)
    (sighting,) = camera.sightings()
    assert (sighting.person, sighting.last_s - sighting.first_s) == (ada, 12.0)


def test_a_stranger_who_comes_back_has_the_same_cluster_and_another_one_has_not(
    camera: Camera1,
) -> None:
    camera.stays(1, NOBODY, 100.0, 104.0, face=axis(5))
    camera.stays(2, NOBODY, 500.0, 504.0, face=axis(5, way=0.2))
    camera.stays(3, NOBODY, 900.0, 904.0, face=axis(6))
    first, again, other = camera.sightings()
    assert first.cluster is not None
    assert first.cluster == again.cluster
    assert other.cluster not in (None, first.cluster)
    assert {one.person for one in (first, again, other)} == {None}
    assert kinds(camera.store) == ["unknown_seen"] * 3


def test_clusters_are_found_again_after_a_restart(camera: Camera1) -> None:
    camera.stays(1, NOBODY, 100.0, 104.0, face=axis(5))
    camera.write(1e9)
    later = Camera1(camera.store)
    later.stays(1, NOBODY, 500.0, 504.0, face=axis(5, way=0.1))
    first, again = later.sightings()
    assert first.cluster == again.cluster


def test_whoever_has_been_named_is_no_longer_a_stranger_to_join(camera: Camera1) -> None:
    camera.stays(1, NOBODY, 100.0, 104.0, face=axis(5))
    (first,) = camera.sightings()
    assert first.cluster is not None
    assert camera.store.sightings.assign(first.cluster, camera.enrol("The postman")) == 1
    camera.stays(2, NOBODY, 500.0, 504.0, face=axis(5))
    assert camera.sightings()[1].cluster != first.cluster


def test_a_track_that_turns_out_to_be_somebody_known_changes_its_own_sighting(
    camera: Camera1,
) -> None:
    ada = camera.enrol("Ada")
    camera.stays(1, NOBODY, 100.0, 103.0)
    camera.stays(1, ADA, 103.5, 110.0)
    (sighting,) = camera.sightings()
    assert (sighting.person, sighting.cluster, sighting.state) == (ada, None, "known")
    assert sighting.first_s == BOOT_S + 100.0
    assert kinds(camera.store) == ["unknown_seen", "person_seen"]


def test_a_doubtful_moment_takes_no_name_back(camera: Camera1) -> None:
    ada = camera.enrol("Ada")
    camera.stays(1, ADA, 100.0, 103.0)
    camera.stays(1, Decision(State.UNSURE, nearest="Ada"), 103.5, 120.0)
    assert [one.person for one in camera.sightings()] == [ada]


def test_the_clearest_view_is_kept_with_its_encoding(camera: Camera1) -> None:
    camera.stays(1, NOBODY, 100.0, 101.5, sharpness=0.3)
    blurred = camera.store.sightings.page(1).items[0]
    camera.stays(1, NOBODY, 102.0, 113.0, sharpness=0.9)
    camera.stays(1, NOBODY, 113.5, 130.0, sharpness=0.4)
    (sighting,) = camera.sightings()
    assert blurred.quality == pytest.approx(0.3)
    assert sighting.quality == pytest.approx(0.9)
    assert sighting.id == blurred.id


def test_somebody_to_be_ignored_leaves_nothing(camera: Camera1) -> None:
    ignored = Decision(State.UNKNOWN, ignored=True)
    camera.stays(1, ignored, 100.0, 110.0)
    camera.stays(2, NOBODY, 200.0, 203.0, face=axis(3))
    camera.stays(2, ignored, 203.5, 215.0, face=axis(3))
    assert camera.sightings() == ()


def test_what_was_rejected_while_a_track_waited_to_be_written_counts(camera: Camera1) -> None:
    camera.enrol("Ada")
    camera.now_known = Decision(State.UNKNOWN, nearest="Ada")
    camera.stays(1, ADA, 100.0, 100.5)
    (sighting,) = camera.sightings()
    assert (sighting.person, sighting.state) == (None, "unknown")
    camera.now_known = Decision(State.UNKNOWN, ignored=True)
    camera.stays(2, NOBODY, 200.0, 200.5, face=axis(4))
    assert len(camera.sightings()) == 1


def test_what_people_say_of_a_sighting_outlasts_the_track(camera: Camera1) -> None:
    ada, postman = camera.enrol("Ada"), camera.enrol("The postman")
    camera.stays(1, NOBODY, 100.0, 103.0)
    (sighting,) = camera.store.sightings.page(10).items
    assert sighting.cluster is not None
    camera.store.sightings.assign(sighting.cluster, postman)
    camera.stays(1, ADA, 103.5, 120.0)
    (named,) = camera.sightings()
    assert (named.person, named.last_s) == (postman, BOOT_S + 120.0)
    assert ada != postman


def test_a_name_can_be_taken_back_after_it_was_recognized(camera: Camera1) -> None:
    camera.stays(1, NOBODY, 100.0, 103.0)
    (sighting,) = camera.sightings()
    ada = camera.enrol("Ada")
    assert sighting.cluster is not None
    camera.store.sightings.assign(sighting.cluster, ada)
    camera.stays(2, ADA, 105.0, 108.0)
    (named,) = camera.sightings()
    assert (named.person, named.cluster) == (ada, sighting.cluster)
    assert named.last_s == BOOT_S + 108.0


def test_a_rejection_can_be_taken_back_after_the_same_face_has_come_again(camera: Camera1) -> None:
    camera.stays(1, NOBODY, 100.0, 103.0, face=axis(5))
    (sighting,) = camera.sightings()
    said = {REJECTED: "somebody", REJECTED_AT: 5.0}
    camera.store.sightings.update(replace(sighting, detail={**sighting.detail, **said}))
    camera.stays(2, NOBODY, 110.0, 113.0, face=axis(5))
    (again,) = camera.sightings()
    assert again.last_s == BOOT_S + 113.0
    assert again.detail["tracks"] == 2
    assert said.items() <= again.detail.items()


def test_a_sighting_that_was_deleted_is_not_written_again_by_its_track(camera: Camera1) -> None:
    camera.stays(1, NOBODY, 100.0, 103.0)
    (sighting,) = camera.store.sightings.page(10).items
    camera.store.sightings.delete([sighting.id])
    camera.stays(1, NOBODY, 103.5, 130.0)
    assert camera.sightings() == ()


def test_a_track_of_somebody_who_is_forgotten_becomes_one_of_a_stranger(camera: Camera1) -> None:
    camera.enrol("Ada")
    camera.frame([track(1, 100.0)], [ADA], 100.0)
    camera.store.people.delete(camera.people.pop("Ada"))
    (sighting,) = camera.sightings()
    assert (sighting.person, sighting.state) == (None, "unknown")
    assert sighting.cluster is not None
    assert "Ada" not in str(sighting.detail)


def test_whoever_is_forgotten_while_they_are_there_leaves_no_sighting(camera: Camera1) -> None:
    camera.enrol("Ada")
    camera.stays(1, ADA, 100.0, 100.5)
    assert camera.store.sightings.count() == 1
    camera.store.people.delete(camera.people.pop("Ada"))
    camera.stays(1, NOBODY, 101.0, 120.0)
    assert camera.sightings() == ()


def test_no_name_stands_in_the_details_of_a_strangers_sighting(camera: Camera1) -> None:
    ada = camera.enrol("Ada")
    near = Decision(
        State.UNKNOWN,
        nearest="Ada",
        votes={"Ada": 0.2},
        reasons=("only 20% of the votes; 50% are needed", "was said not to be Ada"),
    )
    camera.stays(1, near, 100.0, 104.0)
    (sighting,) = camera.sightings()
    assert sighting.detail["nearest"] == ada
    assert sighting.detail["votes"] == {ada: 0.2}
    assert sighting.detail["reasons"] == ["only 20% of the votes; 50% are needed"]


def test_faces_that_are_held_or_doubted_are_not_taken_for_seen(camera: Camera1) -> None:
    probe = Probe(axis(0), 1.0, 100.0)
    box = np.array([10, 10, 50, 50], np.float32)
    held = Track(1, box, view(0.5), 100.0, 99.9, (probe,))
    doubted = Track(2, box, view(0.5), 100.0, 100.0, (), (probe,))
    for _ in range(5):
        camera.frame([held, doubted], [NOBODY, NOBODY], 100.0)
    assert camera.sightings() == ()


def test_more_faces_than_there_is_room_for_are_counted_and_nothing_waits(camera: Camera1) -> None:
    probe = Probe(axis(0), 1.0, 100.0)
    box = np.array([10, 10, 50, 50], np.float32)
    tracks = [Track(n, box, view(0.5), 100.0, 100.0, (probe,)) for n in range(MAX_TRACKS + 5)]
    camera.frame(tracks, [NOBODY] * len(tracks), 100.0)
    assert camera.watcher.lost == 5
    assert len(camera.watcher.take(100.0)) == 0


STRANGE = Decision(State.UNKNOWN, nearest="Ada", reasons=("too far",))
"""Of a face that is no known one, by the looks so far."""


def test_a_name_is_written_with_the_frame_that_decides_it(camera: Camera1) -> None:
    ada = camera.enrol("Ada")
    assert not camera.watcher.news.is_set()
    camera.frame([track(1, 100.0)], [ADA], 100.0)
    assert camera.watcher.news.is_set()
    assert camera.write(100.0) == 1
    assert [one.person for one in camera.store.sightings.page(5).items] == [ada]
    camera.frame([], [], 100.2)  # a named face is no false alarm
    assert [one.person for one in camera.sightings()] == [ada]


def test_somebody_is_written_with_the_second_frame_and_known_as_soon_as_it_is_decided(
    camera: Camera1,
) -> None:
    ada = camera.enrol("Ada")
    camera.frame([track(1, 100.0)], [STRANGE], 100.0)
    assert not camera.watcher.news.is_set()
    camera.frame([track(1, 100.1)], [STRANGE], 100.1)
    assert camera.watcher.news.is_set()
    camera.write(100.1)
    (somebody,) = camera.store.sightings.page(5).items
    assert (somebody.person, somebody.state) == (None, "unsure")
    camera.watcher.news.clear()
    camera.frame([track(1, 100.2, looks=2)], [ADA], 100.2)
    assert camera.watcher.news.is_set()
    camera.write(100.2)
    (named,) = camera.sightings()
    assert (named.id, named.person, named.state) == (somebody.id, ada, "known")
    # programs that know the old kinds hear of one person, not of a stranger before
    assert kinds(camera.store) == ["person_seen"]


@pytest.mark.parametrize(("looks", "until_s"), [(3, 100.3), (1, 101.0)])
def test_a_face_that_gets_no_name_from_three_looks_or_in_a_second_is_a_strangers(
    camera: Camera1, looks: int, until_s: float
) -> None:
    camera.enrol("Ada")
    for now_s in (100.0, 100.1):
        camera.frame([track(1, now_s)], [STRANGE], now_s)
    camera.write(100.1)
    assert kinds(camera.store) == []
    camera.watcher.news.clear()
    camera.frame([track(1, until_s, looks=looks)], [STRANGE], until_s)
    assert camera.watcher.news.is_set()
    camera.write(until_s)
    (stranger,) = camera.store.sightings.page(5).items
    assert stranger.state == "unknown"
    assert kinds(camera.store) == ["unknown_seen"]
    told = [(event.kind, event.old_kind) for event in camera.store.events.since(0, 10)]
    assert told == [
        ("sighting.began", ""),
        ("sighting.updated", "unknown_seen"),
        ("unknown.began", ""),
    ]


def test_who_may_still_be_one_of_two_is_given_a_second(camera: Camera1) -> None:
    ada = camera.enrol("Ada")
    between = Decision(State.UNSURE, nearest="Ada", reasons=("another person is as near",))
    for now_s in (100.0, 100.1, 100.3):
        camera.frame([track(1, now_s, looks=3)], [between], now_s)
        camera.write(now_s)
    assert kinds(camera.store) == []
    camera.frame([track(1, 100.5, looks=4)], [ADA], 100.5)
    assert [one.person for one in camera.sightings()] == [ada]
    assert kinds(camera.store) == ["person_seen"]


def test_a_stranger_who_comes_back_is_the_same_whatever_the_first_look_was_like(
    camera: Camera1,
) -> None:
    camera.enrol("Ada")
    camera.stays(1, STRANGE, 100.0, 104.0, face=axis(5))
    camera.write(110.0)
    for now_s in (500.0, 500.1):  # turned away at first
        camera.frame([track(2, now_s, born_s=500.0, face=axis(9))], [STRANGE], now_s)
    camera.write(500.1)
    camera.frame([track(2, 500.4, born_s=500.0, looks=3, face=axis(5))], [STRANGE], 500.4)
    camera.write(500.4)
    first, again = camera.sightings()
    assert first.cluster == again.cluster
    assert kinds(camera.store) == ["unknown_seen", "unknown_seen"]
    assert [one.kind for one in camera.store.events.since(0, 50)].count("unknown.began") == 1


def test_where_somebody_was_a_new_face_is_not_told_before_it_is_decided(camera: Camera1) -> None:
    camera.enrol("Ada")
    camera.stays(1, ADA, 100.0, 104.0)
    for now_s in (110.0, 110.1):  # the same face, turned away at first
        camera.frame([track(2, now_s, born_s=110.0)], [STRANGE], now_s)
    camera.write(110.1)
    camera.frame([track(2, 110.2, born_s=110.0, looks=2)], [ADA], 110.2)
    (sighting,) = camera.sightings()
    assert sighting.detail["tracks"] == 2
    assert kinds(camera.store) == ["person_seen"]


def test_a_name_that_flickers_makes_no_sightings_of_others(camera: Camera1) -> None:
    ada, bob = camera.enrol("Ada"), camera.enrol("Bob")
    as_bob = replace(ADA, name="Bob", nearest="Bob")
    shown = [ADA, as_bob, ADA, STRANGE, ADA, as_bob, STRANGE, ADA]
    for step, decision in enumerate(shown):
        now_s = 100.0 + 0.1 * step
        camera.frame([track(1, now_s)], [decision], now_s)
        camera.write(now_s)
    assert [one.person for one in camera.sightings()] == [ada]
    assert kinds(camera.store) == ["person_seen"]
    assert bob != ada


class _Board:
    """Cameras as the test says."""

    def __init__(self) -> None:
        self.last_s: dict[str, float] = {}

    def cameras(self) -> list[ConnectedCamera]:
        return [ConnectedCamera(name, 0.0, last_s) for name, last_s in self.last_s.items()]


def test_a_camera_that_comes_and_goes_is_told_once_each_time(camera: Camera1) -> None:
    board = _Board()
    log = CameraLog(camera.store, board.cameras, lost_after_s=10.0)
    for now_s, last_s in ((100.0, 100.0), (105.0, 101.0), (112.0, 101.0), (113.0, 101.0)):
        board.last_s["door"] = last_s
        log.update(now_s)
    board.last_s["door"] = 120.0
    log.update(120.5)
    events: list[Event] = list(reversed(camera.store.events.page(10).items))
    assert [(event.old_kind, event.camera, event.at_s) for event in events] == [
        ("camera_online", "door", 100.0),
        ("camera_lost", "door", 101.0),
        ("camera_online", "door", 120.5),
    ]
    assert [event.kind for event in events] == ["camera.online", "camera.lost", "camera.online"]
    assert events[2].detail == {"away_s": 19.0, "text": "back after 19 s"}


def test_cameras_that_go_at_once_are_told_in_one_event(camera: Camera1) -> None:
    board = _Board()
    log = CameraLog(camera.store, board.cameras, lost_after_s=60.0)
    board.last_s = {"door": 0.0, "yard": 0.0, "hall": 0.0}
    log.update(0.0)
    log.update(61.0)
    lost = [event for event in camera.store.events.page(10).items if event.kind == "camera.lost"]
    assert [(event.camera, event.detail["cameras"]) for event in lost] == [
        ("", ["door", "hall", "yard"])
    ]


def test_the_recorder_writes_what_could_not_be_written_once_it_can(
    camera: Camera1, caplog: pytest.LogCaptureFixture
) -> None:
    class Blocked(SightingWriter):
        failures = 3

        def write(self, due: object) -> None:
            if self.failures:
                self.failures -= 1
                raise StorageError("the disk is full")
            super().write(due)  # type: ignore[arg-type]

    book = Blocked(camera.store, "dlib-128", camera._known, camera.strangers, camera.decide)
    log = CameraLog(camera.store, _Board().cameras)
    recorder = Recorder(camera.watcher, book, log, tick_s=0.01)
    probe = Probe(axis(0), 1.0, 100.0)
    box = np.array([100, 100, 200, 200], np.float32)
    for now_s in (100.0, 101.0, 102.0):
        camera.frame([Track(1, box, view(0.5), 100.0, now_s, (probe,))], [NOBODY], now_s)
    recorder.start()
    wait_until(lambda: camera.store.sightings.count() == 1)
    assert recorder.close(10.0)
    assert caplog.text.count("the disk is full") == 1
    assert camera.store.sightings.count() == 1


def test_a_track_that_can_never_be_written_holds_up_no_other(
    camera: Camera1, caplog: pytest.LogCaptureFixture
) -> None:
    class Damaged(SightingWriter):
        def write(self, due: PendingWrite) -> None:
            if due.key[1] == 1:
                raise StorageError("a record is damaged")
            super().write(due)

    book = Damaged(camera.store, "dlib-128", camera._known, camera.strangers, camera.decide)
    log = CameraLog(camera.store, _Board().cameras)
    recorder = Recorder(camera.watcher, book, log, tick_s=0.01)
    box = np.array([100, 100, 200, 200], np.float32)
    for now_s in (100.0, 101.0, 102.0):
        tracks = [
            Track(
                number,
                box + 300 * number,
                view(0.5),
                100.0,
                now_s,
                (Probe(axis(number), 1.0, 100.0),),
            )
            for number in (1, 2)
        ]
        camera.frame(tracks, [NOBODY, NOBODY], now_s)
    recorder.start()
    wait_until(lambda: camera.store.sightings.count() == 1)
    assert recorder.close(10.0)
    assert "a record is damaged" in caplog.text


def test_the_recorder_does_not_wait_where_there_is_news(camera: Camera1) -> None:
    camera.enrol("Ada")
    log = CameraLog(camera.store, _Board().cameras)
    recorder = Recorder(camera.watcher, camera.book, log, tick_s=3600.0)
    recorder.start()
    camera.frame([track(1, 100.0)], [ADA], 100.0)
    wait_until(lambda: camera.store.sightings.count() == 1)
    assert recorder.close(10.0)


def test_the_recorder_writes_everything_when_it_ends(camera: Camera1) -> None:
    log = CameraLog(camera.store, _Board().cameras)
    recorder = Recorder(camera.watcher, camera.book, log, tick_s=3600.0)
    recorder.start()
    probe = Probe(axis(0), 1.0, 100.0)
    box = np.array([100, 100, 200, 200], np.float32)
    for now_s in (100.0, 100.1):
        camera.frame([Track(1, box, view(0.5), 100.0, now_s, (probe,))], [NOBODY], now_s)
    assert recorder.close(10.0)
    assert camera.store.sightings.count() == 1


def looked_at(decision: Decision, evidence: float) -> Decision:
    return replace(decision, liveness=verdict_on(evidence, "toy"))


def test_a_sighting_says_whether_the_face_was_live(camera: Camera1) -> None:
    camera.enrol("Ada")
    camera.stays(1, looked_at(ADA, 2.0), 100.0, 105.0)
    (sighting,) = camera.sightings()
    kept = sighting.detail["liveness"]
    assert isinstance(kept, dict)
    assert (kept["state"], kept["model"], kept["reasons"]) == ("live", "toy", [])
    assert kinds(camera.store) == ["person_seen"]


def test_a_picture_before_the_camera_is_one_event_however_long_it_stays(camera: Camera1) -> None:
    ada = camera.enrol("Ada")
    camera.stays(1, looked_at(ADA, 0.0), 100.0, 103.0)
    camera.stays(1, looked_at(ADA, -3.0), 103.5, 140.0)
    (sighting,) = camera.sightings()
    assert kinds(camera.store) == ["person_seen", "liveness.suspected"]
    (suspected,) = (
        event
        for event in camera.store.events.since(0, 100)
        if event.kind == EventType.LIVENESS_SUSPECTED
    )
    assert (suspected.person, suspected.sighting) == (ada, sighting.id)
    assert suspected.detail["liveness"] == "spoof"


def test_where_a_live_face_is_required_a_late_decision_does_not_bring_the_name_back(
    camera: Camera1,
) -> None:
    camera.enrol("Ada")
    camera.book = SightingWriter(
        camera.store, "dlib-128", camera._known, camera.strangers, camera.decide,
        lambda _: LivenessDemand.REQUIRE,
    )  # fmt: skip
    camera.now_known = ADA
    withheld = with_liveness(looked_at(ADA, -3.0), verdict_on(-3.0, "toy"), LivenessDemand.REQUIRE)
    camera.stays(1, withheld, 100.0, 105.0)
    (sighting,) = camera.sightings()
    assert (sighting.person, sighting.state) == (None, "unsure")
    # the suspicion with the first frames, the stranger when nobody gets a name any more
    assert kinds(camera.store) == ["liveness.suspected", "unknown_seen"]
