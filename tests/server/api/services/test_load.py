"""More than is worked off is told to come again, and never piles up."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections import Counter
from typing import Any

import httpx2
import pytest

from lookout.faces.detections import Detections
from lookout.faces.photo.limits import MAX_BYTES
from lookout.server.api.errors.api_error import Overloaded
from lookout.server.api.services.face_analyzer import (
    AT_ONCE,
    MAX_WAITING,
    MAX_WAITING_BYTES,
    FaceAnalyzer,
)
from lookout.server.api.services.metrics import Metrics
from tests.support.api import Api

pytestmark = pytest.mark.long


class _Shut:
    """A detector that waits until its gate is opened."""

    name, face_px = "shut", 80

    def __init__(self) -> None:
        self.gate = threading.Event()

    def detect(self, images_bgr: Any) -> list[Detections]:
        assert self.gate.wait(90.0)
        return [Detections.empty() for _ in images_bgr]


def test_a_hundred_clients_at_once_get_an_answer_or_are_told_to_come_again(
    make_api: Any, engines: Any, landmarks: Any, landscape: bytes
) -> None:
    clients = 100
    detector = _Shut()
    looks = FaceAnalyzer(detector, engines[1], Metrics(), landmarks)
    api: Api = make_api(analyzer=looks)
    alive, done = asyncio.run(_crowd(api, detector, landscape, clients))
    assert alive.status_code == 200, "health does not wait behind pictures"
    assert Counter(answer.status_code for answer in done) == {
        200: MAX_WAITING + AT_ONCE,
        503: clients - MAX_WAITING - AT_ONCE,
    }
    for answer in done:
        if answer.status_code == 503:
            assert answer.json()["error"]["code"] == "overloaded"
            assert int(answer.headers["retry-after"]) >= 1
    assert looks.close(5.0)


def test_large_pictures_that_wait_have_a_bound_of_bytes_besides_that_of_their_number(
    engines: Any, landmarks: Any, landscape: bytes
) -> None:
    padded = landscape + bytes(MAX_BYTES - len(landscape))
    fitting = MAX_WAITING_BYTES // MAX_BYTES
    detector = _Shut()
    analyzer = FaceAnalyzer(detector, engines[1], Metrics(), landmarks)

    async def crowd() -> list[Any]:
        asked = [asyncio.create_task(analyzer.analyze(padded)) for _ in range(fitting + 1)]
        refused, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        detector.gate.set()
        await asyncio.wait(asked)
        await analyzer.analyze(padded)  # there is room again
        return [task.exception() for task in refused]

    (error,) = asyncio.run(crowd())
    assert isinstance(error, Overloaded)
    assert analyzer.close(5.0)


async def _crowd(api: Api, detector: _Shut, picture: bytes, clients: int) -> Any:
    """The answers of so many clients, of whom those who are turned away come first; and of one who
    asks for health while the detector is busy."""
    transport = httpx2.ASGITransport(api.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:

        async def ask() -> Any:
            return await client.post(
                "/api/v1/recognize",
                files={"file": picture},
                headers=dict(api.headers["admin"]),
                timeout=60.0,
            )

        asked = [asyncio.create_task(ask()) for _ in range(clients)]
        first = asyncio.as_completed(asked, timeout=60.0)
        for answer in itertools.islice(first, clients - MAX_WAITING - AT_ONCE):
            assert (await answer).status_code == 503
        alive = await client.get("/healthz")
        detector.gate.set()
        return alive, await asyncio.gather(*asked)
