"""dlib's face recognition network (`face_recognition_model_v1`) as an ONNX graph.

Architecture: `anet_type` of dlib's `tools/python/src/face_recognition.cpp`: a 29-layer residual
network (after He et al., CVPR 2016), trained by D. King. Weights: CC0.
"""

from __future__ import annotations

from dataclasses import replace

from lookout.faces.dlibnet.graph import FLOAT, UINT8, Graph, expect, fold, take_pixels
from lookout.faces.dlibnet.int8 import Int8Graph
from lookout.faces.dlibnet.layers import AddPrevious, Conv, FullyConnected, Layer, Pool, Relu, Tag
from lookout.faces.dlibnet.reader import MetricLoss, Network
from lookout.faces.dlibnet.resnet_limits import RESNET_LIMITS
from lookout.faces.errors import ModelDamaged

FORMAT = "v1"
INT8_FORMAT = "int8-v2"
"""Counted up with each change of what is built here, so that caches of older graphs are ignored."""

_BRANCH: tuple[type[Layer], ...] = (Tag, Conv, Relu, Conv)
_BLOCK = (*_BRANCH, AddPrevious, Relu)
_DOWN_BLOCK = (*_BRANCH, Tag, Tag, Pool, AddPrevious, Relu)
_ARCHITECTURE: tuple[type[Layer], ...] = (
    *(Conv, Relu, Pool),
    *(_BLOCK * 3),
    *(*_DOWN_BLOCK, *_BLOCK * 3),
    *(*_DOWN_BLOCK, *_BLOCK * 2),
    *(*_DOWN_BLOCK, *_BLOCK * 2),
    *_DOWN_BLOCK,
    *(Pool, FullyConnected),
)


def build_resnet(network: Network) -> bytes:
    """`pixels` (N, 150, 150, 3) uint8 RGB → (N, 128) float32. Raises ModelDamaged."""
    return _build(network, Graph("dlib-128"))


def build_resnet_int8(network: Network) -> bytes:
    """`build_resnet` with 8-bit convolutions; encodings move, see docs/benchmarks.md."""
    return _build(network, Int8Graph("dlib-128-int8", RESNET_LIMITS))


def _build(network: Network, graph: Graph) -> bytes:
    layers = fold(network.layers)
    expect(layers, _ARCHITECTURE, network.source)
    size_hw = network.input.size_hw
    if not isinstance(network.loss, MetricLoss) or size_hw is None:
        raise ModelDamaged(f"{network.source} is a dlib network, but not one that encodes faces")
    value = graph.node("Transpose", graph.node("Cast", "pixels", to=FLOAT), perm=[0, 3, 1, 2])
    side = _square(size_hw, network.source)
    convs: list[Conv] = []
    down: Pool | None = None
    outputs = 0
    for position, layer in enumerate(layers):
        if isinstance(layer, Conv) and position == 0:
            stem = take_pixels(layer, network.input)
            value = graph.node("Relu", graph.convolution(stem, value))
            side = _output_side(stem, side)
        elif isinstance(layer, Conv):
            convs.append(layer)
        elif isinstance(layer, Pool) and convs:
            down = layer
        elif isinstance(layer, Pool):
            value = graph.pool(layer, value)
            side = _output_side(layer, side)
        elif isinstance(layer, AddPrevious):
            value, side = _residual(graph, value, side, convs, down)
            convs, down = [], None
        elif isinstance(layer, FullyConnected):
            value = graph.fully_connected(layer, value)
            outputs = layer.weight.shape[1]
    return graph.model(("pixels", UINT8, ["n", *size_hw, 3]), value, ["n", outputs])


def _residual(
    graph: Graph, value: str, side: int, convs: list[Conv], down: Pool | None
) -> tuple[str, int]:
    """relu(two convolutions of `value` + `value`), the shortcut pooled by `down`.

    Where the two differ in size, dlib pads the smaller with zeros behind its channels and to its
    right and bottom. So the shortcut is added to the first channels of the convolution only.
    """
    first, second = convs
    deep = graph.node("Relu", graph.convolution(first, value))
    deep_side = _output_side(second, _output_side(first, side))
    if down is None:
        return graph.node("Relu", graph.node("Add", graph.convolution(second, deep), value)), side
    shortcut_side = _output_side(down, side)
    channels = first.weight.shape[1]
    filters = len(second.weight)
    near = graph.convolution(_filters(second, slice(0, channels)), deep)
    gap = shortcut_side - deep_side
    pads = graph.constant([0, 0, 0, 0, 0, 0, gap, gap]) if gap else ""
    padded = graph.node("Pad", near, pads) if gap else near
    near = graph.node("Relu", graph.node("Add", padded, graph.pool(down, value)))
    if channels == filters:
        return near, shortcut_side
    far = graph.node("Relu", graph.convolution(_filters(second, slice(channels, filters)), deep))
    far = graph.node("Pad", far, pads) if gap else far
    return graph.node("Concat", near, far, axis=1), shortcut_side


def _filters(conv: Conv, part: slice) -> Conv:
    return replace(conv, weight=conv.weight[part], bias=conv.bias[part])


def _output_side(layer: Conv | Pool, side: int) -> int:
    window = layer.weight.shape[2] if isinstance(layer, Conv) else layer.size_yx[0]
    if window == 0:
        return 1
    return 1 + (side + 2 * layer.padding_yx[0] - window) // layer.stride_yx[0]


def _square(size_hw: tuple[int, int], source: str) -> int:
    height, width = size_hw
    if height != width:
        raise ModelDamaged(f"{source} takes pictures of {width}x{height}, expected square ones")
    return height
