"""Keras itself, in an environment of its own: the oracle of `benchmarks.keras_parity`.

    python keras_worker.py KIND WEIGHTS.h5 INPUTS.npy OUTPUTS.npy SAVED.h5

Builds the network of that kind with Keras' own layers, gives it the weights, computes, and saves
it as Keras does. Needs keras with a backend, h5py and numpy; nothing of Lookout.
"""

from __future__ import annotations

import sys
from typing import Any

import h5py
import keras
import numpy as np
from keras import layers

RESNET = ((2, 3), (3, 4), (4, 6), (5, 3))


class Builder:
    """Layers with the weights of a file; Keras forbids the slashes of their names."""

    def __init__(self, file: Any, epsilon: float) -> None:
        self.file = file
        self.epsilon = epsilon

    def arrays(self, name: str) -> list[Any]:
        group = self.file[name]
        return [group[one][()] for one in group.attrs["weight_names"]]

    def add(self, layer: Any, name: str, value: Any) -> Any:
        out = layer(value)
        layer.set_weights(self.arrays(name))
        return out

    def conv(
        self,
        name: str,
        value: Any,
        stride: int = 1,
        norm: bool = True,
        bias: bool = False,
        activation: str | None = None,
    ) -> Any:
        kernel = self.arrays(name)[0]
        layer = layers.Conv2D(
            kernel.shape[3],
            kernel.shape[0],
            strides=stride,
            padding="same",
            use_bias=bias,
            activation=activation,
            name=name.replace("/", "."),
        )
        value = self.add(layer, name, value)
        if norm:
            layer = layers.BatchNormalization(
                epsilon=self.epsilon, name=f"{name}/bn".replace("/", ".")
            )
            value = self.add(layer, f"{name}/bn", value)
        return value


def vgg16(build: Builder, value: Any) -> Any:
    for stage, count in ((1, 2), (2, 2), (3, 3), (4, 3), (5, 3)):
        for number in range(1, count + 1):
            value = build.conv(
                f"conv{stage}_{number}", value, norm=False, bias=True, activation="relu"
            )
        value = layers.MaxPooling2D(2, 2)(value)
    value = layers.Flatten()(value)
    for name in ("fc6", "fc7"):
        width = build.arrays(name)[1].shape[0]
        value = build.add(layers.Dense(width, activation="relu", name=name), name, value)
    return value


def residual(build: Builder, value: Any, squeeze: bool) -> Any:
    value = layers.ReLU()(build.conv("conv1/7x7_s2", value, stride=2))
    value = layers.MaxPooling2D(3, 2)(value)
    for stage, count in RESNET:
        for block in range(1, count + 1):
            name, stride = f"conv{stage}_{block}", 2 if block == 1 and stage > 2 else 1
            deep = layers.ReLU()(build.conv(f"{name}_1x1_reduce", value, stride=stride))
            deep = layers.ReLU()(build.conv(f"{name}_3x3", deep))
            deep = build.conv(f"{name}_1x1_increase", deep)
            if squeeze:
                mean = layers.GlobalAveragePooling2D(keepdims=True)(deep)
                down = build.conv(
                    f"{name}_1x1_down", mean, norm=False, bias=True, activation="relu"
                )
                up = build.conv(f"{name}_1x1_up", down, norm=False, bias=True, activation="sigmoid")
                deep = layers.Multiply()([deep, up])
            if block == 1:
                value = build.conv(f"{name}_1x1_proj", value, stride=stride)
            value = layers.ReLU()(layers.Add()([deep, value]))
    return layers.Flatten()(layers.AveragePooling2D(7)(value))


def main(kind: str, weights: str, inputs: str, outputs: str, saved: str) -> None:
    with h5py.File(weights, "r") as file:
        build = Builder(file, 1e-4 if kind == "keras-senet50" else 1e-3)
        taken = keras.Input((224, 224, 3))
        if kind == "keras-vgg16":
            given = vgg16(build, taken)
        else:
            given = residual(build, taken, kind == "keras-senet50")
        model = keras.Model(taken, given)
    # called as it is: compiled as a whole it takes minutes
    given = model(np.load(inputs), training=False)
    np.save(outputs, np.asarray(given, np.float32))
    model.save(saved)


if __name__ == "__main__":
    main(*sys.argv[1:])
