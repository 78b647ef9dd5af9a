"""Weights that Keras has saved: what is read, what is refused, and what the graphs compute.

`python -m benchmarks.keras_parity` compares whole networks with Keras itself.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from benchmarks.support.keras_files import KINDS, keras_file, random_layers
from lookout.faces.detections import Floats
from lookout.faces.errors import ModelDamaged
from lookout.faces.kerasnet.blocks import KerasGraph
from lookout.faces.kerasnet.vggface import BUILDERS, cached_graph_of
from lookout.faces.kerasnet.weights import KerasWeights, read_keras_weights
from lookout.faces.runtime.choose import open_session
from lookout.faces.runtime.session import RuntimeChoice

h5py = pytest.importorskip("h5py")
CPU = RuntimeChoice("cpu", runtime="onnxruntime", threads=1)


def computed(graph: bytes, value: float = 1.0) -> Floats:
    pictures = np.full((1, 3, 224, 224), value, np.float32)
    return open_session(graph, CPU).run(pictures)[0]


def test_each_layer_is_read_with_its_arrays_in_their_order() -> None:
    layers: dict[str, list[Floats]] = {
        "conv": [np.arange(6, dtype=np.float32).reshape(1, 1, 3, 2), np.ones(2, np.float32)],
        "conv/bn": [np.full(2, value, np.float32) for value in range(4)],
    }
    weights = read_keras_weights(keras_file(layers))
    kernel, bias = weights.take("conv", (4, 1))
    assert kernel.tolist() == layers["conv"][0].tolist()
    assert bias.tolist() == [1.0, 1.0]
    assert [a[0] for a in weights.take("conv/bn", (1, 1, 1, 1))] == [0.0, 1.0, 2.0, 3.0]
    with pytest.raises(ModelDamaged, match="have no layer 'fc6'"):
        weights.take("fc6", (2, 1))
    with pytest.raises(ModelDamaged, match="arrays of other shapes"):
        weights.take("conv", (4,))


def test_a_normalization_is_folded_and_same_padding_puts_the_odd_pixel_behind() -> None:
    kernel = np.ones((7, 7, 3, 1), np.float32)
    norm = [np.array([v], np.float32) for v in (2.0, 10.0, 5.0, 4.0 - 1e-3)]  # deviation 2
    net = KerasGraph("toy", KerasWeights({"c": (kernel,), "c/bn": tuple(norm)}), 1e-3)
    value = net.conv("c", "pixels", stride=2)
    flat = net.graph.node("Flatten", value, axis=1)
    given = computed(net.model(flat, 112 * 112)).reshape(112, 112)
    # of 7×7 pixels two are missing to the left and above, three to the right and below
    for place, inside in (((0, 0), 5 * 5), ((56, 56), 7 * 7), ((111, 111), 4 * 4)):
        assert given[place] == pytest.approx((3 * inside - 5) / 2 * 2 + 10, abs=1e-2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_of_that_shape_becomes_a_graph_that_is_kept(kind: str, tmp_path: Path) -> None:
    content = keras_file(random_layers(kind, share=16))
    graph = cached_graph_of(content, kind, tmp_path)
    dimension = 4096 // 16 if kind == "keras-vgg16" else 2048 // 16
    session = open_session(graph, CPU)
    assert session.input_shape == (None, 3, 224, 224)
    pictures = np.random.default_rng(3).uniform(-128, 128, (2, 3, 224, 224)).astype(np.float32)
    outputs = session.run(pictures)[0]
    assert outputs.shape == (2, dimension)
    assert np.isfinite(outputs).all()
    assert np.abs(outputs[0] - outputs[1]).max() > 0
    assert cached_graph_of(content, kind, tmp_path) == graph
    assert len(list(tmp_path.glob("*.onnx"))) == 1


def test_weights_of_another_network_are_refused() -> None:
    vgg = read_keras_weights(keras_file(random_layers("keras-vgg16", share=64)))
    with pytest.raises(ModelDamaged, match="no layer 'conv1/7x7_s2'"):
        BUILDERS["keras-resnet50"](vgg)


def test_what_is_no_file_of_weights_or_refers_to_another_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match="no file of weights"):
        read_keras_weights(b"weights " * 100)
    secret = tmp_path / "secret.h5"
    secret.write_bytes(keras_file({"conv": [np.ones((1, 1, 3, 2), np.float32)]}))
    sink = io.BytesIO()
    with h5py.File(sink, "w") as file:
        file.attrs["layer_names"] = [b"conv"]
        file["conv"] = h5py.ExternalLink(str(secret), "/conv")
    with pytest.raises(ModelDamaged, match="refer to another file"):
        read_keras_weights(sink.getvalue())
    sink = io.BytesIO()
    with h5py.File(sink, "w") as file:
        file["something"] = np.ones(3)
    with pytest.raises(ModelDamaged, match="no file of weights"):
        read_keras_weights(sink.getvalue())
