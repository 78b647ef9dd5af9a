"""What a key cannot get directly it cannot get by way of jobs, accounts or the first password."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks.support.waiting import wait_until
from lookout.server.accounts.accounts import FirstAdmin
from lookout.server.api.services.first_password import hand_over
from lookout.server.api.services.job_runner import JobState, Progress
from tests.support.api import Api


def key_with(api: Api, *rights: str) -> dict[str, str]:
    made = api.call("POST", "/api/v1/keys", json={"name": "k", "rights": list(rights)})
    assert made.status_code == 201, made.text
    return {"x-api-key": made.json()["key"]}


def done_job(api: Api, kind: str, right: str) -> str:
    def work(_: Progress, __: threading.Event) -> Mapping[str, Any]:
        return {"secret": kind}

    job = api.parts.jobs.submit(kind, "tests", work, right=right).id
    wait_until(lambda: api.parts.jobs.get(job).state is JobState.DONE, 10.0, "the job")
    return job


@pytest.mark.parametrize(
    ("kind", "right", "other"),
    [("video", "recognize", "people:write"), ("import", "people:write", "recognize")],
)
def test_a_job_is_read_listed_and_cancelled_with_the_right_of_what_it_made(
    api: Api, kind: str, right: str, other: str
) -> None:
    job = done_job(api, kind, right)
    holder, stranger = key_with(api, right), key_with(api, other)
    for method, path in (("GET", f"/api/v1/jobs/{job}"), ("POST", f"/api/v1/jobs/{job}/cancel")):
        assert api.call(method, path, role="nobody", headers=stranger).status_code == 403
        assert api.call(method, path, role="nobody", headers=holder).status_code == 200
    assert api.call("GET", "/api/v1/jobs", role="nobody", headers=stranger).json() == []
    (listed,) = api.call("GET", "/api/v1/jobs", role="nobody", headers=holder).json()
    assert listed["result"] == {"secret": kind}
    assert api.call("GET", "/api/v1/jobs", role="viewer").status_code == 403
    entries = api.call("GET", "/api/v1/audit", params={"subject": job}).json()["items"]
    assert [entry["action"] for entry in entries] == [f"{kind}.read", "job.cancel", f"{kind}.read"]


def test_an_admin_key_gets_no_further_right_by_making_a_user(api: Api) -> None:
    asking = key_with(api, "admin")
    new = {"username": "mallory", "password": "a long password", "role": "admin"}
    answer = api.call("POST", "/api/v1/users", role="nobody", headers=asking, json=new)
    assert answer.status_code == 403
    assert "people:read" in answer.json()["error"]["message"]
    assert len(api.call("GET", "/api/v1/users").json()) == 0


def test_the_first_administrator_changes_the_password_before_anything_else(api: Api) -> None:
    first = api.parts.accounts.first_admin(time.time())
    assert first is not None

    def signed_in(password: str) -> dict[str, str]:
        given = {"username": first.username, "password": password}
        pair = api.call("POST", "/api/v1/auth/login", role="nobody", json=given).json()
        return {"authorization": f"Bearer {pair['access_token']}"}

    headers = signed_in(first.password)
    for path in ("/api/v1/people", "/api/v1/users", "/api/v1/jobs"):
        answer = api.call("GET", path, role="nobody", headers=headers)
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "password_change_required"
    me = api.call("GET", "/api/v1/auth/me", role="nobody", headers=headers).json()
    assert me["must_change_password"]
    for new, status in ((first.password, 422), ("a much better one", 204)):
        change = {"password": first.password, "new_password": new}
        answer = api.call(
            "PUT", "/api/v1/auth/password", role="nobody", headers=headers, json=change
        )
        assert answer.status_code == status, answer.text
    headers = signed_in("a much better one")
    assert api.call("GET", "/api/v1/users", role="nobody", headers=headers).status_code == 200


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_first_password_is_shown_on_a_terminal_and_else_put_into_a_private_file(
    tmp_path: Path,
) -> None:
    first = FirstAdmin("admin", "only-for-your-eyes")
    terminal, journal = Terminal(), io.StringIO()
    hand_over(first, tmp_path, terminal)
    assert first.password in terminal.getvalue()
    assert not list(tmp_path.iterdir())
    hand_over(first, tmp_path, journal)
    assert first.password not in journal.getvalue()
    (file,) = tmp_path.iterdir()
    assert str(file) in journal.getvalue()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text().strip() == first.password
