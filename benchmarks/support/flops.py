"""The operations of a network, counted from its graph."""

from __future__ import annotations

import math
from collections.abc import Mapping

import onnx

from lookout.faces.errors import ModelDamaged


def gflop(model: bytes, sizes: Mapping[str, int]) -> float:
    """Multiplications and additions of the graph's convolutions and products, in 10⁹.

    sizes: a number for every free dimension of the input. Bias, ReLU and pooling are left out.
    """
    graph_model = onnx.load_from_string(model)
    for dimension in graph_model.graph.input[0].type.tensor_type.shape.dim:
        if dimension.dim_param:
            dimension.dim_value = sizes[dimension.dim_param]
    graph_model.graph.output[0].type.tensor_type.ClearField("shape")
    graph = onnx.shape_inference.infer_shapes(graph_model, data_prop=True).graph
    weights = {weight.name: list(weight.dims) for weight in graph.initializer}
    shapes = {
        value.name: [dimension.dim_value for dimension in value.type.tensor_type.shape.dim]
        for value in (*graph.value_info, *graph.output)
    }
    total = 0
    for node in graph.node:
        if node.op_type == "Conv":
            total += math.prod(shapes[node.output[0]]) * math.prod(weights[node.input[1]][1:])
        elif node.op_type == "MatMul":
            total += math.prod(shapes[node.output[0]]) * weights[node.input[1]][0]
    if total == 0:
        raise ModelDamaged("the graph has no convolution and no product of a known size")
    return 2 * total / 1e9
