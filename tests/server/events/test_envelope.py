"""One form for every event: ids that stay, the names of now, nothing of the forgotten."""

from __future__ import annotations

from pathlib import Path

from lookout.server.events.envelope import EnvelopeMaker
from lookout.server.events.people import person_forgotten
from lookout.server.storage.camera_records import CameraPlace
from lookout.server.storage.records import Event, Person
from lookout.server.storage.sqlite.store import open_store


class Directory:
    """Cameras with ids of their own."""

    def id_of(self, name: str) -> str:
        return {"Front door": "cam_1"}[name]

    def name_of(self, camera: str) -> str | None:
        return {"cam_1": "Front door"}.get(camera)

    def place_of(self, name: str) -> CameraPlace | None:
        return {"Front door": CameraPlace(52.5, 13.4, heading_deg=90)}.get(name)


def test_the_envelope_of_a_sighting_is_as_documented(tmp_path: Path) -> None:
    with open_store(tmp_path / "data", {}) as store:
        store.people.add(Person("p1", "Ada", 1.0))
        event = store.events.add(
            Event(
                "e1",
                "sighting.began",
                1795845600.123,
                camera="Front door",
                person="p1",
                sighting="s1",
                visit="vis_1",
                detail={"state": "known", "similarity": 0.98, "first": 5.0},
            )
        )
        maker = EnvelopeMaker(store, Directory())
        assert maker.of(event) == {
            "id": 1,
            "type": "sighting.began",
            "at": 1795845600.123,
            "site": "Home",
            "camera": "cam_1",
            "camera_name": "Front door",
            "person": {"id": "p1", "name": "Ada"},
            "cluster": None,
            "sighting": "s1",
            "visit": "vis_1",
            "state": "known",
            "similarity": 0.98,
            "liveness": "off",
            "place": {"lat": 52.5, "lon": 13.4, "plan": None, "x": None, "y": None},
            "image": "/api/v1/sightings/s1/image",
            "detail": {"first": 5.0},
        }
        store.people.update(Person("p1", "Ada Lovelace", 1.0))
        assert maker.of(event)["person"] == {"id": "p1", "name": "Ada Lovelace"}
        store.people.delete("p1")
        assert maker.of(event)["person"] == {"id": "p1", "name": None}


def test_of_a_forgotten_person_only_the_id_is_told(tmp_path: Path) -> None:
    with open_store(tmp_path / "data", {}) as store:
        written = EnvelopeMaker(store, Directory()).of(
            store.events.add(person_forgotten("p1", 5.0))
        )
    assert written["person"] == {"id": "p1", "name": None}
    assert (written["camera"], written["image"], written["sighting"]) == (None, None, None)


def test_alerts_and_jobs_have_fields_of_their_own(tmp_path: Path) -> None:
    with open_store(tmp_path / "data", {}) as store:
        written = EnvelopeMaker(store, Directory()).of(
            store.events.add(Event("e1", "alert.firing", 5.0, detail={"alert": {"id": "alr_1"}}))
        )
    assert written["alert"] == {"id": "alr_1"}
    assert "detail" not in written
