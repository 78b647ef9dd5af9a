"""P-Net, R-Net and O-Net as ONNX graphs, built from the weights of the PyPI package `mtcnn`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from lookout.faces.detect.mtcnn_weights import find_weights, read_arrays
from lookout.faces.detections import Floats


@dataclass(frozen=True, slots=True)
class ConvSpec:
    """A convolution, its PReLU, and the max pooling behind it: (side, stride, padded or not)."""

    channels: int
    side: int
    pool: tuple[int, bool] | None = None


@dataclass(frozen=True, slots=True)
class Net:
    """A stage of the cascade. `hidden` is None for P-Net, which has no dense layer."""

    name: str
    input_px: int | None
    convs: tuple[ConvSpec, ...]
    hidden: tuple[int, int] | None
    heads: tuple[int, ...]


PNET = Net(
    "pnet", None, (ConvSpec(10, 3, (2, True)), ConvSpec(16, 3), ConvSpec(32, 3)), None, (4, 2)
)
RNET = Net("rnet", 24, (ConvSpec(28, 3, (3, True)), ConvSpec(48, 3, (3, False)), ConvSpec(64, 2)),
           (576, 128), (4, 2))  # fmt: skip
ONET = Net("onet", 48, (ConvSpec(32, 3, (3, True)), ConvSpec(64, 3, (3, False)), ConvSpec(64, 3, (2,
True)),
                        ConvSpec(128, 2)), (1152, 256), (4, 10, 2))  # fmt: skip


def build(net: Net) -> bytes:
    """The ONNX graph of one stage, serialized.

    Input (N, 3, H, W) float32 RGB, (x − 127.5) / 128; outputs as the stage's heads: box offsets 4,
    points 10 (O-Net), probabilities 2 (no face, face).
    """
    arrays = read_arrays(find_weights(f"{net.name}.lz4"), _shapes(net))
    graph = _Graph(iter_arrays=list(arrays))
    value = "image"
    for conv in net.convs:
        value = graph.prelu(graph.conv(value), channels_last_axes=2)
        if conv.pool is not None:
            value = graph.max_pool(value, *conv.pool)
    if net.hidden is not None:
        # The dense weights expect columns before rows: they come from a Caffe model of MATLAB's
        value = graph.node("Transpose", [value], perm=[0, 3, 2, 1])
        value = graph.node("Flatten", [value])
        value = graph.prelu(graph.dense(value), channels_last_axes=0)
    head = graph.conv if net.hidden is None else graph.dense
    outputs = [head(value) for _ in net.heads]
    outputs[-1] = graph.node("Softmax", [outputs[-1]], axis=1)
    side: list[str | int] = ["H", "W"] if net.input_px is None else [net.input_px] * 2
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            net.name,
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, *side])],
            [helper.make_tensor_value_info(o, TensorProto.FLOAT, None) for o in outputs],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    return bytes(model.SerializeToString())


def _shapes(net: Net) -> list[tuple[int, ...]]:
    """Keras' weights: kernels are (rows, columns, in, out), PReLU (1, 1, channels)."""
    shapes: list[tuple[int, ...]] = []
    channels = 3
    for conv in net.convs:
        shapes += [(conv.side, conv.side, channels, conv.channels), (conv.channels,)]
        shapes += [(1, 1, conv.channels)]
        channels = conv.channels
    if net.hidden is not None:
        shapes += [net.hidden, (net.hidden[1],), (net.hidden[1],)]
    for size in net.heads:
        kernel = (1, 1, channels, size) if net.hidden is None else (net.hidden[1], size)
        shapes += [kernel, (size,)]
    return shapes


@dataclass(slots=True)
class _Graph:
    """Collects nodes, and takes the weights in the order of the file."""

    iter_arrays: list[Floats]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def node(self, kind: str, inputs: list[str], **attributes: Any) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def conv(self, value: str) -> str:
        kernel, bias = self._take(), self._take()
        return self.node(
            "Conv", [value, self._constant(kernel.transpose(3, 2, 0, 1)), self._constant(bias)]
        )

    def dense(self, value: str) -> str:
        kernel, bias = self._take(), self._take()
        return self.node("Gemm", [value, self._constant(kernel), self._constant(bias)])

    def prelu(self, value: str, channels_last_axes: int) -> str:
        slope = self._take().reshape(-1, *[1] * channels_last_axes)
        return self.node("PRelu", [value, self._constant(slope)])

    def max_pool(self, value: str, side: int, padded: bool) -> str:
        return self.node(
            "MaxPool",
            [value],
            kernel_shape=[side, side],
            strides=[2, 2],
            auto_pad="SAME_UPPER" if padded else "VALID",
        )

    def _take(self) -> Floats:
        return self.iter_arrays.pop(0)

    def _constant(self, array: Floats) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name
