"""dlib's CNN face detector (`cnn_face_detection_model_v1`) as an ONNX graph.

Architecture: `net_type` of dlib's `tools/python/src/cnn_face_detector.cpp`. Method: max-margin
object detection, D. King, arXiv:1502.00046. Weights: CC0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from faces.dlibnet.graph import FLOAT, Graph, expect, fold
from faces.dlibnet.layers import Conv, Layer, Relu
from faces.dlibnet.reader import MmodLoss, Network
from faces.errors import ModelDamaged

FORMAT = 1
"""Counts changes of the graph that this file builds, so that caches of older graphs are left."""

_ARCHITECTURE: tuple[type[Layer], ...] = (*((Conv, Relu) * 6), Conv)


@dataclass(frozen=True, slots=True)
class MmodFacts:
    """What the scores of the graph mean.

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
        if isinstance(layer, Conv):
            # dlib divides pixels by 256: a power of two, so moving it changes no digit
            conv = layer if position else replace(layer, weight=layer.weight / np.float32(256))
            value = graph.convolution(conv, value)
        else:
            value = graph.node("Relu", value)
    return graph.model(("tile", FLOAT, ["n", 3, "height", "width"]), value, ["n", 1, "h", "w"])


def mmod_facts(network: Network) -> MmodFacts:
    """What is to be known of the network besides its graph. Raises ModelDamaged."""
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
