"""An engine has what the gallery has, whatever befalls it; and nobody is invented or lost."""

from __future__ import annotations

import numpy as np
import pytest

from lookout.faces.decision.decide import Decision, Probe, decide
from lookout.faces.decision.rule import Rule
from lookout.faces.detections import Floats
from lookout.faces.gallery.gallery import Gallery
from lookout.server.vectors import asker, engine_pass, index
from lookout.server.vectors.asker import LONGEST_REST_S, REST_S
from lookout.server.vectors.engine_pass import ids_of
from lookout.server.vectors.errors import EngineAway
from lookout.server.vectors.mirror import ERASE_S, LOOK_S, VectorMirror
from lookout.server.vectors.rotation import Rotation
from tests.support.vector_engine import EngineDouble

PEOPLE = 600
D = 128
RULE = Rule.for_encoder("sface", 1.17)


def drawn(count: int, seed: int) -> Floats:
    vectors = np.random.default_rng(seed).standard_normal((count, D))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def gallery_of(count: int) -> Gallery:
    names = tuple(f"person {number}" for number in range(count))
    return Gallery(drawn(PEOPLE, 1)[:count], names, "sface")


def samples_of(count: int) -> list[str]:
    return [f"sample {number}" for number in range(count)]


class Kept:
    """An engine, its mirror, a clock, and a gallery that grows and shrinks."""

    def __init__(self, rotated: bool = False) -> None:
        self.engine = EngineDouble(D)
        self.now_s = 0.0
        turn = {"turn": Rotation(b"a key", D)} if rotated else {}
        self.mirror = VectorMirror(self.engine, least=1, clock=lambda: self.now_s, **turn)

    def known(self, count: int) -> Gallery:
        return self.mirror.prefiltered(gallery_of(count), samples_of(count))

    def held(self) -> set[int]:
        return set(self.engine.index.ids().tolist())


@pytest.fixture
def kept() -> Kept:
    return Kept()


def test_the_engine_gets_who_is_new_and_loses_who_is_forgotten(kept: Kept) -> None:
    for count in (50, PEOPLE, 20):
        kept.known(count)
        kept.mirror.step()
        assert kept.held() == set(ids_of(samples_of(count)).tolist())
        assert kept.mirror.missing == 0
    assert kept.engine.settled == 3
    kept.mirror.step()
    assert kept.engine.settled == 3, "nothing has changed"


