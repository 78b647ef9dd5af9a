"""PyTorch on CUDA: runs the same ONNX graphs where torch is installed and onnxruntime-gpu is not.

A graph's nodes are carried out one after another; only the operators that our graphs use are here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import numpy_helper
from torch.nn import functional

from lookout.faces.detections import Floats
from lookout.faces.errors import DeviceMissing, ModelDamaged
from lookout.faces.runtime.cores import usable_cores
from lookout.faces.runtime.session import RuntimeChoice, RuntimeFacts, as_floats, as_shape

_TYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}

_ATTRIBUTES = frozenset(
    {"axis", "dilations", "group", "kernel_shape", "pads", "perm", "strides", "to"}
)

Tensor = Any
Attributes = Mapping[str, Any]


class TorchSession:
    """One graph in PyTorch. On a CPU only when that was asked for by name: it is slower there."""

    def __init__(self, model: bytes, choice: RuntimeChoice) -> None:
        if choice.precision not in _TYPES:
            raise DeviceMissing(
                f"PyTorch computes in {', '.join(_TYPES)} here, not in {choice.precision}"
            )
        on_gpu = torch.cuda.is_available() and choice.device != "cpu"
        if choice.device == "cuda" and not on_gpu:
            raise DeviceMissing(
                "--device cuda was asked for, but PyTorch finds no CUDA GPU: is the driver "
                "installed (nvidia-smi), and is this torch built for CUDA? Or use --device cpu"
            )
        threads = choice.threads or usable_cores()
        if not on_gpu:
            torch.set_num_threads(threads)
        torch.set_flush_denormal(True)
        self._device = torch.device("cuda" if on_gpu else "cpu")
        self._type = _TYPES[choice.precision]
        graph = _graph(model)
        self._nodes = [(node, _attributes(node)) for node in graph.node]
        self._constants = {
            weight.name: self._constant(numpy_helper.to_array(weight))
            for weight in graph.initializer
        }
        self._outputs = [output.name for output in graph.output]
        first = graph.input[0]
        self._input = first.name
        sizes = first.type.tensor_type.shape.dim
        self.input_shape = as_shape([d.dim_value if d.dim_value else None for d in sizes])
        provider = torch.cuda.get_device_name() if on_gpu else "CPU"
        self.facts = RuntimeFacts("torch", provider, self._device.type, choice.precision, threads)

    def run(self, batch: npt.NDArray[Any]) -> list[Floats]:
        """The graph's outputs for `batch`; see `NetworkSession.run`."""
        with torch.inference_mode():
            given = torch.from_numpy(np.ascontiguousarray(batch)).to(self._device)
            values = {self._input: given.to(self._type) if given.is_floating_point() else given}
            for node, attributes in self._nodes:
                inputs = [values[n] if n in values else self._constants[n] for n in node.input if n]
                values[node.output[0]] = OPERATORS[node.op_type](inputs, attributes, self._type)
            return [as_floats(values[name].float().cpu().numpy()) for name in self._outputs]

    def _constant(self, array: npt.NDArray[Any]) -> Tensor:
        tensor = torch.from_numpy(array.copy())
        # sizes and pads stay on the CPU, where Python reads them
        return tensor.to(self._device, self._type) if tensor.is_floating_point() else tensor


def _graph(model: bytes) -> Any:
    try:
        graph = onnx.load_from_string(model).graph
    except DecodeError as error:
        raise ModelDamaged(f"this is not an ONNX network: {error}") from error
    unknown = sorted({node.op_type for node in graph.node} - OPERATORS.keys())
    if unknown:
        raise ModelDamaged(
            f"PyTorch runs only Lookout's own graphs here, without {', '.join(unknown)}; "
            "install onnxruntime-gpu to run this network on the GPU"
        )
    return graph


def _attributes(node: Any) -> dict[str, Any]:
    """The node's settings. Raises ModelDamaged for one that would be overlooked here."""
    found = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    unknown = {name for name, value in found.items() if name not in _ATTRIBUTES and value}
    if unknown:
        raise ModelDamaged(
            f"PyTorch here does not support {node.op_type} with {', '.join(unknown)}"
        )
    return found


def _conv(inputs: list[Tensor], attributes: Attributes, _: Any) -> Tensor:
    value, padding = _padded(inputs[0], attributes, 0.0)
    return functional.conv2d(
        value, inputs[1], inputs[2] if len(inputs) > 2 else None,
        stride=tuple(attributes.get("strides", (1, 1))), padding=padding,
        dilation=tuple(attributes.get("dilations", (1, 1))), groups=attributes.get("group", 1),
    )  # fmt: skip


def _max_pool(inputs: list[Tensor], attributes: Attributes, _: Any) -> Tensor:
    value, padding = _padded(inputs[0], attributes, float("-inf"))
    size = attributes["kernel_shape"]
    return functional.max_pool2d(value, size, attributes.get("strides", 1), padding)


def _average_pool(inputs: list[Tensor], attributes: Attributes, _: Any) -> Tensor:
    if any(attributes.get("pads", ())):
        raise ModelDamaged("PyTorch averages only without padding here")
    size = attributes["kernel_shape"]
    return functional.avg_pool2d(inputs[0], size, attributes.get("strides", 1))


def _padded(value: Tensor, attributes: Attributes, fill: float) -> tuple[Tensor, Any]:
    """ONNX pads four sides, PyTorch two: uneven pads are laid around the value first."""
    top, left, bottom, right = attributes.get("pads", (0, 0, 0, 0))
    if (top, left) == (bottom, right):
        return value, (top, left)
    return functional.pad(value, (left, right, top, bottom), value=fill), 0


def _pad(inputs: list[Tensor], _: Attributes, __: Any) -> Tensor:
    pads = inputs[1].tolist()
    half = len(pads) // 2
    sides = [side for axis in reversed(range(half)) for side in (pads[axis], pads[axis + half])]
    return functional.pad(inputs[0], sides)


def _cast(inputs: list[Tensor], attributes: Attributes, kind: Any) -> Tensor:
    if attributes["to"] != onnx.TensorProto.FLOAT:
        raise ModelDamaged("PyTorch casts only to float here")
    return inputs[0].to(kind)


def _flatten(inputs: list[Tensor], attributes: Attributes, _: Any) -> Tensor:
    return inputs[0].flatten(attributes.get("axis", 1))


OPERATORS: dict[str, Callable[[list[Tensor], Attributes, Any], Tensor]] = {
    "Add": lambda inputs, _, __: inputs[0] + inputs[1],
    "AveragePool": _average_pool,
    "Cast": _cast,
    "Concat": lambda inputs, attributes, _: torch.cat(inputs, attributes["axis"]),
    "Conv": _conv,
    "Flatten": _flatten,
    "GlobalAveragePool": lambda inputs, _, __: inputs[0].mean((2, 3), keepdim=True),
    "MatMul": lambda inputs, _, __: inputs[0] @ inputs[1],
    "MaxPool": _max_pool,
    "Pad": _pad,
    "Relu": lambda inputs, _, __: functional.relu(inputs[0]),
    "Transpose": lambda inputs, attributes, _: inputs[0].permute(*attributes["perm"]),
}
