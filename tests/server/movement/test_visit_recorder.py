"""The thread that keeps visits tells of each once."""

from __future__ import annotations

import threading
from pathlib import Path

from lookout.server.movement.chainer import VisitChainer
from lookout.server.movement.visit_recorder import BATCH, VisitChange, VisitRecorder
from lookout.server.storage.records import Sighting, new_id
from lookout.server.storage.sqlite.store import open_store
from lookout.server.storage.visit_records import Visit


def test_a_visit_is_told_when_it_begins_and_when_it_is_over(tmp_path: Path) -> None:
    told: list[tuple[VisitChange, str | None]] = []
    clock = [100.0]

    def publish(change: VisitChange, visit: Visit) -> None:
        told.append((change, visit.cluster))

    with open_store(tmp_path / "data", {}) as store:
        recorder = VisitRecorder(VisitChainer(store, gap_s=60), publish, unix_s=lambda: clock[0])
        for camera in ("door", "hall"):
            store.sightings.add(Sighting(new_id(), camera, 90, 99, "unknown", cluster="unk"))
        assert recorder.step() == 2
        assert recorder.step() == 0
        assert told == [(VisitChange.BEGAN, "unk")]
        clock[0] = 160.0
        recorder.step()
        recorder.step()
        assert told == [(VisitChange.BEGAN, "unk"), (VisitChange.ENDED, "unk")]


def test_old_sightings_are_chained_without_a_pause_between(tmp_path: Path) -> None:
    with open_store(tmp_path / "data", {}) as store:
        with store.transaction():
            for number in range(2 * BATCH + 1):
                store.sightings.add(
                    Sighting(new_id(), "door", number, number, "unknown", cluster=f"unk-{number}")
                )
        done = threading.Event()

        def publish(_: VisitChange, __: Visit) -> None:
            done.set()

        # only the latest is still under way, so it is the only one that is told of
        chainer = VisitChainer(store, gap_s=0.5)
        recorder = VisitRecorder(chainer, publish, tick_s=3600, unix_s=lambda: 2.0 * BATCH)
        recorder.start()
        assert done.wait(60)
        assert recorder.close(60)
        assert store.visits.count() == 2 * BATCH + 1
