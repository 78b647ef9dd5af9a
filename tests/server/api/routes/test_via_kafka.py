"""Pictures that are sent by way of Kafka: the routes, and the whole way with a real broker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from benchmarks.support.waiting import wait_until
from lookout.server.api.services.metrics import Metrics
from lookout.server.api.streams import open_streams
from lookout.server.gallery.stored_people import StoredPeople
from lookout.server.streams.answer import AnswerStatus, PictureAnswer
from lookout.server.streams.claims import ClaimFolder
from lookout.server.streams.consumer import PictureConsumer
from lookout.server.streams.display import write_answers
from lookout.server.streams.errors import BrokerAway, StreamFull
from lookout.server.streams.metrics import StreamMetrics
from lookout.server.streams.options import KafkaOptions
from lookout.server.streams.outlet import Outlet
from lookout.server.streams.recognizer import PictureRecognizer
from lookout.server.streams.response import Responder
from lookout.server.streams.sealing import stream_key
from tests.server.streams.conftest import WAIT_S, kafka, options
from tests.support.api import Api

__all__ = ["kafka", "options"]
MakeApi = Callable[..., Api]


async def taken(content: bytes, source: str) -> str:
    assert content
    return f"of-{source or 'nobody'}"


async def away(content: bytes, source: str) -> str:
    raise BrokerAway("Kafka at a:9092: no connection")


async def full(content: bytes, source: str) -> str:
    raise StreamFull("too many messages wait for Kafka")


def test_without_kafka_that_way_is_refused_and_the_usual_one_is_as_ever(
    api: Api, landscape: bytes
) -> None:
    answer = api.call("POST", "/api/v1/recognize?via=kafka", files={"file": landscape})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no_kafka")
    assert api.call("POST", "/uploadImage/", files={"file": landscape}).json()["matches"] == []


def test_with_kafka_a_picture_gets_an_id_at_once_and_its_answer_by_and_by(
    make_api: MakeApi, landscape: bytes
) -> None:
    api = make_api(stream=taken)
    sent = api.call("POST", "/api/v1/recognize?via=kafka&source=door", files={"file": landscape})
    assert sent.status_code == 202, sent.text
    assert sent.json() == {"id": "of-door", "answer": "/api/v1/recognize/of-door"}
    uploaded = api.call("POST", "/uploadImage/", files={"file": landscape}).json()
    assert uploaded["id"] == "of-nobody"
    direct = api.call("POST", "/uploadImage/?via=direct", files={"file": landscape}).json()
    assert direct == {"matches": [], "faces": 0}

    assert api.call("GET", "/api/v1/recognize/of-door").status_code == 404
    told = {"reason": "it waited for more than 600 s"}
    write_answers(
        api.store, [PictureAnswer("of-door", "toy", AnswerStatus.EXPIRED, 1.8e9, "door", told)]
    )
    answer = api.call("GET", "/api/v1/recognize/of-door").json()
    assert (answer["status"], answer["answer"]["reason"]) == ("expired", told["reason"])
    assert api.call("GET", "/api/v1/recognize/of-door", role="nobody").status_code == 401


@pytest.mark.parametrize(
    ("stream", "code"), [(away, "kafka_away"), (full, "overloaded")], ids=["away", "full"]
)
def test_a_broker_that_takes_nothing_is_said_to_the_client(
    make_api: MakeApi, landscape: bytes, stream: Any, code: str
) -> None:
    api = make_api(stream=stream)
    answer = api.call("POST", "/api/v1/recognize?via=kafka", files={"file": landscape})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, code)


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as closing:
        yield closing


@pytest.mark.slow
def test_a_face_that_is_sent_over_kafka_gets_its_name(
    make_api: MakeApi,
    options: KafkaOptions,
    closing: ExitStack,
    astronaut: bytes,
    astronaut_again: bytes,
) -> None:
    api = make_api()
    store, metrics = api.store, Metrics()
    opened = open_streams(options, store, api.folder, metrics)
    api.app.state.parts = replace(api.parts, stream=opened.send)
    key, outlet = stream_key(store), Outlet(options)
    people = StoredPeople(store, api.parts.analyzer.encoder, clock=_Each())
    recognize = PictureRecognizer(api.parts.recognition, people.snapshot)
    claims = ClaimFolder(api.folder / "claims", key)
    consumer = PictureConsumer(
        options,
        outlet,
        Responder(options, key, claims, recognize, "toy"),
        StreamMetrics(CollectorRegistry()),
    )
    for thread in (*opened.threads, outlet, consumer):
        thread.start()
        closing.callback(thread.close, 10.0)

    api.call("POST", "/face/upload", data={"name": "Eileen"}, files={"file": astronaut})
    sent = api.call("POST", "/api/v1/recognize?via=kafka", files={"file": astronaut_again}).json()
    wait_until(lambda: api.call("GET", sent["answer"]).status_code == 200, WAIT_S, "it is answered")
    answer = api.call("GET", sent["answer"]).json()
    (face,) = answer["answer"]["faces"]
    direct = api.call("POST", "/api/v1/recognize", files={"file": astronaut_again}).json()
    assert (answer["status"], face["name"], face["state"]) == ("recognized", "Eileen", "known")
    assert face["similarity"] == pytest.approx(
        direct["faces"][0]["candidates"][0]["similarity"], abs=1e-4
    )
    (event,) = [e for e in store.events.since(0, 100) if e.kind == "picture.recognized"]
    assert event.subject == sent["id"]
    assert b"lookout_kafka_sent_total 1.0" in metrics.text()


class _Each:
    """A clock by which every look is late enough for another one."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def __call__(self) -> float:
        self._now_s += 1.0
        return self._now_s