@pytest.mark.parametrize("rotated", [False, True])
def test_a_decision_by_the_engine_is_the_one_among_everybody(rotated: bool) -> None:
    kept = Kept(rotated)
    gallery = kept.known(PEOPLE)
    kept.mirror.step()
    strangers = drawn(10, 3)
    named = set()
    for number in range(20):
        look = strangers[number // 2]
        if number % 2:
            look = gallery.encodings[number] + 0.4 * look
        probes = [Probe(look.astype(np.float32))]
        by_engine, by_all = decide(probes, gallery, RULE), decide(probes, gallery_of(PEOPLE), RULE)
        assert facts(by_engine) == facts(by_all)
        named.add(by_engine.name)
    assert len(named - {None}) == 10
    assert None in named
    assert kept.engine.searches >= 20
    if rotated:
        stored = kept.engine.index.search(gallery.encodings[:1], 1)
        assert stored.distances[0, 0] > 0.5, "what lies there is not the encoding"


def facts(decision: Decision) -> tuple[object, ...]:
    return decision.state, decision.name, decision.nearest


def test_who_is_not_in_the_engine_yet_is_found_all_the_same(kept: Kept) -> None:
    kept.known(100)
    kept.mirror.step()
    gallery = kept.known(101)  # the thread has not stepped yet
    assert kept.mirror.missing == 1
    assert "1 to come" in kept.mirror.words()
    newcomer = decide([Probe(gallery.encodings[100])], gallery, RULE)
    assert newcomer.name == "person 100"


def test_who_is_forgotten_is_not_named_though_the_engine_still_says_so(kept: Kept) -> None:
    kept.known(PEOPLE)
    kept.mirror.step()
    gallery = kept.known(100)
    forgotten = gallery_of(PEOPLE).encodings[300]
    assert decide([Probe(forgotten)], gallery, RULE).name is None
    assert gallery.first_pass is not None
    found = gallery.first_pass.nearest(forgotten[None], 20)
    assert found is not None
    assert found[0].max() < 100


def test_while_too_many_are_missing_the_engine_is_not_asked(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_pass, "MOST_MISSING", 10)
    kept.known(50)
    kept.mirror.step()
    gallery = kept.known(61)
    assert decide([Probe(gallery.encodings[60])], gallery, RULE).name == "person 60"
    assert kept.engine.searches == 0
    assert gallery.first_pass is not None
    assert gallery.first_pass.nearest(gallery.encodings[:1], 20) is None


def test_an_engine_that_is_away_is_asked_once_and_left_to_rest(
    kept: Kept, caplog: pytest.LogCaptureFixture
) -> None:
    gallery = kept.known(100)
    kept.mirror.step()
    rest_s = REST_S
    for _ in range(8):
        kept.engine.away = True
        for _ in range(3):
            assert decide([Probe(gallery.encodings[7])], gallery, RULE).name == "person 7"
        assert "searched here meanwhile" in kept.mirror.words()
        kept.engine.away = False
        ready = []
        for pause_s in (rest_s - 0.1, 0.2):  # it rests longer each time
            kept.now_s += pause_s
            kept.mirror.step()
            ready.append(kept.mirror.asker.ready)
        assert ready == [False, True]
        rest_s = min(2 * rest_s, LONGEST_REST_S)
    assert kept.engine.searches == 0
    assert len([one for one in caplog.records if "does not answer" in one.message]) == 8
    assert kept.mirror.asker.refused == 24


def test_what_changed_while_it_was_away_is_caught_up_with(kept: Kept) -> None:
    kept.known(100)
    kept.mirror.step()
    kept.engine.away = True
    kept.known(300)
    with pytest.raises(EngineAway):
        kept.mirror.step()
    kept.known(40)
    kept.engine.away = False
    kept.mirror.step()
    assert kept.held() == set(ids_of(samples_of(40)).tolist())


def test_an_engine_that_fails_half_way_keeps_what_it_got(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "BATCH", 10)
    monkeypatch.setattr("lookout.server.vectors.mirror.BATCH", 10)
    kept.engine.puts = 3
    gallery = kept.known(100)
    with pytest.raises(EngineAway):
        kept.mirror.step()
    assert (len(kept.mirror.in_step), kept.mirror.missing) == (30, 70)
    kept.engine.away, kept.engine.puts = False, None
    kept.mirror.step()
    assert kept.mirror.missing == 0
    assert decide([Probe(gallery.encodings[99])], gallery, RULE).name == "person 99"


def test_an_engine_that_has_lost_everything_is_filled_again(kept: Kept) -> None:
    kept.known(100)
    kept.mirror.step()
    kept.engine.index.clear()
    kept.mirror.step()
    assert kept.held() == set(), "it is counted now and then"
    kept.now_s += LOOK_S
    kept.mirror.step()
    assert len(kept.held()) == 100


def test_what_was_deleted_is_erased_at_once_and_then_once_an_hour(kept: Kept) -> None:
    erased = []
    for pause_s, count in ((0.0, 50), (1.0, 49), (1.0, 48), (ERASE_S, 48), (ERASE_S, 48)):
        kept.now_s += pause_s
        kept.known(count)
        kept.mirror.step()
        erased.append(kept.engine.erased)
    assert erased == [0, 1, 1, 2, 2]


def test_a_small_gallery_is_compared_here_and_kept_there(kept: Kept) -> None:
    mirror = VectorMirror(kept.engine, least=1000)
    gallery = mirror.prefiltered(gallery_of(20), samples_of(20))
    assert gallery.first_pass is None
    mirror.step()
    assert len(kept.held()) == 20


def test_who_waits_behind_a_slow_search_does_not_wait_for_long(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asker, "ASK_S", 0.05)
    gallery = kept.known(30)
    kept.mirror.step()
    with kept.mirror.asker._lock:  # somebody is asking
        assert decide([Probe(gallery.encodings[3])], gallery, RULE).name == "person 3"
    assert kept.mirror.asker.refused == 1
    assert kept.mirror.asker.ready


def test_the_thread_keeps_step_and_ends() -> None:
    engine = EngineDouble(D)
    mirror = VectorMirror(engine, least=1)
    mirror.prefiltered(gallery_of(30), samples_of(30))
    mirror.start()
    assert engine.opened_twice.wait(30.0), "it is opened to be searched once it is in step"
    assert mirror.close(30.0)
    assert engine.index.count() == 30
