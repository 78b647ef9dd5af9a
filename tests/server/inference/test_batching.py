"""Calls of one engine: alone when it is idle, together when they wait, frames before uploads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from benchmarks.support.waiting import wait_until
from lookout.faces.detections import Detections, Image
from lookout.faces.runtime.session import RuntimeFacts
from lookout.server.inference.batching import MAX_TOGETHER, RIDE_S, TOGETHER_S, Batching, Work
from lookout.server.inference.shared_engines import SharedDetector, SharedEncoder

TIMEOUT_S = 30.0
ITEM_S = 0.0075
"""What an item costs on the engine's own clock: five make a batch, one rides with a frame."""


class Engine:
    """Squares numbers, refuses negative ones, and keeps the batches that it was given. Its clock
    goes on by ITEM_S an item and is nobody else's. While the gate is shut it stays in a batch."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.now_s = 0.0
        self.gate = threading.Event()
        self.gate.set()
        self.inside = threading.Event()
        self.batching = Batching(clock=lambda: self.now_s)
        self.work = Work(self._compute, shape=lambda number: number >= 1000)

    def ask(self, *numbers: int) -> list[int]:
        return self.batching.call(self.work, numbers)

    def ask_first(self, *numbers: int) -> list[int]:
        with self.batching.first():
            return self.ask(*numbers)

    def wait_for(self, waiting: int) -> None:
        wait_until(lambda: self.batching.waiting >= waiting, TIMEOUT_S)

    def _compute(self, numbers: Sequence[int]) -> list[int]:
        self.inside.set()
        assert self.gate.wait(TIMEOUT_S)
        if any(number < 0 for number in numbers):
            raise ValueError(f"negative: {min(numbers)}")
        self.batches.append(list(numbers))
        self.now_s += ITEM_S * len(numbers)
        return [number**2 for number in numbers]


class Crowd:
    """Threads that ask while the engine is held in a first batch, each queued before the next."""

    def __init__(self, engine: Engine, pool: ThreadPoolExecutor) -> None:
        engine.ask(0)  # now it is known what an item costs
        engine.batches.clear()
        engine.inside.clear()
        engine.gate.clear()
        self._engine = engine
        self._pool = pool
        self._asked: list[Future[list[int]]] = [pool.submit(engine.ask, 1)]
        assert engine.inside.wait(TIMEOUT_S)

    def ask(self, *numbers: int, by: Callable[..., list[int]] | None = None) -> Future[list[int]]:
        self._asked.append(self._pool.submit(by or self._engine.ask, *numbers))
        self._engine.wait_for(len(self._asked) - 1)
        return self._asked[-1]

    def let_go(self) -> list[Any]:
        """Everybody's outcome, in the order in which they asked."""
        self._engine.gate.set()
        return [one.exception(TIMEOUT_S) or one.result() for one in self._asked]


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def crowd(engine: Engine) -> Any:
    with ThreadPoolExecutor(32) as pool:
        yield Crowd(engine, pool)
        engine.gate.set()


def test_an_idle_engine_computes_at_once_and_alone(engine: Engine) -> None:
    assert engine.ask(3) == [9]
    assert engine.ask(4, 5) == [16, 25]
    assert engine.ask() == []
    assert engine.batches == [[3], [4, 5]]


def test_those_who_wait_are_computed_together_and_each_gets_its_own(
    engine: Engine, crowd: Crowd
) -> None:
    crowd.ask(2)
    crowd.ask(3, 4)
    crowd.ask(5)
    assert crowd.let_go() == [[1], [4], [9, 16], [25]]
    assert engine.batches == [[1], [2, 3, 4, 5]]


def test_a_batch_takes_no_longer_than_its_time(engine: Engine, crowd: Crowd) -> None:
    for number in range(2, 14):
        crowd.ask(number)
    crowd.let_go()
    assert [len(batch) for batch in engine.batches] == [1, 5, 5, 2]
    assert ITEM_S * 5 <= TOGETHER_S < ITEM_S * 6


def test_a_quick_engine_takes_many_but_not_without_end(engine: Engine) -> None:
    with ThreadPoolExecutor(64) as pool:
        crowd = Crowd(engine, pool)
        engine.work.cost.learn(0.0001, 1)  # as a GPU
        for number in range(MAX_TOGETHER + 4):
            crowd.ask(number)
        crowd.let_go()
    assert [len(batch) for batch in engine.batches] == [1, MAX_TOGETHER, 4]


def test_only_items_of_one_shape_are_computed_together(engine: Engine, crowd: Crowd) -> None:
    crowd.ask(2)
    crowd.ask(1000)
    crowd.ask(3)
    crowd.ask(4, 1001)  # of two shapes: with nobody
    crowd.ask(1002)
    crowd.let_go()
    assert engine.batches == [[1], [2, 3], [1000, 1002], [4, 1001]]


