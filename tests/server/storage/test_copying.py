"""A whole store goes from SQLite into MongoDB and back, and can be cut off on the way."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from lookout.server.commands.storage import main
from lookout.server.storage.alert_records import Definition, Trace
from lookout.server.storage.camera_records import CameraKind, CameraRecord
from lookout.server.storage.copying import copy_store
from lookout.server.storage.errors import NotEmpty, StorageError, StoreDamaged
from lookout.server.storage.mongo.raw_rows import MongoRows
from lookout.server.storage.opening import open_store
from lookout.server.storage.plan_records import Plan
from lookout.server.storage.raw_rows import RawRow
from lookout.server.storage.records import (
    ApiKey,
    AuditEntry,
    Event,
    LoginSession,
    Person,
    Role,
    Sighting,
    User,
)
from lookout.server.storage.store import Store
from lookout.server.storage.visit_records import Visit
from tests.server.storage.test_alerts import alert, delivery
from tests.server.storage.test_store import JPEG, encoding, sample
from tests.support.mongo import MongoBench

ADA, BOB = Person("per_1", "Ada", 1.0, "A-1", {"floor": "3"}), Person("per_2", "Bob", 2.0)


@pytest.fixture
def environment(mongo_bench: MongoBench, tmp_path: Path) -> Mapping[str, str]:
    mongo_bench.next_test()
    address = mongo_bench.fresh(tmp_path)
    return {"MONGO_URI": address.uri, "MONGO_DB_NAME": address.database}


def fill(store: Store) -> None:
    """Something in every table."""
    for person in (ADA, BOB):
        store.people.add(person)
    store.samples.add(sample(ADA, 1, source="ada.jpg", content_hash=b"h" * 32), JPEG)
    store.visits.add(Visit("vis_1", 1.0, 2.0, "per_1"))
    for number in range(8):
        store.sightings.add(
            Sighting(
                f"sgt_{number}",
                "door",
                float(number),
                number + 1.0,
                "known",
                "per_1",
                encoding=encoding(number),
                encoder="sface",
                detail={"votes": 3},
                zones=("zon_1",),
            ),
            JPEG,
        )
    store.visits.put("sgt_1", "vis_1")
    assert store.faces.make_block("sface", 4, 1e9) is not None
    store.events.add(Event("evt_1", "sighting.began", 1.0, "door", "per_1", "sgt_1", {"n": 1}))
    store.cameras.add(CameraRecord("cam_1", "door", CameraKind.RTSP, 1.0, password="secret"))
    store.plans.add(Plan("pla_1", "Hall", (40, 30), 5.0), JPEG)
    store.audit.add(AuditEntry("aud_1", 1.0, "admin", "look", "per_1", {"why": "test"}))
    store.users.add(User("usr_1", "Admin", Role.ADMIN, 1.0, "hash", cameras=frozenset({"cam_1"})))
    store.sessions.add(LoginSession("ses_1", "usr_1", "ref_1", 1.0, 2.0))
    store.api_keys.add(ApiKey("key_1", "edge", b"s" * 32, frozenset({"edge"}), "Admin", 1.0))
    store.login_failures.add("admin", 1.0)
    store.settings.put("camera.names", ["door"])
    store.imports.record("run", 1, {"verdict": "added"})
    store.definitions.put(Definition("lst_1", "watchlist", {"name": "x"}, ("per_1", "per_2")))
    store.people.add(Person("per_3", "Cid", 3.0))
    store.merges.make("per_3", "per_2", 9.0)
    store.alerts.put(alert(person="per_1"))
    store.alerts.add_trace(Trace("rul_1", "sgt_1", 1.0, "alr_1", "told", "words"))
    store.deliveries.add(delivery("del_1"))


def check(store: Store) -> None:
    assert store.people.page(9).items == (ADA, BOB)
    assert store.people.find_by_identifier("a-1") == ADA
    (only,) = store.samples.of("per_1")
    np.testing.assert_array_equal(only.encoding, encoding(1))
    assert store.samples.image(only.id) == JPEG
    assert store.sightings.image("sgt_7") == JPEG
    assert store.visits.get("vis_1").person == "per_1"
    (block,) = store.faces.blocks("sface")
    assert store.faces.open(block) is not None
    assert len(store.faces.loose("sface", 99)) == 4
    assert store.cameras.get("cam_1").password == "secret"
    assert store.plans.image("pla_1") == JPEG
    assert store.definitions.get("watchlist", "lst_1").people == ("per_1", "per_2")
    assert [merge.gone.name for merge in store.merges.of("per_2")] == ["Cid"]
    assert store.alerts.traces("sgt_1")[0].words == "words"
    assert sum(hour.sightings for hour in store.movements.hours(0.0, 100.0)) == 8
    assert store.events.add(Event("evt_2", "came", 2.0)).number == 2  # numbers go on


def test_a_copy_there_and_back_is_the_same_store(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    with open_store(first, environment) as store:
        fill(store)
    there = copy_store(first, second, environment, into_mongo=True)
    assert all(there.rows.values()), there.rows
    assert (there.keys, there.crops) == (1 + 2 + 8 + 1, 9)
    back = copy_store(second, third, environment, into_mongo=False)
    assert back == there
    for folder in (second, third):
        with open_store(folder, environment) as store:
            check(store)
    with open_store(second, environment) as store:
        store.people.delete("per_1")
        assert store.sightings.count() == 0


def test_a_copy_that_is_cut_off_is_used_by_nobody_and_goes_on_where_it_was(
    environment: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    with open_store(source, environment) as store:
        fill(store)
    written: list[str] = []
    write = MongoRows.write

    def cut_off(rows: MongoRows, table: str, part: list[RawRow]) -> None:
        if table == "events" and "events" not in written:
            written.append(table)
            raise KeyboardInterrupt
        written.append(table)
        write(rows, table, part)

    monkeypatch.setattr(MongoRows, "write", cut_off)
    with pytest.raises(KeyboardInterrupt):
        copy_store(source, target, environment, into_mongo=True)
    with pytest.raises(StorageError, match="cut off"):
        open_store(target, environment)
    written.remove("people")
    copy_store(source, target, environment, into_mongo=True)
    assert "people" not in written  # its rows were there
    with open_store(target, environment) as store:
        check(store)


def test_a_copy_that_differs_from_its_source_is_no_copy(
    environment: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    with open_store(source, environment) as store:
        fill(store)
    write = MongoRows.write

    def spoil(rows: MongoRows, table: str, part: list[RawRow]) -> None:
        spoilt = [{**row, "at_s": 7.5} for row in part] if table == "events" else part
        write(rows, table, spoilt)

    monkeypatch.setattr(MongoRows, "write", spoil)
    with pytest.raises(StoreDamaged, match="events"):
        copy_store(source, target, environment, into_mongo=True)
    with pytest.raises(StorageError, match="cut off"):
        open_store(target, environment)


def test_a_store_is_never_copied_over_another(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    for folder in (source, target):
        open_store(folder, environment).close()
    with pytest.raises(NotEmpty, match="holds a store already"):
        copy_store(source, target, environment, into_mongo=True)
    with pytest.raises(StorageError, match="there is no store"):
        copy_store(tmp_path / "none", target, environment, into_mongo=True)


def test_the_command_says_what_it_copied(
    environment: Mapping[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with open_store(tmp_path / "data", environment) as store:
        store.people.add(ADA)
    assert main(["copy", f"sqlite:{tmp_path / 'data'}", f"mongo:{tmp_path / 'mongo'}"]) == 0
    assert "people                      1 the same on both sides" in capsys.readouterr().out
    assert main(["copy", f"sqlite:{tmp_path / 'data'}", f"sqlite:{tmp_path / 'x'}"]) == 2
