"""Reads a whole network from a dlib `.dat` file, in the order in which a picture passes it.

Format: `dnn/core.h`, `dnn/input.h` and `dnn/loss.h` of dlib. A network is written from the loss
inwards: first one version number for each wrapper, down to the input; then the fields, from the
input back out. So the versions come as a list and the layers follow in reverse: version 1 is a tag
or skip layer, which has no fields, 2 an ordinary layer, 3 the layer that holds the input.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lookout.faces.dlibnet.layers import Layer, Tag, read_layer
from lookout.faces.dlibnet.stream import WeightStream
from lookout.faces.errors import ModelDamaged

_TAG, _LAYER, _INPUT = 1, 2, 3
_MAX_LAYERS = 1000
_MAX_FILE_BYTES = 256 << 20
_OLD_PYRAMID_PADDING = (10, 11)


@dataclass(frozen=True, slots=True)
class InputLayer:
    """The preprocessing of a picture: (channel − mean) / 256, channels in the order RGB.

    size_hw is None where any size goes; padding is what lies between and around the levels of an
    image pyramid, in pixels, and None without a pyramid.
    """

    mean_rgb: tuple[float, float, float]
    size_hw: tuple[int, int] | None
    padding: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class MmodLoss:
    """The parameters that turn scores into boxes: sliding window and non-maximum suppression."""

    window_wh: tuple[int, int]
    nms_iou: float
    nms_covered: float


@dataclass(frozen=True, slots=True)
class MetricLoss:
    """Encodings of one person lie nearer than `distance`."""

    distance: float


@dataclass(frozen=True, slots=True)
class Network:
    source: str
    loss: MmodLoss | MetricLoss
    input: InputLayer
    layers: tuple[Layer, ...]


def read_file(path: Path) -> bytes:
    """The bytes of a weight file. Raises ModelDamaged if it cannot be read or is far too large."""
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise ModelDamaged(f"{path} is over {_MAX_FILE_BYTES >> 20} MiB: not a dlib network")
        return path.read_bytes()
    except OSError as error:
        raise ModelDamaged(f"{path} cannot be read: {error.strerror}") from error


def read_network(path: Path) -> Network:
    """The network in `path`. Raises ModelDamaged with the offset and what was expected there."""
    return parse_network(read_file(path), path.name)


def parse_network(data: bytes, source: str) -> Network:
    """The network in the bytes of a `.dat` file; `source` names it in errors."""
    stream = WeightStream(data, source)
    stream.version("the network", 1)
    loss = _read_loss(stream)
    wrappers = [stream.version("a layer", _TAG, _LAYER, _INPUT)]
    while wrappers[-1] != _INPUT:
        if len(wrappers) > _MAX_LAYERS:
            raise stream.damaged(stream.offset, f"at most {_MAX_LAYERS} layers", "more")
        wrappers.append(stream.version("a layer", _TAG, _LAYER, _INPUT))
    inputs = _read_input(stream)
    layers: list[Layer] = []
    for version in reversed(wrappers):
        if version == _TAG:
            layers.append(Tag())
            continue
        layers.append(read_layer(stream))
        _skip_training_state(stream, version)
    stream.end()
    return Network(source, loss, inputs, tuple(layers))


def _read_loss(stream: WeightStream) -> MmodLoss | MetricLoss:
    start = stream.offset
    name = stream.name("the name of the loss")
    if name == "loss_metric_2":
        stream.real("the margin of the loss")
        return MetricLoss(stream.real("the distance threshold of the loss"))
    if name == "loss_mmod_":
        stream.version("the detector's options", 1)
        window_wh = stream.size("the window's width"), stream.size("the window's height")
        stream.reals(3, "the detector's losses")
        nms_iou = stream.real("the overlap of the non-maximum suppression")
        nms_covered = stream.real("the cover of the non-maximum suppression")
        stream.reals(2, "the overlap that is ignored")
        return MmodLoss(window_wh, nms_iou, nms_covered)
    raise stream.damaged(start, "the name of a loss (loss_metric_2, loss_mmod_)", repr(name))


def _read_input(stream: WeightStream) -> InputLayer:
    start = stream.offset
    name = stream.name("the name of the input")
    if name not in ("input_rgb_image_sized", "input_rgb_image_pyramid", "input_rgb_image_pyramid2"):
        raise stream.damaged(
            start, "an input (input_rgb_image_sized, input_rgb_image_pyramid)", repr(name)
        )
    mean_rgb = stream.real("red"), stream.real("green"), stream.real("blue")
    if name == "input_rgb_image_sized":
        rows, columns = stream.size("the input's rows"), stream.size("the input's columns")
        return InputLayer(mean_rgb, (rows, columns), None)
    if name == "input_rgb_image_pyramid":
        return InputLayer(mean_rgb, None, _OLD_PYRAMID_PADDING)
    inner, outer = stream.size("the pyramid's padding"), stream.size("the pyramid's border")
    return InputLayer(mean_rgb, None, (inner, outer))


def _skip_training_state(stream: WeightStream, version: int) -> None:
    for what in ("setup", "gradient", "output"):
        stream.flag(f"a layer's {what} flag")
    for what in ("gradient", "output", "parameter gradient"):
        stream.tensor(f"a layer's {what}")
    if version == _INPUT:
        stream.size("the input's expansion factor")
