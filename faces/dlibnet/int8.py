"""A graph whose convolutions multiply 8-bit integers, for processors that have such a product.

Static quantization after training (B. Jacob et al., CVPR 2018), written as the pairs of
QuantizeLinear and DequantizeLinear that runtimes recognize: weights are symmetric with a scale for
each filter, a convolution's input is unsigned with one scale. Biases, sums, pools and the last
product stay float32.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lookout.faces.dlibnet.graph import Graph
from lookout.faces.dlibnet.layers import Conv
from lookout.faces.errors import ModelDamaged

_UNSIGNED_MAX = 255
_SIGNED_MAX = 127


class Int8Graph(Graph):
    """limits: the largest value that each distinct input of a convolution takes, in the order of
    the graph. Larger values are cut to it; the smallest is 0, because pixels and the outputs of a
    ReLU are not negative.
    """

    def __init__(self, name: str, limits: Sequence[float]) -> None:
        super().__init__(name)
        self._limits = limits
        self._rounded: dict[str, str] = {}

    def convolution(self, conv: Conv, value: str) -> str:
        """Adds a convolution whose weights and input are 8-bit integers."""
        largest = np.abs(conv.weight).max(axis=(1, 2, 3))
        scale = np.maximum(largest / _SIGNED_MAX, np.finfo(np.float32).tiny).astype(np.float32)
        rounded = np.rint(conv.weight / scale[:, None, None, None]).astype(np.int8)
        weight = self.node(
            "DequantizeLinear",
            self.constant(rounded),
            self.constant(scale),
            self.constant(np.zeros(len(scale), np.int8)),
            axis=0,
        )
        pads = [*conv.padding_yx, *conv.padding_yx]
        return self.node(
            "Conv",
            self._in_steps(value),
            weight,
            self.constant(conv.bias),
            strides=conv.stride_yx,
            pads=pads,
        )

    def _in_steps(self, value: str) -> str:
        """`value` rounded to 256 steps; once, where several convolutions take it."""
        if value not in self._rounded:
            position = len(self._rounded)
            if position >= len(self._limits):
                raise ModelDamaged(
                    f"this network has more convolutions than the {len(self._limits)} whose "
                    "ranges were measured, so it has no 8-bit form; use --precision float32"
                )
            step = self.constant(np.array(self._limits[position] / _UNSIGNED_MAX, np.float32))
            zero = self.constant(np.array(0, np.uint8))
            steps = self.node("QuantizeLinear", value, step, zero)
            self._rounded[value] = self.node("DequantizeLinear", steps, step, zero)
        return self._rounded[value]
