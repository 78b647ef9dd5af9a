"""What is sent in response to a picture: an answer, another try, or to the topic of the failed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from lookout.faces.errors import BadImage
from lookout.server.streams.answer import AnswerStatus, read_answer
from lookout.server.streams.claims import ClaimFolder
from lookout.server.streams.dead_letters import reason_of
from lookout.server.streams.options import KafkaOptions
from lookout.server.streams.picture import SentPicture, read_picture_message
from lookout.server.streams.response import (
    MOST_TRIES,
    IncomingMessage,
    Recognize,
    Responder,
    ResponseOutcome,
)
from lookout.server.streams.sealing import StreamKey

KEY = StreamKey(bytes(32))
OPTIONS = KafkaOptions("localhost:9092", pictures="p", answers="a", max_age_s=600.0)
SENT_S = 1_800_000_000.0


def message_of(picture: SentPicture, **changes: object) -> IncomingMessage:
    fields = {"value": picture.sealed(KEY), "headers": picture.headers(), **changes}
    return IncomingMessage("p", 2, 17, picture.key, **fields)  # type: ignore[arg-type]


def found(content: bytes) -> Mapping[str, object]:
    return {"faces": [], "bytes": len(content)}


def not_a_picture(_: bytes) -> Mapping[str, object]:
    raise BadImage("it is no picture")


def breaks(_: bytes) -> Mapping[str, object]:
    raise RuntimeError("the network is ill")


@pytest.fixture
def claims(tmp_path: Path) -> ClaimFolder:
    return ClaimFolder(tmp_path / "claims", KEY)


def responder(claims: ClaimFolder, recognize: Recognize, later_s: float = 1.0) -> Responder:
    return Responder(OPTIONS, KEY, claims, recognize, "dlib-128", lambda: SENT_S + later_s)


def test_a_picture_is_answered_under_its_id_to_its_source(claims: ClaimFolder) -> None:
    picture = SentPicture("a-1", SENT_S, b"1234", source="door")
    response = responder(claims, found).respond(message_of(picture))
    (message,) = response.messages
    answer = read_answer(message.value, KEY)
    assert (response.outcome, message.topic, message.key) == (
        ResponseOutcome.RECOGNIZED,
        "a",
        b"door",
    )
    assert (answer.picture, answer.model, answer.source) == ("a-1", "dlib-128", "door")
    assert answer.status is AnswerStatus.RECOGNIZED
    assert answer.found == {"faces": [], "bytes": 4}


def test_a_large_picture_is_taken_from_its_folder(claims: ClaimFolder) -> None:
    claim = claims.put(b"large", SENT_S)
    picture = SentPicture("a-1", SENT_S, claim=claim)
    (message,) = responder(claims, found).respond(message_of(picture)).messages
    assert read_answer(message.value, KEY).found["bytes"] == 5


def test_a_picture_that_has_waited_too_long_is_answered_without_a_look(
    claims: ClaimFolder,
) -> None:
    picture = SentPicture("a-1", SENT_S, b"1234")
    response = responder(claims, breaks, later_s=600.5).respond(message_of(picture))
    (message,) = response.messages
    answer = read_answer(message.value, KEY)
    assert response.outcome is ResponseOutcome.EXPIRED
    assert answer.status is AnswerStatus.EXPIRED
    assert answer.found == {"reason": "it waited for more than 600 s"}


def test_what_is_no_picture_is_put_aside_at_once_and_answered(claims: ClaimFolder) -> None:
    message = message_of(SentPicture("a-1", SENT_S, b"text"))
    response = responder(claims, not_a_picture).respond(message)
    dead, told = response.messages
    assert response.outcome is ResponseOutcome.DEAD
    assert (dead.topic, dead.value) == ("p.dlq", message.value)
    assert reason_of(dead.headers) == "it is no picture"
    assert read_answer(told.value, KEY).status is AnswerStatus.FAILED


def test_what_nobody_here_has_written_is_put_aside_without_an_answer(claims: ClaimFolder) -> None:
    message = message_of(SentPicture("a-1", SENT_S, b"1234"), value=b"something else" * 9)
    response = responder(claims, found).respond(message)
    (dead,) = response.messages
    assert response.outcome is ResponseOutcome.DEAD
    assert "altered" in reason_of(dead.headers)


def test_what_fails_is_tried_again_three_times_in_all(
    claims: ClaimFolder, caplog: pytest.LogCaptureFixture
) -> None:
    picture = SentPicture("a-1", SENT_S, b"1234")
    message = message_of(picture)
    for tries in range(1, MOST_TRIES):
        response = responder(claims, breaks).respond(message)
        (again,) = response.messages
        assert (response.outcome, again.topic, again.key) == (ResponseOutcome.RETRIED, "p", b"a-1")
        read = read_picture_message(again.value, again.headers, KEY)
        assert (read.tries, read.sent_s) == (tries, SENT_S)
        message = message_of(picture, value=again.value, headers=again.headers)
    response = responder(claims, breaks).respond(message)
    assert response.outcome is ResponseOutcome.DEAD
    assert reason_of(response.messages[0].headers) == "3 tries: the network is ill"
    assert caplog.text.count("picture a-1 failed") == MOST_TRIES
