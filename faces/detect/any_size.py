"""A detector's network that was exported for one picture of one size, freed of both."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import numpy_helper


def with_any_size(model: bytes) -> bytes:
    """The ONNX file with a free batch, height and width of its pictures (N, 3, H, W).

    Only for networks that compute nothing from the size they were exported for: convolutions,
    pooling, resizing by a factor, and a last reshaping to (1, -1, k), which becomes (N, -1, k).
    Raises google.protobuf's DecodeError for bytes that are no ONNX file.
    """
    network = onnx.load_from_string(model)
    graph = network.graph
    shapes = {node.input[1] for node in graph.node if node.op_type == "Reshape"}
    for tensor in graph.initializer:
        if tensor.name in shapes:
            shape = numpy_helper.to_array(tensor)
            if shape[0] == 1 and -1 in shape:
                kept = np.concatenate([[0], shape[1:]])  # 0: as the input has it
                tensor.CopyFrom(numpy_helper.from_array(kept, tensor.name))
    _free(graph.input[0], {0: "batch", 2: "height", 3: "width"})
    for output in graph.output:
        _free(output, {0: "batch", 1: "cells"})
    del graph.value_info[:]
    return bytes(network.SerializeToString())


def _free(value: onnx.ValueInfoProto, names: dict[int, str]) -> None:
    for axis, name in names.items():
        value.type.tensor_type.shape.dim[axis].dim_param = name
