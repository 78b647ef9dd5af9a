"""A registry is imported in the background, with a verdict for each row, and can be cancelled."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from benchmarks.support.waiting import wait_until
from lookout.server.api.services.job_runner import BackgroundJob, JobRunner, JobState, Progress
from lookout.server.errors import ServerError
from tests.support.api import Api

ENDED = ("done", "failed", "cancelled")
TABLE = b"""name,identifier,image,room
Eileen Collins,A-1,eileen.jpg,204
Nobody,A-2,cup.jpg,205
Somebody,A-3,missing.jpg,206
"""


def ended(api: Api, job: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def has_ended() -> bool:
        found.update(api.call("GET", f"/api/v1/jobs/{job}").json())
        return found["state"] in ENDED

    wait_until(has_ended, 60.0, "the end of the job")
    return found


def send(api: Api, table: bytes, name: str = "people.csv", **photographs: bytes) -> Any:
    files = [("registry", (name, table))]
    files += [("photographs", (f"{one}.jpg", content)) for one, content in photographs.items()]
    return api.call("POST", "/api/v1/imports", files=files, data={"use_poor": "true"})


def test_each_row_gets_its_verdict_and_the_good_ones_are_recognized(
    api: Api, astronaut: bytes, astronaut_again: bytes, landscape: bytes
) -> None:
    answer = send(api, TABLE, eileen=astronaut, cup=landscape)
    assert answer.status_code == 202, answer.text
    job = ended(api, answer.json()["id"])
    assert (job["state"], job["done"], job["total"]) == ("done", 3, 3)
    verdicts = [report["verdict"] for report in job["result"]["reports"]]
    assert verdicts == ["added", "no_face", "image_missing"]
    (face,) = api.call("POST", "/api/v1/recognize", files={"file": astronaut_again}).json()["faces"]
    assert face["person"]["name"] == "Eileen Collins"
    assert face["person"]["info"] == {"room": "204"}

    again = send(api, TABLE, eileen=astronaut, cup=landscape).json()
    counts = ended(api, again["id"])["result"]["counts"]
    assert counts == {"unchanged": 1, "no_face": 1, "image_missing": 1}
    assert api.store.people.count() == 1


def test_what_is_no_table_is_refused_at_once(api: Api) -> None:
    for name, content in (("people.pdf", TABLE), ("people.xlsx", b"PK no workbook")):
        answer = send(api, content, name)
        assert answer.status_code == 422
        assert answer.json()["error"]["code"] == "bad_import"
    assert api.call("GET", "/api/v1/jobs").json() == []


def test_a_job_is_cancelled_fails_and_ends_without_disturbing_the_next() -> None:
    jobs, inside = JobRunner(), threading.Event()

    def waits(progress: Progress, stop: threading.Event) -> Mapping[str, Any]:
        progress(1, 2)
        inside.set()
        assert stop.wait(10.0)
        return {}

    def fails(_: Progress, __: threading.Event) -> Mapping[str, Any]:
        raise ServerError("the disk is full")

    def works(_: Progress, __: threading.Event) -> Mapping[str, Any]:
        return {"found": 1}

    submitted = [jobs.submit("test", "tests", work) for work in (waits, works, fails, works)]
    jobs.start()
    assert inside.wait(5.0)
    assert jobs.get(submitted[0].id).done == 1
    jobs.cancel(submitted[1].id)
    jobs.cancel(submitted[0].id)
    last = _wait(jobs, submitted[-1])
    states = [jobs.get(job.id).state for job in submitted]
    assert states == [JobState.CANCELLED, JobState.CANCELLED, JobState.FAILED, JobState.DONE]
    assert jobs.get(submitted[2].id).error == "the disk is full"
    assert last.result == {"found": 1}
    assert jobs.close(5.0)


def _wait(jobs: JobRunner, job: BackgroundJob) -> BackgroundJob:
    wait_until(lambda: jobs.get(job.id).ended_at is not None)
    return jobs.get(job.id)
