"""What has been kept for long enough goes every hour, and the doctor says so."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from lookout.faces.gallery.coverage import coverages
from lookout.server.cli import main
from lookout.server.commands.doctor import judge_encoder, judge_store
from lookout.server.commands.store_check import examine_store, people_in, store_lines
from lookout.server.errors import BadSettings
from lookout.server.settings import read_settings
from lookout.server.storage.errors import StorageError
from lookout.server.storage.records import FaceSample, Person, Sighting
from lookout.server.storage.retention import DAY_S, RetentionRules
from lookout.server.storage.retention_thread import RetentionThread, last_run
from lookout.server.storage.sqlite.store import SqliteStore, open_store

NOW_S = 1_700_000_000.0


def seen(store: SqliteStore, days_ago: float) -> None:
    at_s = NOW_S - days_ago * DAY_S
    store.sightings.add(Sighting(f"{days_ago} days ago", "door", at_s, at_s, "unknown"))


def test_the_rules_come_from_the_command_line() -> None:
    assert read_settings([], {}).retention == RetentionRules()
    given = ["--keep-unknown-days", "1.5", "--keep-known-days", "forever"]
    rules = read_settings(given, {}).retention
    assert (rules.unknown, rules.known, rules.audit) == (1.5, None, 365.0)


@pytest.mark.parametrize("days", ["-1", "nan", "soon"])
def test_what_is_no_number_of_days_is_refused(days: str) -> None:
    with pytest.raises((SystemExit, BadSettings)):
        read_settings([f"--keep-unknown-days={days}"], {})


def test_upkeep_forgets_what_is_old_and_tidies_and_writes_down_that_it_did(tmp_path: Path) -> None:
    with open_store(tmp_path, {}) as store:
        seen(store, 31.0)
        seen(store, 29.0)
        tidied: list[float] = []
        upkeep = RetentionThread(
            store, RetentionRules(unknown=30.0), tidied.append, clock=lambda: NOW_S
        )
        assert last_run(store) is None
        assert upkeep.run().unknown == 1
        assert [one.id for one in store.sightings.page(10).items] == ["29.0 days ago"]
        assert tidied == [NOW_S]
        ran = last_run(store)
        assert ran is not None
        assert (ran.at_s, ran.rules["unknown"], ran.forgotten["unknown"]) == (NOW_S, 30.0, 1)


def test_the_thread_runs_at_once_survives_a_failure_and_ends(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ran, twice = 0, threading.Event()

    def tidy(_: float) -> None:
        nonlocal ran
        ran += 1
        if ran == 1:
            raise StorageError("the disk is full")
        twice.set()

    with open_store(tmp_path, {}) as store:
        upkeep = RetentionThread(store, RetentionRules(), tidy, period_s=0.01)
        upkeep.start()
        assert twice.wait(30.0)
        assert upkeep.close(30.0)
    assert "stays: the disk is full" in caplog.text


def test_the_doctor_tells_what_is_stored_and_for_how_long(tmp_path: Path) -> None:
    assert examine_store(tmp_path, {}) is None
    assert list(tmp_path.iterdir()) == []
    with open_store(tmp_path, {}) as store:  # stays open, as a running server's
        seen(store, 1.0)
        fresh = examine_store(tmp_path, {})
        assert fresh is not None
        assert "retention has not run yet" in "\n".join(store_lines(fresh))
        RetentionThread(
            store, RetentionRules(known=None), lambda _: None, clock=lambda: NOW_S
        ).run()
        state = examine_store(tmp_path, {})
    assert state is not None
    words = "\n".join(store_lines(state))
    assert "0 people, 0 samples, 1 sightings" in words
    assert "unknown people 30 days, known people for ever" in words
    assert "forgotten then: nothing" in words
    (finding,) = judge_store(state)  # it ran in 2023
    assert not finding.wrong


def test_people_who_were_enrolled_over_http_count_for_the_encoder_that_knows_them(
    tmp_path: Path,
) -> None:
    with open_store(tmp_path, {}) as store:
        store.people.add(Person("per_1", "Ada", NOW_S))
        encoding = np.zeros(128, np.float32)
        store.samples.add(FaceSample("smp_1", "per_1", encoding, "dlib-128", "http", NOW_S))
        known = people_in(tmp_path, {}, {"sface": {"Bob"}, "dlib-128": {"Bob"}})
    assert known == {"sface": set(), "dlib-128": {"Ada"}}
    wanted = coverages(tmp_path / "none.pkl", ("sface", "dlib-128"), lambda _: known)
    (finding,) = judge_encoder(wanted[1], wanted[0], tmp_path)
    assert "sface does not know Ada" in finding.text
    assert people_in(tmp_path / "nothing", {}, {"sface": {"Bob"}}) == {}


def test_a_store_whose_key_is_gone_is_wrong(tmp_path: Path) -> None:
    with open_store(tmp_path, {}) as store:
        seen(store, 1.0)
    (tmp_path / ".encryption_key").unlink()
    state = examine_store(tmp_path, {})
    assert state is not None
    (finding,) = judge_store(state)
    assert finding.wrong
    assert "the master key is gone" in finding.text


def test_the_doctor_takes_a_data_folder(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["doctor", "--help"])
    assert "--data" in capsys.readouterr().out
