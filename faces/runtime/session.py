"""The protocol of a running network, the user's choice of a runtime, and the facts about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from lookout.faces.detections import Floats

DEVICES = ("auto", "cpu", "cuda")
RUNTIMES = ("auto", "onnxruntime", "openvino", "torch")
PRECISIONS = ("float32", "bfloat16", "float16", "int8")
PROVIDERS = (
    "TensorrtExecutionProvider",
    "CUDAExecutionProvider",
    "CoreMLExecutionProvider",
    "CPUExecutionProvider",
)


@dataclass(frozen=True, slots=True)
class RuntimeChoice:
    """The user's choice; the defaults mean "the best that is here, in float32".

    precision: bfloat16 and float16 compute the same graph; int8 is for networks that have an 8-bit
    graph, which is dlib-128 alone.
    threads: how many the runtime computes with; 0 means one for each physical core.
    providers: ONNX Runtime's providers in the order in which they are tried.
    """

    device: str = "auto"
    runtime: str = "auto"
    precision: str = "float32"
    threads: int = 0
    providers: tuple[str, ...] = PROVIDERS

    def __post_init__(self) -> None:
        _one_of("device", self.device, DEVICES)
        _one_of("runtime", self.runtime, RUNTIMES)
        _one_of("precision", self.precision, PRECISIONS)
        if self.threads < 0:
            raise ValueError(f"threads must be 0 (automatic) or more, got {self.threads}")
        if not self.providers:
            raise ValueError("providers must name at least one, for example CPUExecutionProvider")


@dataclass(frozen=True, slots=True)
class RuntimeFacts:
    """The runtime, device and precision of a session, as the runtime itself reported them."""

    runtime: str
    provider: str
    device: str
    precision: str
    threads: int

    def __str__(self) -> str:
        threads = f", {self.threads} threads" if self.device == "cpu" else ""
        return f"{self.runtime} {self.provider} ({self.precision}{threads})"


class NetworkSession(Protocol):
    """A network that is ready to run. Safe to call from one thread at a time."""

    @property
    def facts(self) -> RuntimeFacts:
        """The runtime, device and precision that it runs with."""

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """The shape of its one input; None where any size goes."""

    def run(self, batch: npt.NDArray[Any]) -> list[Floats]:
        """The network's outputs, in the order of its graph, for its one input."""


def as_floats(output: npt.NDArray[Any]) -> Floats:
    """A runtime's output as float32, which is all that leaves this room."""
    return np.asarray(output, np.float32)


def as_shape(sizes: Sequence[object]) -> tuple[int | None, ...]:
    """A runtime's input shape; None where the size is free."""
    return tuple(size if isinstance(size, int) else None for size in sizes)


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}, got {value!r}")
