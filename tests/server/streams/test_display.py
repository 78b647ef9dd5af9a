"""Answers in the store: each once, whoever sends it how often."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lookout.server.cameras.directory import CameraDirectory
from lookout.server.events.envelope import EnvelopeMaker
from lookout.server.storage.records import Person
from lookout.server.storage.sqlite.store import open_store
from lookout.server.streams.answer import AnswerStatus, PictureAnswer
from lookout.server.streams.display import write_answers


def test_the_store_keeps_each_answer_once_and_names_people_as_they_are_called_now(
    tmp_path: Path,
) -> None:
    faces = [{"person": "per-1", "box": [1, 2, 3, 4]}, {"person": None, "box": [5, 6, 7, 8]}]
    answer = PictureAnswer(
        "a-1", "toy", AnswerStatus.RECOGNIZED, 1_800_000_000.0, "", {"faces": faces}
    )
    with open_store(tmp_path, {}) as store:
        store.people.add(Person("per-1", "Ada", 1.0))
        assert write_answers(store, [answer, replace(answer, picture="a-2"), answer]) == 2
        assert write_answers(store, [replace(answer, at_s=1_800_000_009.0)]) == 0
        events = store.events.since(0, 10)
        assert [event.subject for event in events] == ["a-1", "a-2"]
        envelopes = EnvelopeMaker(store, CameraDirectory(store.cameras))
        store.people.update(Person("per-1", "Ada Lovelace", 1.0))
        told = envelopes.of(events[0])
        assert told["type"] == "picture.recognized"
        assert [face["name"] for face in told["detail"]["faces"]] == ["Ada Lovelace", None]
        store.people.delete("per-1")
        told = envelopes.of(store.events.since(0, 10)[0])
        assert [face["name"] for face in told["detail"]["faces"]] == [None, None]
