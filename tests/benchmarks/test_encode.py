"""The counting and the timing of the encoding benchmark, against figures worked out by hand."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from benchmarks.speed.encode import BATCH, Setting, measure
from benchmarks.support.flops import gflop
from benchmarks.support.workers import Worker, WorkerFailed
from lookout.faces.dlib_weights import RESNET, dlib_weights
from lookout.faces.dlibnet.graph import FLOAT, Graph
from lookout.faces.dlibnet.layers import Conv, FullyConnected
from lookout.faces.dlibnet.reader import read_network
from lookout.faces.dlibnet.resnet import build_resnet


def test_a_convolution_and_a_product_are_counted_by_hand() -> None:
    graph = Graph("test")
    conv = Conv(np.ones((4, 3, 3, 3), np.float32), np.zeros(4, np.float32), (2, 2), (0, 0))
    value = graph.convolution(conv, "picture")
    value = graph.node("GlobalAveragePool", value)
    value = graph.fully_connected(FullyConnected(np.ones((4, 5), np.float32)), value)
    model = graph.model(("picture", FLOAT, ["n", 3, 9, 11]), value, ["n", 5])
    # a window of 3 in steps of 2 fits 4 times into 9 and 5 times into 11: 4·5·4 outputs of 27
    # products each; then 4·5 products; two pictures; a product and a sum each
    expected = 2 * (2 * (4 * 5 * 4 * 27 + 4 * 5))
    assert gflop(model, {"n": 2}) == pytest.approx(expected / 1e9)


def test_an_encoding_costs_half_a_gflop() -> None:
    assert gflop(build_resnet(read_network(dlib_weights(RESNET))), {"n": 1}) == pytest.approx(
        0.54, abs=0.005
    )


def test_settings_are_asked_in_turn_and_the_first_round_is_dropped() -> None:
    asked: list[str] = []

    def scripted(name: str, figures_ms: list[float]) -> Setting:
        left = iter(figures_ms)

        def time_ms(count: int) -> float:
            asked.append(f"{name}{count}")
            return next(left) * count

        return Setting(name, 1, time_ms, np.zeros((0, 128), np.float32))

    # one figure alone and one in the batch for each of four rounds, all long enough to count alone
    first = scripted("a", [900, 900, 60, 160, 80, 180, 70, 170])
    second = scripted("b", [900, 900, 50, 50, 50, 50, 51, 51])
    medians = measure([first, second], rounds=3)
    assert medians == [{1: 70, BATCH: 170}, {1: 50, BATCH: 50}]
    assert asked[:8] == ["a1", f"a{BATCH}", "b1", f"b{BATCH}"] * 2


def test_a_worker_times_a_matrix_product_in_its_own_process() -> None:
    with Worker(sys.executable, 1, "matmul", "64") as worker:
        assert worker.facts == {"side": 64}
        assert 0 < worker.time_ms(1) < 10_000


def test_a_worker_that_cannot_start_is_named() -> None:
    with pytest.raises(WorkerFailed, match="timed_worker"):
        Worker(sys.executable, 1, "matmul", "not-a-number")