def test_each_caller_gets_its_own_error_and_the_others_their_results(
    engine: Engine, crowd: Crowd
) -> None:
    for numbers in ((2,), (-3,), (4,), (-5, 6)):
        crowd.ask(*numbers)
    first, two, minus_three, four, minus_five = crowd.let_go()
    assert [first, two, four] == [[1], [4], [16]]
    assert [str(minus_three), str(minus_five)] == ["negative: -3", "negative: -5"]
    assert engine.ask(7) == [49], "the engine is free again"


def test_a_flood_of_uploads_delays_a_frame_by_one_batch(engine: Engine, crowd: Crowd) -> None:
    for number in range(2, 22):
        crowd.ask(number)
    crowd.ask(100, by=engine.ask_first)
    results = crowd.let_go()
    assert results[-1] == [10_000]
    # behind the one batch under way; what rides along is worth RIDE_S
    assert engine.batches[0] == [1]
    assert engine.batches[1] == [100, 2]
    assert ITEM_S <= RIDE_S < 2 * ITEM_S


def test_a_frame_keeps_its_turn_from_its_first_call_to_its_last(
    engine: Engine, crowd: Crowd
) -> None:
    def two_calls(number: int) -> list[int]:
        with engine.batching.first():
            return engine.ask(number) + engine.ask(number + 1)

    crowd.ask(2)
    crowd.ask(1000)  # another shape, so it cannot ride
    crowd.ask(100, by=two_calls)
    crowd.let_go()
    assert engine.batches == [[1], [100, 2], [101], [1000]]


def test_others_have_their_turn_between_the_parts_of_a_large_call(
    engine: Engine, crowd: Crowd
) -> None:
    crowd.ask(*range(10, 22))
    crowd.ask(100, by=engine.ask_first)
    results = crowd.let_go()
    assert results[1] == [number**2 for number in range(10, 22)]
    assert engine.batches[1] == [100]
    assert [len(batch) for batch in engine.batches[2:]] == [5, 5, 2]


class _Boxes:
    """Finds one face in each picture, as wide as the picture."""

    name = "boxes"
    face_px = 40

    def __init__(self, device: str = "cpu") -> None:
        self.facts = RuntimeFacts("runtime", "provider", device, "float32", 1)
        self.batches: list[int] = []

    def detect(self, images_bgr: Sequence[Image]) -> list[Detections]:
        self.batches.append(len(images_bgr))
        return [
            Detections(np.array([[0, 0, *image.shape[1::-1]]], np.float32), np.ones(1, np.float32))
            for image in images_bgr
        ]


class _Means:
    """Encodes a chip as its mean, twice."""

    name, dimension, tolerance = "means", 2, 1.0

    def align(self, image_bgr: Image, detections: Detections) -> list[Any]:
        return [image_bgr] * len(detections)

    def encode(self, chips: Sequence[Any]) -> Any:
        return np.array([[chip.mean()] * 2 for chip in chips], np.float32).reshape(-1, 2)


def test_shared_engines_answer_as_the_engines_themselves() -> None:
    batching = Batching()
    detector, encoder = SharedDetector(_Boxes(), batching), SharedEncoder(_Means(), batching)
    small, large = np.full((20, 30, 3), 7, np.uint8), np.full((40, 60, 3), 9, np.uint8)
    found = detector.detect([small, large])
    assert [faces.box_xyxy[0].tolist() for faces in found] == [[0, 0, 30, 20], [0, 0, 60, 40]]
    chips = encoder.align(small, found[0]) + encoder.align(large, found[1])
    assert encoder.encode(chips).tolist() == [[7.0, 7.0], [9.0, 9.0]]
    assert encoder.encode([]).shape == (0, 2)
    assert encoder.encode([]).dtype == np.float32
    assert (detector.name, detector.face_px) == ("boxes", 40)


@pytest.mark.parametrize(("device", "batches"), [("cpu", [1, 1, 4, 1]), ("cuda", [7])])
def test_a_processor_searches_no_more_than_one_frame_at_once(
    device: str, batches: list[int]
) -> None:
    frame, window = np.zeros((480, 640, 3), np.uint8), np.zeros((240, 320, 3), np.uint8)
    engine = _Boxes(device)
    images = [frame, frame, *[window] * 4, frame]
    found = SharedDetector(engine, Batching()).detect(images)
    assert [faces.box_xyxy[0, 2] for faces in found] == [640, 640, 320, 320, 320, 320, 640]
    assert engine.batches == batches
