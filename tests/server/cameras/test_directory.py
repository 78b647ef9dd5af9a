"""A camera has one id for good, whatever it is called and wherever its pictures come from."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from lookout.server.cameras import directory as directory_module
from lookout.server.cameras.directory import STRAGGLERS_S, CameraDirectory
from lookout.server.cameras.errors import BadCamera
from lookout.server.storage.camera_records import (
    CameraKind,
    CameraPlace,
    CameraRecord,
    Origin,
    new_camera_id,
)
from lookout.server.storage.errors import Conflict, NotFound
from lookout.server.storage.records import Event, Sighting, new_id
from lookout.server.storage.sqlite.store import DATABASE, SqliteStore, open_store

PASSWORD = "p@ss:w/rd #1"


class Clock:
    now_s = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with open_store(tmp_path / "data", {}) as opened:
        yield opened


def rtsp(name: str, **more: object) -> CameraRecord:
    camera = CameraRecord(
        new_camera_id(), name, CameraKind.RTSP, 1.0, address="rtsp://10.0.0.7/main"
    )
    return dataclasses.replace(camera, user="admin", password=PASSWORD, **more)  # type: ignore[arg-type]


def test_an_edge_that_is_seen_gets_an_id_and_keeps_it_over_a_restart(store: SqliteStore) -> None:
    first = CameraDirectory(store.cameras)
    assert first.find("door") is None
    door = first.id_of("door")
    assert door.startswith("cam_")
    assert first.id_of("door") == first.find("door") == door
    assert CameraDirectory(store.cameras).id_of("door") == door
    assert first.get(door).origin is Origin.EDGE


def test_everything_of_a_camera_is_kept(store: SqliteStore) -> None:
    camera = rtsp(
        "yard",
        sub_address="rtsp://10.0.0.7/sub",
        rotate=180,
        flip=True,
        privacy_masks=(((0.0, 0.0), (0.5, 0.0), (0.5, 0.25)),),
        place=CameraPlace(lat=52.5, lon=13.4, heading_deg=90.0),
        liveness="mark",
        enabled=False,
    )
    CameraDirectory(store.cameras).add(camera)
    assert CameraDirectory(store.cameras).get(camera.id) == camera


def test_no_file_of_the_store_holds_a_password_or_an_address(
    store: SqliteStore, tmp_path: Path
) -> None:
    CameraDirectory(store.cameras).add(rtsp("yard"))
    files = [path.read_bytes() for path in (tmp_path / "data").glob(f"{DATABASE}*")]
    assert any(b"yard" in content for content in files)
    for secret in (PASSWORD.encode(), b"10.0.0.7", b"admin"):
        assert not any(secret in content for content in files)
    assert PASSWORD not in repr(rtsp("yard"))


def test_a_renamed_camera_keeps_its_id_its_sightings_and_its_events(store: SqliteStore) -> None:
    clock = Clock()
    directory = CameraDirectory(store.cameras, clock)
    door = directory.id_of("door")
    seen = store.sightings.add(Sighting(new_id(), "door", 1.0, 2.0, "unknown"))
    store.events.add(Event(new_id(), "camera_online", 1.0, "door"))
    directory.update(dataclasses.replace(directory.get(door), name="Porch"))
    assert directory.find("Porch") == door
    assert store.sightings.get(seen.id).camera == "Porch"
    assert [event.camera for event in store.events.page(5).items] == ["Porch"]
    # what was under way while it was renamed still carries the old name
    assert directory.id_of("door") == door
    clock.now_s += STRAGGLERS_S + 1
    assert directory.id_of("door") != door


def test_two_cameras_have_two_names(store: SqliteStore) -> None:
    directory = CameraDirectory(store.cameras)
    directory.add(rtsp("yard"))
    door = directory.get(directory.id_of("door"))
    with pytest.raises(Conflict, match="another name"):
        directory.add(rtsp("yard"))
    with pytest.raises(Conflict, match="another name"):
        directory.update(dataclasses.replace(door, name="yard"))
    assert directory.get(door.id).name == "door"
    with pytest.raises(BadCamera):
        directory.add(rtsp("  "))


def test_cameras_without_number_are_not_entered(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory_module, "MOST_PULLED", 2)
    monkeypatch.setattr(directory_module, "MOST_EDGES", 2)
    clock = Clock()
    directory = CameraDirectory(store.cameras, clock)
    for number in range(3):
        clock.now_s += 1
        directory.id_of(f"edge {number}")
    for number in range(2):
        directory.add(rtsp(f"camera {number}"))
    with pytest.raises(BadCamera, match="remove one"):
        directory.add(rtsp("camera 2"))
    assert [one.name for one in directory.all()] == ["camera 0", "camera 1", "edge 1", "edge 2"]


def test_what_another_process_changes_is_noticed(store: SqliteStore) -> None:
    server, command = CameraDirectory(store.cameras), CameraDirectory(store.cameras)
    camera = command.add(rtsp("yard"))
    assert server.refresh()
    assert not server.refresh()
    assert server.get(camera.id) == camera
    command.delete(camera.id)
    assert server.refresh()
    with pytest.raises(NotFound):
        server.get(camera.id)
