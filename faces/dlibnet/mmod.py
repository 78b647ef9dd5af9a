"""dlib's CNN face detector (`cnn_face_detection_model_v1`) as an ONNX graph.

Architecture: `net_type` of dlib's `tools/python/src/cnn_face_detector.cpp`. Method: max-margin
object detection, D. King, arXiv:1502.00046. Weights: CC0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lookout.faces.dlibnet.graph import FLOAT, Graph, expect, fold
from lookout.faces.dlibnet.layers import Conv, Layer, Relu
from lookout.faces.dlibnet.reader import MmodLoss, Network
from lookout.faces.errors import ModelDamaged

FORMAT = "v2"
"""Counts changes of the graph that this file builds, so that caches of older graphs are ignored."""

_ARCHITECTURE: tuple[type[Layer], ...] = (*((Conv, Relu) * 6), Conv)


@dataclass(frozen=True, slots=True)
class MmodFacts:
    """The meaning of the graph's scores.

    A score at (row, column) is that of a window whose centre lies in the tiled picture at
    `column * step_px + first_px`, and likewise down; the smallest picture that gives a score has
    `least_px` on each side.
    """

    mean_rgb: tuple[float, float, float]
    padding_px: int
    border_px: int
    window_wh: tuple[int, int]
    nms_iou: float
    nms_covered: float
    step_px: int
    first_px: int
    least_px: int


def build_mmod(network: Network) -> bytes:
    """`tile` (N, 3, H, W) float32, RGB minus its mean → scores (N, 1, h, w) float32.

    H and W are free. Raises ModelDamaged.
    """
    layers = fold(network.layers)
    expect(layers, _ARCHITECTURE, network.source)
    graph = Graph("mmod")
    value = "tile"
    for position, layer in enumerate(layers):
        if not isinstance(layer, Conv):
            value = graph.node("Relu", value)
        elif position == 0:
            # dlib divides pixels by 256: a power of two, so moving it changes no digit
            scaled = replace(layer, weight=layer.weight / np.float32(256))
            value = graph.convolution(scaled, value)
        elif layer is layers[-1]:
            for part in across_then_down(layer):
                value = graph.convolution(part, value)
        else:
            value = graph.convolution(layer, value)
    return graph.model(("tile", FLOAT, ["n", 3, "height", "width"]), value, ["n", 1, "h", "w"])


def across_then_down(conv: Conv) -> tuple[Conv, Conv]:
    """A convolution to one channel, as one along rows and one that adds up the rows' results.

    Runtimes compute channels in blocks of 8 or 16, so a lone channel costs as much as a block;
    taken apart, the 9×9 scores take an eighth (the detector as a whole: 15 % less).
    """
    _, channels, rows, columns = conv.weight.shape
    if len(conv.weight) != 1 or conv.stride_yx != (1, 1):
        raise ModelDamaged(f"the scores come from {len(conv.weight)} channels, expected one")
    across = conv.weight.reshape(channels, rows, 1, columns).transpose(1, 0, 2, 3)
    down = np.eye(rows, dtype=np.float32).reshape(1, rows, rows, 1)
    pad_y, pad_x = conv.padding_yx
    return (
        Conv(np.ascontiguousarray(across), np.zeros(rows, np.float32), (1, 1), (0, pad_x)),
        Conv(down, conv.bias, (1, 1), (pad_y, 0)),
    )


def mmod_facts(network: Network) -> MmodFacts:
    """The facts about the network besides its graph. Raises ModelDamaged."""
    loss, padding = network.loss, network.input.padding
    if not isinstance(loss, MmodLoss) or padding is None:
        raise ModelDamaged(f"{network.source} is a dlib network, but not one that finds faces")
    step, first, least = 1, 0, 1
    for layer in reversed(network.layers):
        if isinstance(layer, Conv):
            stride, rows, pad = layer.stride_yx[0], layer.weight.shape[2], layer.padding_yx[0]
            first = first * stride - pad + rows // 2
            step *= stride
            least = (least - 1) * stride - 2 * pad + rows
    return MmodFacts(
        network.input.mean_rgb, *padding, loss.window_wh, loss.nms_iou, loss.nms_covered,
        step, first, max(least, 1),
    )  # fmt: skip
