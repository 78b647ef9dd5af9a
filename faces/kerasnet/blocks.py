"""The layers of Keras' convolutional networks as ONNX: channels first, normalizations folded."""

from __future__ import annotations

import numpy as np

from lookout.faces.detections import Floats
from lookout.faces.dlibnet.graph import FLOAT, Graph
from lookout.faces.kerasnet.weights import KerasWeights

INPUT_PX = 224
_CONV, _BIASED, _NORM, _DENSE = (4,), (4, 1), (1, 1, 1, 1), (2, 1)


class KerasGraph:
    """A graph in the making, and the weights that it takes. Values are names, as in `Graph`."""

    def __init__(self, name: str, weights: KerasWeights, epsilon: float) -> None:
        """epsilon: of the normalizations."""
        self.graph = Graph(name)
        self._weights = weights
        self._epsilon = epsilon

    def conv(self, layer: str, value: str, *, stride: int = 1, biased: bool = False) -> str:
        """A convolution, padded as Keras does with "same"; with the normalization `layer/bn` behind
        it where there is one."""
        if biased:
            kernel, bias = self._weights.take(layer, _BIASED)
        else:
            (kernel,) = self._weights.take(layer, _CONV)
            bias = np.zeros(kernel.shape[3], np.float32)
        if self._weights.has(f"{layer}/bn"):
            gamma, beta, mean, variance = self._weights.take(f"{layer}/bn", _NORM)
            scale = gamma / np.sqrt(variance + np.float32(self._epsilon))
            kernel, bias = kernel * scale, beta + (bias - mean) * scale
        before, after = _pads(kernel.shape[0], stride)
        weight = self.graph.constant(_floats(kernel.transpose(3, 2, 0, 1)))
        return self.graph.node(
            "Conv",
            value,
            weight,
            self.graph.constant(_floats(bias)),
            strides=[stride, stride],
            pads=[before, before, after, after],
        )

    def dense(self, layer: str, value: str) -> tuple[str, int]:
        """A product with a matrix and a sum; the name and the number of its outputs."""
        kernel, bias = self._weights.take(layer, _DENSE)
        product = self.graph.node("MatMul", value, self.graph.constant(_floats(kernel)))
        summed = self.graph.node("Add", product, self.graph.constant(_floats(bias)))
        return summed, kernel.shape[1]

    def relu(self, value: str) -> str:
        return self.graph.node("Relu", value)

    def max_pool(self, value: str, size: int) -> str:
        """Of `size` pixels, every second one, without padding."""
        return self.graph.node("MaxPool", value, kernel_shape=[size, size], strides=[2, 2])

    def filters(self, layer: str) -> int:
        """The number of outputs of a convolution."""
        return int(self._weights.take(layer, _CONV)[0].shape[3])

    def model(self, output: str, dimension: int) -> bytes:
        """The checked model: (N, 3, 224, 224) float32 → (N, dimension)."""
        shape: list[str | int] = ["n", 3, INPUT_PX, INPUT_PX]
        return self.graph.model(("pixels", FLOAT, shape), output, ["n", dimension])


def _pads(size: int, stride: int) -> tuple[int, int]:
    """What "same" puts before and behind an input that the stride divides: the odd one behind."""
    total = max(size - stride, 0)
    return total // 2, total - total // 2


def _floats(array: Floats) -> Floats:
    return np.ascontiguousarray(array, np.float32)
