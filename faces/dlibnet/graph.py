"""Writes the layers of a dlib network as an ONNX graph that computes the same numbers.

Affine layers are folded into the convolution before them, the input's mean and 1/256 into the
first convolution where it has no padding, so the graph takes uint8 pixels. Numbers too small to be
normal are flushed to zero: they change nothing and slow processors down up to 80 times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from lookout.faces.detections import Floats
from lookout.faces.dlibnet.layers import Affine, Conv, FullyConnected, Layer, Pool
from lookout.faces.dlibnet.reader import InputLayer
from lookout.faces.errors import ModelDamaged

FLOAT, UINT8 = int(TensorProto.FLOAT), int(TensorProto.UINT8)
_OPSET = 17
_IR_VERSION = 9  # what ONNX Runtime 1.20, the oldest that is allowed, can read


class Graph:
    """Nodes and weights in the making; each method returns the name of the value it adds."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Adds an operator with one output."""
        output = f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def constant(self, values: Sequence[int] | npt.NDArray[Any]) -> str:
        """A list becomes int64, an array keeps its type."""
        array = np.asarray(values)
        name = f"constant_{len(self._weights)}"
        flushed = without_denormals(array) if array.dtype == np.float32 else array
        self._weights.append(numpy_helper.from_array(np.asarray(flushed, order="C"), name))
        return name

    def convolution(self, conv: Conv, value: str) -> str:
        """Adds a convolution with its bias."""
        pads = [*conv.padding_yx, *conv.padding_yx]
        weight, bias = self.constant(conv.weight), self.constant(conv.bias)
        return self.node("Conv", value, weight, bias, strides=conv.stride_yx, pads=pads)

    def pool(self, pool: Pool, value: str) -> str:
        """Adds a max, average or global average pooling."""
        if pool.size_yx == (0, 0):
            return self.node("GlobalAveragePool", value)
        kind = "MaxPool" if pool.kind == "max" else "AveragePool"
        pads = [*pool.padding_yx, *pool.padding_yx]
        return self.node(kind, value, kernel_shape=pool.size_yx, strides=pool.stride_yx, pads=pads)

    def fully_connected(self, layer: FullyConnected, value: str) -> str:
        """Adds a product with a weight matrix."""
        flat = self.node("Flatten", value, axis=1)
        return self.node("MatMul", flat, self.constant(layer.weight))

    def model(
        self, taken: tuple[str, int, Sequence[str | int]], output: str, shape: Sequence[str | int]
    ) -> bytes:
        """The checked model: `taken` is its input's name, type and shape; the output is float32."""
        graph = helper.make_graph(
            self._nodes,
            self._name,
            [helper.make_tensor_value_info(*taken)],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)],
            self._weights,
        )
        opsets = [helper.make_opsetid("", _OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
        onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString())


def fold(layers: Sequence[Layer]) -> list[Layer]:
    """The layers with every affine layer folded into the convolution before it."""
    folded: list[Layer] = []
    for layer in layers:
        before = folded[-1] if folded else None
        if isinstance(layer, Affine) and isinstance(before, Conv):
            scale = layer.gamma[:, None, None, None]
            bias = before.bias * layer.gamma + layer.beta
            folded[-1] = replace(before, weight=before.weight * scale, bias=bias)
        else:
            folded.append(layer)
    return folded


def take_pixels(conv: Conv, inputs: InputLayer) -> Conv:
    """The first convolution, made to take RGB 0..255 in place of (channel − mean) / 256.

    Only right without padding: a padded zero would become a padded mean.
    """
    if conv.padding_yx != (0, 0):
        raise ModelDamaged("the first convolution of a dlib network has no padding; this one has")
    mean = np.array(inputs.mean_rgb, np.float64)
    weight = conv.weight.astype(np.float64) / 256
    bias = conv.bias - np.einsum("fcyx,c->f", weight, mean)
    return replace(conv, weight=weight.astype(np.float32), bias=bias.astype(np.float32))


def expect(layers: Sequence[Layer], kinds: Sequence[type[Layer]], what: str) -> None:
    """Raises ModelDamaged unless the layers are of these kinds, in this order."""
    found = [type(layer).__name__ for layer in layers]
    wanted = [kind.__name__ for kind in kinds]
    for position, (have, want) in enumerate(zip(found, wanted, strict=False)):
        if have != want:
            raise ModelDamaged(f"layer {position} of {what} is {have}, expected {want}")
    if len(found) != len(wanted):
        raise ModelDamaged(f"{what} has {len(found)} layers, expected {len(wanted)}")


def without_denormals(weights: Floats) -> Floats:
    """A copy with every number below float32's normal range set to zero."""
    tiny = np.finfo(np.float32).tiny
    return np.where(np.abs(weights) < tiny, np.float32(0), weights)
