"""A full disk: words and 507 for what is to be kept, and reading and recognition go on."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from typing import Any

import pytest

from lookout.server.api.routes import health
from lookout.server.api.security import audit_trail
from lookout.server.storage.sqlite.database import Database
from tests.support.api import Api


@pytest.fixture
def full(api: Api) -> Iterator[Api]:
    """The database may not grow by one page, as on a full disk: SQLite then raises SQLITE_FULL."""
    writer = database_of(api)._writer
    (pages,) = writer.execute("PRAGMA page_count").fetchone()
    writer.execute(f"PRAGMA max_page_count = {pages}")
    fill(api)
    yield api
    make_room(api)


def database_of(api: Api) -> Database:
    return api.store._database


def make_room(api: Api) -> None:
    database_of(api)._writer.execute("PRAGMA max_page_count = 1000000")


def fill(api: Api) -> None:
    """Uses up what is free inside the last pages."""
    for number in range(500):
        person = {"name": f"Person {number}", "info": {"x": "y" * 900}}
        if api.call("POST", "/api/v1/people", json=person).status_code == 507:
            return
    raise AssertionError("the disk does not get full")


def test_what_cannot_be_kept_is_507_in_words_and_the_rest_goes_on(
    full: Api, astronaut: bytes
) -> None:
    person = {"name": "Ada", "info": {"x": "y" * 900}}
    refused = full.call("POST", "/api/v1/people", json=person)
    assert (refused.status_code, refused.json()["error"]["code"]) == (507, "disk_full")
    assert "make room" in refused.json()["error"]["message"]
    for _ in range(40):  # each look is noted, until notes no longer fit
        assert full.call("GET", "/api/v1/people").status_code == 200
    seen = full.call("POST", "/api/v1/recognize", files={"file": astronaut})
    assert seen.status_code == 200
    ready = full.call("GET", "/readyz")
    assert (ready.status_code, ready.json()["ready"]) == (503, False)
    assert "disk is full" in ready.json()["reason"]

    make_room(full)
    assert full.call("GET", "/readyz").status_code == 200
    assert full.call("POST", "/api/v1/people", json=person).status_code == 201
    items = full.call("GET", "/api/v1/audit", params={"limit": 200}).json()["items"]
    assert sum(entry["action"] == "people.read" for entry in items) >= 40


def test_notes_wait_in_bounded_number_and_then_reading_is_refused_too(
    full: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_trail, "MAX_WAITING", 3)
    statuses = [full.call("GET", "/api/v1/people").status_code for _ in range(60)]
    assert set(statuses) == {200, 507}
    assert statuses[-1] == 507


def test_a_disk_that_is_almost_full_is_not_ready(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    assert api.call("GET", "/readyz").status_code == 200
    monkeypatch.setattr(health, "LEAST_FREE_BYTES", 1 << 60)
    assert api.call("GET", "/readyz").status_code == 503


def test_a_file_that_does_not_fit_is_507_as_well(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(type(api.store.people), "add", no_room)
    answer = api.call("POST", "/api/v1/people", json={"name": "Ada"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (507, "disk_full")
