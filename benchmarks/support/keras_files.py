"""Weight files as Keras writes them, with random numbers: networks of the right shape."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from lookout.faces.detections import Floats

KINDS = ("keras-vgg16", "keras-resnet50", "keras-senet50")
Layers = Mapping[str, Sequence[Floats]]

_VGG = ((1, 2, 64), (2, 2, 128), (3, 3, 256), (4, 3, 512), (5, 3, 512))
_RESNET = ((2, 3, 64), (3, 4, 128), (4, 6, 256), (5, 3, 512))


def random_layers(kind: str, share: int = 1, seed: int = 1) -> Layers:
    """The layers of a network by name, each with its arrays in Keras' order. `share`: by how much
    its widths are divided, 1 for the network as it is published."""
    random = np.random.default_rng(seed)
    make = _vgg(random, share) if kind == "keras-vgg16" else _resnet(random, share, kind)
    return dict(make)


def keras_file(layers: Layers) -> bytes:
    """The layers in an .h5 file as `save_weights` lays them out."""
    import h5py

    sink = io.BytesIO()
    with h5py.File(sink, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in layers]
        for name, arrays in layers.items():
            group = file.require_group(name)
            names = [f"{name}/{number}:0" for number in range(len(arrays))]
            group.attrs["weight_names"] = [one.encode() for one in names]
            for one, array in zip(names, arrays, strict=True):
                group.create_dataset(one, data=array)
    return sink.getvalue()


def _conv(
    random: np.random.Generator, size: int, taken: int, given: int, *, biased: bool
) -> list[Floats]:
    scale = np.sqrt(2 / (size * size * taken))
    kernel = random.standard_normal((size, size, taken, given), np.float32) * np.float32(scale)
    return [kernel, random.standard_normal(given, np.float32) * np.float32(0.1)][: 1 + biased]


def _norm(random: np.random.Generator, count: int) -> list[Floats]:
    gamma, variance = (random.uniform(0.5, 1.5, count).astype(np.float32) for _ in range(2))
    beta, mean = (0.1 * random.standard_normal(count).astype(np.float32) for _ in range(2))
    return [gamma, beta, mean, variance]


def _vgg(random: np.random.Generator, share: int) -> Iterator[tuple[str, list[Floats]]]:
    taken = 3
    for stage, count, width in _VGG:
        for number in range(1, count + 1):
            given = width // share
            yield f"conv{stage}_{number}", _conv(random, 3, taken, given, biased=True)
            taken = given
    for name, given in (("fc6", 4096 // share), ("fc7", 4096 // share)):
        inputs = 49 * taken if name == "fc6" else taken
        scale = np.float32(np.sqrt(2 / inputs))
        kernel = random.standard_normal((inputs, given), np.float32) * scale
        yield name, [kernel, 0.1 * random.standard_normal(given, np.float32)]
        taken = given


def _resnet(
    random: np.random.Generator, share: int, kind: str
) -> Iterator[tuple[str, list[Floats]]]:
    def normed(name: str, size: int, taken: int, given: int) -> Iterator[tuple[str, list[Floats]]]:
        yield name, _conv(random, size, taken, given, biased=False)
        yield f"{name}/bn", _norm(random, given)

    taken = 64 // share
    yield from normed("conv1/7x7_s2", 7, 3, taken)
    for stage, count, full in _RESNET:
        width, wide = full // share, 4 * full // share
        for block in range(1, count + 1):
            name = f"conv{stage}_{block}"
            yield from normed(f"{name}_1x1_reduce", 1, taken, width)
            yield from normed(f"{name}_3x3", 3, width, width)
            yield from normed(f"{name}_1x1_increase", 1, width, wide)
            if kind == "keras-senet50":
                narrow = max(1, wide // 16)
                yield f"{name}_1x1_down", _conv(random, 1, wide, narrow, biased=True)
                yield f"{name}_1x1_up", _conv(random, 1, narrow, wide, biased=True)
            if block == 1:
                yield from normed(f"{name}_1x1_proj", 1, taken, wide)
            taken = wide
