"""The thread that keeps visits tells of each once."""

from __future__ import annotations

import threading
from pathlib import Path

from lookout.server.movement.chainer import VisitChainer
from lookout.server.movement.visit_recorder import BATCH, VisitRecorder
from lookout.server.storage.records import Sighting, new_id
from lookout.server.storage.sqlite.store import SqliteStore, open_store


def told(store: SqliteStore) -> list[tuple[str, str | None, str]]:
    return [(event.kind, event.cluster, event.camera) for event in store.events.since(0, 100)]


def test_a_visit_is_told_when_it_begins_and_when_it_is_over(tmp_path: Path) -> None:
    clock = [100.0]
    with open_store(tmp_path / "data", {}) as store:
        chainer = VisitChainer(store, gap_s=60)
        recorder = VisitRecorder(store, chainer, unix_s=lambda: clock[0])
        for camera, last_s in (("door", 98), ("hall", 99)):
            store.sightings.add(Sighting(new_id(), camera, 90, last_s, "unknown", cluster="unk"))
        assert recorder.step() == 2
        assert recorder.step() == 0
        assert told(store) == [("visit.began", "unk", "hall")]
        clock[0] = 160.0
        recorder.step()
        recorder.step()
        assert told(store)[1:] == [("visit.ended", "unk", "hall")]


def test_old_sightings_are_chained_without_a_pause_between(tmp_path: Path) -> None:
    with open_store(tmp_path / "data", {}) as store:
        with store.transaction():
            for number in range(2 * BATCH + 1):
                store.sightings.add(
                    Sighting(new_id(), "door", number, number, "unknown", cluster=f"unk-{number}")
                )
        done = threading.Event()
        store.events.listen(lambda *_: done.set())
        # only the latest is still under way, so it is the only one that is told of
        chainer = VisitChainer(store, gap_s=0.5)
        recorder = VisitRecorder(store, chainer, tick_s=3600, unix_s=lambda: 2.0 * BATCH)
        recorder.start()
        assert done.wait(60)
        assert recorder.close(60)
        assert store.visits.count() == 2 * BATCH + 1
