"""People of the store, as they are enrolled and forgotten, in an engine; and what is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from lookout.faces.decision.decide import Probe, decide
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Floats
from lookout.faces.gallery.gallery import Gallery
from lookout.server.gallery.people_index import PeopleIndex
from lookout.server.storage.records import FaceSample, Person, new_id
from lookout.server.storage.sqlite.store import SqliteStore, open_store
from lookout.server.vectors.metrics import VectorMetrics
from lookout.server.vectors.mirror import VectorMirror
from tests.support.named_encoder import NamedEncoder
from tests.support.vector_engine import EngineDouble

D = 128


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with open_store(tmp_path / "data", {}) as opened:
        yield opened


def axis(number: int) -> Floats:
    return np.asarray(np.eye(D, dtype=np.float32)[number], np.float32)


def enrol(store: SqliteStore, name: str, number: int) -> str:
    person = Person(new_id(), name, 1.0)
    store.people.add(person)
    store.samples.add(FaceSample(new_id(), person.id, axis(number), "dlib-128", "upload", 1.0))
    return person.id


def test_people_come_into_the_engine_and_leave_it(store: SqliteStore) -> None:
    engine = EngineDouble(D)
    mirror = VectorMirror(engine, least=1)
    empty = Gallery.empty("dlib-128", D)
    known = PeopleIndex(store, NamedEncoder(), lambda: empty, prefilter=mirror.prefiltered)
    ada, _ = enrol(store, "Ada", 1), enrol(store, "Bob", 2)
    gallery = known.renew().by_label
    mirror.step()
    assert engine.index.count() == 2
    assert decide([Probe(axis(1))], gallery, Rule()).nearest == "Ada"
    assert engine.searches > 0
    known.forget_person(ada)
    mirror.step()
    assert engine.index.count() == 1
    assert engine.index.search(axis(1)[None], 1).distances[0, 0] > 1.0


def test_how_it_stands_is_told_in_figures_and_in_words(store: SqliteStore) -> None:
    engine = EngineDouble(D)
    mirror = VectorMirror(engine, least=1)
    registry = CollectorRegistry()
    registry.register(VectorMetrics(mirror))

    def figures() -> list[float | None]:
        names = ("ready", "in_step", "missing")
        found = [registry.get_sample_value(f"lookout_vectors_{name}") for name in names]
        return [
            *found,
            *(
                registry.get_sample_value("lookout_vectors_searches_total", {"by": who})
                for who in ("engine", "here")
            ),
        ]

    encodings = np.stack([axis(1), axis(2)])
    gallery = mirror.prefiltered(Gallery(encodings, ("Ada", "Bob"), "dlib-128"), ["s1", "s2"])
    decide([Probe(axis(1))], gallery, Rule())
    assert figures()[:3] == [0, 0, 2]
    assert "has not been reached yet" in mirror.words()
    mirror.step()
    decide([Probe(axis(1))], gallery, Rule())
    ready, in_step, missing, by_engine, here = figures()
    assert (ready, in_step, missing) == (1, 2, 0)
    assert by_engine
    assert here
    assert mirror.words() == "a double at localhost port 1: 2 vectors"
