"""PReLU in another form: by hand, and a real encoder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from lookout.faces.runtime.choose import open_session
from lookout.faces.runtime.fast_activations import with_fast_activations
from lookout.faces.runtime.onnx_runtime import OnnxRuntimeSession
from lookout.faces.runtime.session import RuntimeChoice

VALUES = np.array([-4.0, -1.0, 0.0, 3.0], np.float32)


def network(slopes: np.ndarray, opset: int = 13) -> bytes:
    """y = PReLU(x) of (1, 2, 1, 4)."""
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 2, 1, 4]) for name in "xy")
    given = [numpy_helper.from_array(slopes.astype(np.float32), "slopes")]
    graph = helper.make_graph(
        [helper.make_node("PRelu", ["x", "slopes"], ["y"])], "g", [x], [y], given
    )
    return bytes(
        helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8
        ).SerializeToString()
    )


def operators(model: bytes) -> list[str]:
    return [node.op_type for node in onnx.load_from_string(model).graph.node]


def result(model: bytes) -> list[list[float]]:
    x = np.stack([VALUES, VALUES]).reshape(1, 2, 1, 4)
    (y,) = OnnxRuntimeSession(model, RuntimeChoice("cpu")).run(x)
    rows: list[list[float]] = y[0, :, 0].tolist()
    return rows


def test_a_slope_for_each_channel_is_a_scaling_and_a_relu() -> None:
    fast = with_fast_activations(network(np.array([0.5, -0.25]).reshape(2, 1, 1)))
    assert "PRelu" not in operators(fast)
    assert result(fast) == [[-2.0, -0.5, 0.0, 3.0], [1.0, 0.25, 0.0, 3.0]]


def test_one_slope_for_all_is_a_leaky_relu() -> None:
    fast = with_fast_activations(network(np.array([0.5])))
    assert operators(fast) == ["LeakyRelu"]
    assert result(fast) == [[-2.0, -0.5, 0.0, 3.0]] * 2


@pytest.mark.parametrize("shape", [(4,), (2, 1, 4), (2, 1, 1)], ids=["width", "all", "old opset"])
def test_slopes_of_another_kind_stay(shape: tuple[int, ...]) -> None:
    model = network(np.full(shape, 0.5), opset=13 if shape != (2, 1, 1) else 7)
    assert operators(with_fast_activations(model)) == ["PRelu"]


def test_bytes_that_are_no_network_come_back() -> None:
    assert with_fast_activations(b"PRelu") == b"PRelu"


@pytest.mark.data
def test_an_encoder_says_the_same_in_the_other_form(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    model = (models / "face-reidentification-retail-0095.onnx").read_bytes()
    choice = RuntimeChoice("cpu", threads=1)
    plain, fast = OnnxRuntimeSession(model, choice), open_session(model, choice)
    assert list(tmp_path.rglob("fast-*.onnx"))
    pictures = np.random.default_rng(1).uniform(0, 255, (2, 3, 128, 128)).astype(np.float32)
    (expected,), (found,) = plain.run(pictures), fast.run(pictures)
    assert found == pytest.approx(expected, abs=1e-4 * float(np.abs(expected).max()))
