"""The reader of Keras' weight files (.h5): the arrays of each layer, by the layer's name.

The layout is that of Keras 1 and 2 and of `model.save("x.h5")` since: attributes name the layers,
each layer's group names its weights. HDF5 can refer to other files; nothing of the kind is
followed. `h5py` (the extra `keras-weights`) is imported when it is first needed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np

from lookout.faces.detections import Floats
from lookout.faces.errors import DeviceMissing, ModelDamaged

MAX_BYTES = 1 << 30
"""Of all arrays together; the largest network that is known here has 0.6 GB."""
MAX_LAYERS = 4096


class KerasWeights:
    """The arrays of a file, in the order in which Keras keeps them in a layer."""

    def __init__(self, arrays: Mapping[str, tuple[Floats, ...]]) -> None:
        self._arrays = dict(arrays)

    def take(self, layer: str, ranks: tuple[int, ...]) -> tuple[Floats, ...]:
        """The arrays of a layer, which have these numbers of dimensions. Raises ModelDamaged."""
        found = self._arrays.get(layer)
        if found is None:
            raise ModelDamaged(f"the weights have no layer {layer!r}: they are of another network")
        if tuple(array.ndim for array in found) != ranks:
            shapes = ", ".join(str(array.shape) for array in found)
            raise ModelDamaged(f"the layer {layer!r} has arrays of other shapes: {shapes}")
        return found

    def has(self, layer: str) -> bool:
        """Whether there is such a layer."""
        return layer in self._arrays


def read_keras_weights(content: bytes) -> KerasWeights:
    """The weights in the bytes of an .h5 file. Raises ModelDamaged for anything else, and
    DeviceMissing without h5py."""
    if find_spec("h5py") is None:
        raise DeviceMissing(
            "weights of Keras (.h5) need h5py, which is not installed; run: "
            "pip install '.[keras-weights]'"
        )
    import h5py

    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            root = file.get("model_weights", file)
            return KerasWeights(dict(_layers(root, h5py)))
    except (OSError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise ModelDamaged(f"this is no file of weights as Keras writes them: {error}") from error


def _layers(root: Any, h5py: Any) -> Iterator[tuple[str, tuple[Floats, ...]]]:
    room = MAX_BYTES
    names = _names(root.attrs["layer_names"])
    for layer in names:
        group = _inside(root, layer, h5py)
        arrays = []
        for name in _names(group.attrs["weight_names"]):
            data = _inside(group, name, h5py)
            room -= int(data.size) * 4
            if room < 0:
                raise ModelDamaged(f"the weights take more than {MAX_BYTES >> 20} MiB")
            if data.external or data.is_virtual:
                raise ModelDamaged(f"the weights of {layer!r} refer to another file")
            arrays.append(np.asarray(data[()], np.float32))
        if arrays:
            yield layer, tuple(arrays)


def _inside(group: Any, path: str, h5py: Any) -> Any:
    """What lies at a path in the file itself: links to elsewhere are not followed."""
    for part in path.split("/"):
        if not isinstance(group.get(part, getlink=True), h5py.HardLink):
            raise ModelDamaged(f"the weights lack {path!r}, or refer to another file for it")
        group = group[part]
    return group


def _names(values: Any) -> list[str]:
    if len(values) > MAX_LAYERS:
        raise ModelDamaged(f"the file names {len(values)} layers: that is no face network")
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values]
