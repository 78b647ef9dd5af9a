"""Networks whose weights are 8-bit integers in blocks, with the weights as float32.

ONNX Runtime has no kernel for blocked weights; here they are multiplied out once, before the
network is opened. Weights that stand among the inputs, as old exporters wrote them, are taken out
of there: a runtime folds normalizations only into weights that nobody can feed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import numpy_helper

Int8s = npt.NDArray[np.int8]
Float32s = npt.NDArray[np.float32]

_DEQUANTIZE, _BLOCK_SIZE = "DequantizeLinear", "block_size"


def with_float_weights(model: bytes) -> bytes:
    """The ONNX file itself, or where it has blocked weights one with these as float32.

    Bytes that are no ONNX file come back as they are: the runtime says what is wrong with them.
    """
    try:
        network = onnx.load_from_string(model)
    except DecodeError:
        return model
    if not any(_is_blocked(node) for node in network.graph.node):
        return model
    _fold(network.graph)
    return bytes(network.SerializeToString())


def multiplied_out(
    quantized: Int8s, scales: Float32s, zeros: Int8s, *, block: int, axis: int
) -> Float32s:
    """(quantized − zero) · scale, where each scale and zero is of `block` numbers along `axis`.

    The last block may be shorter. The shape is that of `quantized`.
    """
    every = np.arange(quantized.shape[axis]) // block
    values = quantized.astype(np.float32)
    if zeros.any():
        values -= zeros.take(every, axis)
    values *= scales.take(every, axis)
    return values


def _fold(graph: onnx.GraphProto) -> None:
    given = {tensor.name: tensor for tensor in graph.initializer}
    made: dict[str, Float32s] = {}
    kept = []
    for node in graph.node:
        if _is_blocked(node) and all(name in given for name in node.input):
            quantized, scales, zeros = (numpy_helper.to_array(given[n]) for n in node.input)
            made[node.output[0]] = multiplied_out(
                quantized, scales, zeros, block=_number(node, _BLOCK_SIZE), axis=_axis(node)
            )
        elif node.op_type == "Reshape" and node.input[0] in made:
            shape = numpy_helper.to_array(given[node.input[1]])
            made[node.output[0]] = made.pop(node.input[0]).reshape(shape)
        else:
            kept.append(node)
    used = {name for node in kept for name in node.input}
    tensors = [tensor for name, tensor in given.items() if name in used]
    tensors += [numpy_helper.from_array(values, name) for name, values in made.items()]
    fed = [item for item in graph.input if item.name in used and item.name not in given]
    for field, items in ((graph.node, kept), (graph.initializer, tensors), (graph.input, fed)):
        del field[:]
        field.extend(items)
    del graph.value_info[:]


def _is_blocked(node: onnx.NodeProto) -> bool:
    return node.op_type == _DEQUANTIZE and _number(node, _BLOCK_SIZE) > 0 and len(node.input) == 3


def _axis(node: onnx.NodeProto) -> int:
    return _number(node, "axis", 1)


def _number(node: onnx.NodeProto, name: str, default: int = 0) -> int:
    return next((int(a.i) for a in node.attribute if a.name == name), default)
