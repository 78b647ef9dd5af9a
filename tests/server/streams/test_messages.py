"""What lies in a topic can be read by nobody but us, and altered by nobody."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from lookout.server.storage.errors import StorageError
from lookout.server.storage.sqlite.store import open_store
from lookout.server.streams import claims as claims_module
from lookout.server.streams.answer import AnswerStatus, PictureAnswer, read_answer
from lookout.server.streams.claims import KEEP_S, ClaimFolder
from lookout.server.streams.dead_letters import dead_letter, reason_of, revived
from lookout.server.streams.errors import BadStreamMessage
from lookout.server.streams.picture import SentPicture, claim_of, read_picture_message, with_tries
from lookout.server.streams.sealing import StreamKey, stream_key

KEY = StreamKey(bytes(range(32)))
PICTURE = SentPicture("a-1", 1_800_000_000.5, b"\xff\xd8 a face", source="door", tries=1)


def test_a_picture_comes_out_as_it_went_in_and_stays_its_size() -> None:
    value = PICTURE.sealed(KEY)
    assert b"a face" not in value
    assert len(value) == len(PICTURE.content) + 28
    assert read_picture_message(value, PICTURE.headers(), KEY) == PICTURE
    assert PICTURE.key == b"door"
    assert replace(PICTURE, source="").key == b"a-1"


@pytest.mark.parametrize("name", ["id", "source", "claim"])
def test_a_message_whose_headers_were_altered_is_refused(name: str) -> None:
    value = PICTURE.sealed(KEY)
    other = b"f" * 64 if name == "claim" else b"other"
    altered = [*((n, v) for n, v in PICTURE.headers() if n != name), (name, other)]
    with pytest.raises(BadStreamMessage, match="altered"):
        read_picture_message(value, altered, KEY)


@pytest.mark.parametrize(
    ("value", "headers"),
    [
        (b"", []),
        (b"a picture in the clear", [("format", b"lookout.picture.1")]),
        (b"short", PICTURE.headers()),
        (None, PICTURE.headers()),
        (b"x" * 99, [*PICTURE.headers()[:1], ("id", b"../../etc"), ("sent", b"1")]),
        (b"x" * 99, [*PICTURE.headers()[:2], ("sent", b"yesterday")]),
    ],
)
def test_what_lookout_has_not_written_is_refused(
    value: bytes | None, headers: list[tuple[str, bytes]]
) -> None:
    with pytest.raises(BadStreamMessage):
        read_picture_message(value, headers, KEY)


def test_the_key_is_made_once_and_kept_sealed_in_the_store(tmp_path: Path) -> None:
    with open_store(tmp_path, {}) as store:
        value = PICTURE.sealed(stream_key(store))
        key = store.settings.get("streams.key")
    with open_store(tmp_path, {}) as store:
        assert read_picture_message(value, PICTURE.headers(), stream_key(store)) == PICTURE
    assert str(key).encode() not in (tmp_path / "lookout.db").read_bytes()


def test_a_picture_of_another_store_cannot_be_opened(tmp_path: Path) -> None:
    with open_store(tmp_path / "a", {}) as a, open_store(tmp_path / "b", {}) as b:
        value = PICTURE.sealed(stream_key(a))
        with pytest.raises(BadStreamMessage, match="another store"):
            read_picture_message(value, PICTURE.headers(), stream_key(b))


def test_a_large_picture_lies_sealed_in_the_folder_until_its_message_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = ClaimFolder(tmp_path / "claims", KEY)
    content = os.urandom(1000) + b"a face"
    claim = folder.put(content, 1000.0)
    assert claim == claim_of(content)
    assert folder.get(claim) == content
    (path,) = (tmp_path / "claims").iterdir()
    assert b"a face" not in path.read_bytes()
    assert folder.expire(1000.0 + KEEP_S) == 0
    assert folder.expire(1001.0 + KEEP_S) == 1
    with pytest.raises(BadStreamMessage, match="--kafka-claims"):
        folder.get(claim)
    monkeypatch.setattr(claims_module, "MAX_CLAIMS", 1)
    folder.put(content, 1000.0)
    with pytest.raises(StorageError, match="is `lookout consume` running"):
        folder.put(b"another", 1001.0)


def test_a_picture_that_failed_keeps_its_message_and_says_why() -> None:
    message = (PICTURE.key, PICTURE.sealed(KEY), with_tries(PICTURE.headers(), 2))
    dead = dead_letter("p.dlq", ("p", 3, 41), message, "no picture", 1_800_000_100.0)
    assert (dead.topic, dead.key, dead.value) == ("p.dlq", *message[:2])
    assert reason_of(dead.headers) == "no picture"
    told = dict(dead.headers)
    assert (told["topic"], told["partition"], told["offset"]) == (b"p", b"3", b"41")
    again = revived("p", (dead.key, dead.value, dead.headers), 1_800_000_200.0)
    assert reason_of(again.headers) == ""
    assert read_picture_message(again.value, again.headers, KEY) == replace(
        PICTURE, tries=0, sent_s=1_800_000_200.0
    )


def test_an_answer_comes_out_as_it_went_in_and_is_one_event_for_each_model() -> None:
    answer = PictureAnswer(
        "a-1", "dlib-128", AnswerStatus.RECOGNIZED, 1_800_000_001.0, "door", {"faces": []}
    )
    value = answer.sealed(KEY)
    assert b"door" not in value
    assert read_answer(value, KEY) == answer
    assert answer.event().id == replace(answer, at_s=1_900_000_000.0).event().id
    assert answer.event().id != replace(answer, model="another").event().id
    for bad in (None, b"", value[:-1], KEY.seal(b"{}", "lookout.answer.1")):
        with pytest.raises(BadStreamMessage):
            read_answer(bad, KEY)
