"""The VGGFace networks of keras-vggface: VGG16, ResNet50 and SENet50, from their weight files.

Architectures: Parkhi et al., "Deep Face Recognition", BMVC 2015 (VGG16, descriptor: the second
fully connected layer); Cao et al., "VGGFace2", FG 2018 (ResNet-50 and SE-ResNet-50, descriptor: the
mean over the last map). The names of the layers are those of R. C. Malli's port. All take (N, 3,
224, 224) float32, BGR minus a mean. Widths come from the arrays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from lookout.faces.graph_cache import graph_folder, read_or_build
from lookout.faces.kerasnet.blocks import KerasGraph
from lookout.faces.kerasnet.weights import KerasWeights, read_keras_weights

FORMAT = "v1"
"""Counted up with each change of what is built here, so that caches of older graphs are ignored."""

_BLOCKS = ((2, 3), (3, 4), (4, 6), (5, 3))
"""Stage, and its number of residual blocks."""
_KERAS_EPSILON, _SENET_EPSILON = 1e-3, 1e-4
_VGG_STAGES = ((1, 2), (2, 2), (3, 3), (4, 3), (5, 3))


def build_vgg16(weights: KerasWeights) -> bytes:
    """VGG16 → (N, 4096): the file with its top. Raises ModelDamaged."""
    net = KerasGraph("vggface-vgg16", weights, _KERAS_EPSILON)
    value = "pixels"
    for stage, count in _VGG_STAGES:
        for number in range(1, count + 1):
            value = net.relu(net.conv(f"conv{stage}_{number}", value, biased=True))
        value = net.max_pool(value, 2)
    # Keras lays the last map out with its channels last
    value = net.graph.node("Flatten", net.graph.node("Transpose", value, perm=[0, 2, 3, 1]), axis=1)
    value, _ = net.dense("fc6", value)
    value, dimension = net.dense("fc7", net.relu(value))
    return net.model(net.relu(value), dimension)


def build_resnet50(weights: KerasWeights) -> bytes:
    """ResNet-50 → (N, 2048). Raises ModelDamaged."""
    return _residual(KerasGraph("vggface-resnet50", weights, _KERAS_EPSILON), squeeze=False)


def build_senet50(weights: KerasWeights) -> bytes:
    """SE-ResNet-50 → (N, 2048). Raises ModelDamaged."""
    return _residual(KerasGraph("vggface-senet50", weights, _SENET_EPSILON), squeeze=True)


BUILDERS: Mapping[str, Callable[[KerasWeights], bytes]] = {
    "keras-vgg16": build_vgg16,
    "keras-resnet50": build_resnet50,
    "keras-senet50": build_senet50,
}
"""What an entry of the registry may name as `convert`."""


def cached_graph_of(content: bytes, kind: str, folder: Path | None = None) -> bytes:
    """The ONNX graph of a weight file, built once and kept in the cache folder.

    Raises ModelDamaged, and DeviceMissing without h5py.
    """
    digest = hashlib.sha256(content).hexdigest()
    path = (folder or graph_folder()) / f"{kind}-{digest[:16]}-{FORMAT}.onnx"
    return read_or_build(path, lambda: BUILDERS[kind](read_keras_weights(content)))


def _residual(net: KerasGraph, *, squeeze: bool) -> bytes:
    value = net.max_pool(net.relu(net.conv("conv1/7x7_s2", "pixels", stride=2)), 3)
    last = ""
    for stage, count in _BLOCKS:
        for block in range(1, count + 1):
            last = f"conv{stage}_{block}_1x1_increase"
            value = _block(net, value, f"conv{stage}_{block}", stage, block, squeeze)
    pooled = net.graph.node("Flatten", net.graph.node("GlobalAveragePool", value), axis=1)
    return net.model(pooled, net.filters(last))


def _block(net: KerasGraph, value: str, name: str, stage: int, block: int, squeeze: bool) -> str:
    """relu(three convolutions of `value` + `value`); the first of a stage halves the size, but for
    that of stage 2, and gives the shortcut a convolution of its own."""
    first = block == 1
    stride = 2 if first and stage > 2 else 1
    deep = net.relu(net.conv(f"{name}_1x1_reduce", value, stride=stride))
    deep = net.relu(net.conv(f"{name}_3x3", deep))
    deep = net.conv(f"{name}_1x1_increase", deep)
    if squeeze:
        deep = _squeezed(net, deep, name)
    shortcut = net.conv(f"{name}_1x1_proj", value, stride=stride) if first else value
    return net.relu(net.graph.node("Add", deep, shortcut))


def _squeezed(net: KerasGraph, value: str, name: str) -> str:
    """Each channel times what the means of all channels say of it (Hu et al., CVPR 2018)."""
    mean = net.graph.node("GlobalAveragePool", value)
    down = net.relu(net.conv(f"{name}_1x1_down", mean, biased=True))
    up = net.graph.node("Sigmoid", net.conv(f"{name}_1x1_up", down, biased=True))
    return net.graph.node("Mul", value, up)
