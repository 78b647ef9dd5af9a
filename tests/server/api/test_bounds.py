"""Bounds of requests and jobs that docs/limits.md states, each reached."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from lookout.server.api.errors.api_error import Overloaded
from lookout.server.api.errors.envelope import Envelopes
from lookout.server.api.middleware.gatekeeper import Gatekeeper
from lookout.server.api.security.authorization import MAX_BODY_BYTES
from lookout.server.api.services.job_runner import MAX_WAITING, JobRunner, Progress
from lookout.server.api.services.metrics import Metrics
from tests.support.api import Api

SCOPE: dict[str, Any] = {
    "type": "http",
    "method": "POST",
    "path": "/x",
    "headers": [],
    "client": None,
}


async def reads_all(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that answers 200 once the body has come."""
    while (await receive()).get("more_body", False):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def gate(**bounds: float) -> Gatekeeper:
    options: dict[str, Any] = dict(bounds)
    return Gatekeeper(reads_all, envelopes=Envelopes({}), metrics=Metrics(), **options)


async def status_of(app: Gatekeeper, receive: Receive, path: str = "/x") -> int:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await app({**SCOPE, "path": path}, receive, send)
    return int(sent[0]["status"])


async def whole() -> Message:
    return {"type": "http.request", "body": b"x", "more_body": False}


def test_a_body_that_does_not_come_is_408() -> None:
    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    assert asyncio.run(status_of(gate(body_timeout_s=0.1), never)) == 408
    assert asyncio.run(status_of(gate(body_timeout_s=0.1), whole)) == 200


def test_one_request_too_many_is_503_and_health_is_answered() -> None:
    async def test() -> None:
        app, release = gate(max_in_flight=2), asyncio.Event()

        async def late() -> Message:
            await release.wait()
            return await whole()

        served = [asyncio.create_task(status_of(app, late)) for _ in range(2)]
        await asyncio.sleep(0)
        assert await status_of(app, whole) == 503
        assert await status_of(app, whole, "/healthz") == 200
        release.set()
        assert [await task for task in served] == [200, 200]
        assert await status_of(app, whole) == 200

    asyncio.run(test())


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_that_is_too_large_is_413(api: Api, declared: bool) -> None:
    content = b'{"name": "' + b"x" * MAX_BODY_BYTES + b'"}'
    body = content if declared else iter([content])
    headers = {"content-type": "application/json"}
    answer = api.call("POST", "/api/v1/people", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


def test_one_job_too_many_is_refused() -> None:
    jobs, release = JobRunner(), threading.Event()

    def waits(_: Progress, __: threading.Event) -> Mapping[str, Any]:
        release.wait(30.0)
        return {}

    for _ in range(MAX_WAITING):  # the thread has not been started: all of them wait
        jobs.submit("test", "tests", waits)
    with pytest.raises(Overloaded, match="jobs are waiting"):
        jobs.submit("test", "tests", waits)
    release.set()
    jobs.start()
    assert jobs.close(30.0)
