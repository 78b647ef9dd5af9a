"""The 8-bit form of dlib's encoder: its arithmetic, and how little it moves real encodings."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import pytest

from lookout.faces.chips import ChipCutter
from lookout.faces.detect.hog import HogDetector
from lookout.faces.detections import Floats
from lookout.faces.dlib_weights import RESNET, dlib_weights
from lookout.faces.dlibnet.graph import FLOAT
from lookout.faces.dlibnet.int8 import Int8Graph
from lookout.faces.dlibnet.layers import Conv
from lookout.faces.dlibnet.reader import read_network
from lookout.faces.dlibnet.resnet import build_resnet, build_resnet_int8
from lookout.faces.dlibnet.resnet_limits import RESNET_LIMITS
from lookout.faces.encode.dlib128 import Dlib128Encoder
from lookout.faces.errors import ModelDamaged
from lookout.faces.protocols import Chip
from lookout.faces.runtime.choose import open_session
from lookout.faces.runtime.cores import cpu_flags, has_int8
from lookout.faces.runtime.session import RuntimeChoice
from tests.support.portraits import read_image

MOST_MOVED = 0.02
CHIPS = 20
ON_CPU = RuntimeChoice(device="cpu")

has_no_int8 = find_spec("openvino") is None or not has_int8(cpu_flags())


def _one_by_one(*weights: float) -> Conv:
    weight = np.array(weights, np.float32).reshape(1, -1, 1, 1)
    return Conv(weight, np.array([0.25], np.float32), (1, 1), (0, 0))


@pytest.fixture(scope="module")
def chips(data: Path) -> list[Chip]:
    detector, cutter = HogDetector(upsample=0), ChipCutter()
    found: list[Chip] = []
    for path in sorted((data / "lfw").rglob("*.jpg"))[::200]:
        image = read_image(path)
        found += cutter.chips(image, detector.detect([image])[0])[:1]
    assert len(found) >= CHIPS
    return found[:CHIPS]


def test_weights_and_values_are_rounded_to_their_steps() -> None:
    graph = Int8Graph("test", [255.0])
    output = graph.convolution(_one_by_one(1.0, 0.5), "value")
    model = graph.model(("value", FLOAT, [1, 2, 1, 3]), output, [1, 1, 1, 3])
    value = np.array([[10.4, 300, -5], [0, 0, 2]], np.float32).reshape(1, 2, 1, 3)
    (result,) = open_session(model, ON_CPU).run(value)
    # weights 127/127 and 64/127; 10.4 becomes 10, 300 is cut to 255, -5 to 0; the bias is exact
    expected = [10 + 0.25, 255 + 0.25, 2 * 64 / 127 + 0.25]
    assert result.ravel() == pytest.approx(expected, abs=1e-4)


def test_a_value_that_two_convolutions_take_is_rounded_once() -> None:
    graph = Int8Graph("test", [1.0])
    sum_ = graph.node(
        "Add",
        graph.convolution(_one_by_one(1.0), "value"),
        graph.convolution(_one_by_one(-1.0), "value"),
    )
    model = graph.model(("value", FLOAT, [1, 1, 1, 1]), sum_, [1, 1, 1, 1])
    kinds = [node.op_type for node in onnx.load_from_string(model).graph.node]
    assert kinds.count("QuantizeLinear") == 1


def test_a_network_with_more_convolutions_than_were_measured_has_no_8_bit_form() -> None:
    graph = Int8Graph("test", [1.0])
    value = graph.convolution(_one_by_one(1.0), "value")
    with pytest.raises(ModelDamaged, match="--precision float32"):
        graph.convolution(_one_by_one(1.0), value)


def test_every_measured_range_is_used_and_every_weight_is_8_bit() -> None:
    model = onnx.load_from_string(build_resnet_int8(read_network(dlib_weights(RESNET))))
    kinds = [node.op_type for node in model.graph.node]
    assert kinds.count("QuantizeLinear") == len(RESNET_LIMITS)
    assert kinds.count("DequantizeLinear") == len(RESNET_LIMITS) + kinds.count("Conv")
    sizes = [
        np.prod(w.dims) for w in model.graph.initializer if w.data_type == onnx.TensorProto.INT8
    ]
    assert sum(size > 1000 for size in sizes) == kinds.count("Conv")


@pytest.mark.data
def test_the_graph_moves_real_encodings_by_little_on_any_processor(chips: list[Chip]) -> None:
    network = read_network(dlib_weights(RESNET))
    batch = np.stack([np.asarray(chip) for chip in chips])
    (exact,) = open_session(build_resnet(network), ON_CPU).run(batch)
    (rounded,) = open_session(build_resnet_int8(network), ON_CPU).run(batch)
    assert 0 < np.abs(rounded - exact).max() <= MOST_MOVED
    assert np.abs(_distances(rounded) - _distances(exact)).max() <= MOST_MOVED


@pytest.mark.data
@pytest.mark.skipif(has_no_int8, reason="needs OpenVINO and a processor with VNNI")
def test_the_encoder_computes_in_8_bits_and_says_so(chips: list[Chip], tmp_path: Path) -> None:
    encoder = Dlib128Encoder(RuntimeChoice(precision="int8"), cache=tmp_path)
    assert (encoder.facts.runtime, encoder.facts.precision) == ("openvino", "int8")
    exact = Dlib128Encoder(ON_CPU, cache=tmp_path).encode(chips)
    assert 0 < np.abs(encoder.encode(chips) - exact).max() <= MOST_MOVED
    assert {path.suffixes[-1] for path in tmp_path.iterdir()} == {".onnx", ".sha256"}
    assert len(list(tmp_path.glob("*.onnx"))) == 2


def _distances(encodings: Floats) -> Floats:
    return np.asarray(np.linalg.norm(encodings[1:] - encodings[:-1], axis=1), np.float32)
