"""The layers of dlib's networks as plain data, and their readers from a `.dat` file.

Format: the `serialize` functions of dlib's `dnn/layers.h`. A layer writes its name first.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lookout.faces.detections import Floats
from lookout.faces.dlibnet.stream import WeightStream


@dataclass(frozen=True, slots=True)
class Conv:
    """weight: (filters, channels, rows, columns) float32; bias: (filters,) float32."""

    weight: Floats
    bias: Floats
    stride_yx: tuple[int, int]
    padding_yx: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Affine:
    """y = gamma * x + beta for each channel; both (channels,) float32."""

    gamma: Floats
    beta: Floats


@dataclass(frozen=True, slots=True)
class Relu:
    pass


@dataclass(frozen=True, slots=True)
class Pool:
    """size_yx (0, 0) pools over the whole picture."""

    kind: str
    size_yx: tuple[int, int]
    stride_yx: tuple[int, int]
    padding_yx: tuple[int, int]


@dataclass(frozen=True, slots=True)
class AddPrevious:
    """Adds the output of the tagged layer, the smaller of the two padded with zeros."""


@dataclass(frozen=True, slots=True)
class FullyConnected:
    """y = x @ weight; weight: (inputs, outputs) float32, no bias."""

    weight: Floats


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag layer or a skip layer: the file holds no name and no fields of it, only a version."""


Layer = Conv | Affine | Relu | Pool | AddPrevious | FullyConnected | Tag


def read_layer(stream: WeightStream) -> Layer:
    """The layer at the stream's position. Raises ModelDamaged."""
    start = stream.offset
    name = stream.name("the name of a layer")
    read = _READERS.get(name)
    if read is None:
        known = ", ".join(_READERS)
        raise stream.damaged(start, f"the name of a layer ({known})", repr(name))
    return read(stream)


def _read_conv(stream: WeightStream) -> Conv:
    params = stream.tensor("a convolution's parameters")
    start = stream.offset
    filters, rows, columns = (stream.size("a convolution's size") for _ in range(3))
    stride_yx = _pair(stream, "a convolution's stride")
    padding_yx = _pair(stream, "a convolution's padding")
    shape = stream.alias("a convolution's filters")
    bias_shape = stream.alias("a convolution's biases")
    stream.reals(4, "a convolution's learning rates")
    count = math.prod(shape)
    if (
        (shape[0], shape[2], shape[3]) != (filters, rows, columns)
        or bias_shape != (1, filters, 1, 1)
        or params.size != count + filters
        or 0 in stride_yx
    ):
        raise stream.damaged(
            start,
            "sizes of a convolution that agree with its parameters",
            f"{filters} filters of {rows}x{columns}, views {shape} and {bias_shape}, "
            f"{params.size} parameters, stride {stride_yx}",
        )
    flat = params.ravel()
    return Conv(flat[:count].reshape(shape), flat[count:], stride_yx, padding_yx)


def _read_affine(stream: WeightStream) -> Affine:
    gamma, beta = _scale_and_shift(stream)
    stream.integer("the mode of an affine layer")
    return Affine(gamma, beta)


def _read_batch_norm(stream: WeightStream) -> Affine:
    """Batch normalization as trained; at work it is an affine layer of its running statistics."""
    gamma, beta = _scale_and_shift(stream)
    stream.tensor("a batch normalization's means")
    stream.tensor("a batch normalization's inverted deviations")
    start = stream.offset
    means = stream.tensor("a batch normalization's running means").ravel()
    variances = stream.tensor("a batch normalization's running variances").ravel()
    stream.integer("a batch normalization's count of updates")
    stream.integer("a batch normalization's window")
    stream.reals(4, "a batch normalization's learning rates")
    eps = stream.real("a batch normalization's epsilon")
    if len(means) != len(gamma) or len(variances) != len(gamma) or np.any(variances + eps <= 0):
        raise stream.damaged(
            start,
            f"running means and positive variances of {len(gamma)} channels",
            f"{len(means)} means, {len(variances)} variances, epsilon {eps}",
        )
    scale = np.asarray(gamma / np.sqrt(variances + np.float32(eps)), np.float32)
    return Affine(scale, np.asarray(beta - scale * means, np.float32))


def _scale_and_shift(stream: WeightStream) -> tuple[Floats, Floats]:
    params = stream.tensor("an affine layer's parameters").ravel()
    start = stream.offset
    gamma_shape = stream.alias("an affine layer's scale")
    beta_shape = stream.alias("an affine layer's shift")
    channels = math.prod(gamma_shape)
    if gamma_shape != beta_shape or params.size != 2 * channels:
        raise stream.damaged(
            start,
            "a scale and a shift for each channel",
            f"views {gamma_shape} and {beta_shape} of {params.size} parameters",
        )
    return params[:channels], params[channels:]


def _read_pool(kind: str) -> Callable[[WeightStream], Pool]:
    def read(stream: WeightStream) -> Pool:
        what = f"the {kind} pool's"
        size_yx = _pair(stream, f"{what} size")
        stride_yx = _pair(stream, f"{what} stride")
        return Pool(kind, size_yx, stride_yx, _pair(stream, f"{what} padding"))

    return read


def _read_fully_connected(stream: WeightStream) -> FullyConnected:
    start = stream.offset
    outputs = stream.size("a fully connected layer's outputs")
    inputs = stream.size("a fully connected layer's inputs")
    params = stream.tensor("a fully connected layer's parameters")
    shape = stream.alias("a fully connected layer's weights")
    stream.alias("a fully connected layer's biases")
    stream.integer("a fully connected layer's bias mode")
    stream.reals(4, "a fully connected layer's learning rates")
    if shape != (inputs, outputs, 1, 1) or params.size != inputs * outputs:
        raise stream.damaged(
            start,
            "a fully connected layer without biases whose sizes agree",
            f"{inputs} inputs, {outputs} outputs, view {shape}, {params.size} parameters",
        )
    return FullyConnected(params.reshape(inputs, outputs))


def _pair(stream: WeightStream, what: str) -> tuple[int, int]:
    return stream.size(what), stream.size(what)


_READERS: dict[str, Callable[[WeightStream], Layer]] = {
    "con_4": _read_conv,
    "affine_": _read_affine,
    "bn_con2": _read_batch_norm,
    "relu_": lambda _: Relu(),
    "max_pool_2": _read_pool("max"),
    "avg_pool_2": _read_pool("avg"),
    "add_prev_": lambda _: AddPrevious(),
    "fc_2": _read_fully_connected,
}
