"""Small networks as ONNX files, whose answers can be worked out by hand."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from lookout.faces.models.entry import ModelEntry, ModelFile

Numbers = npt.NDArray[Any]


def linear(weights: Numbers, bias: Numbers, input_px: int) -> bytes:
    """(N, 3, px, px) → the mean of each channel → (N, K): `weights` (3, K) and `bias` (K,)."""
    count = weights.shape[1]
    nodes = [
        helper.make_node("GlobalAveragePool", ["x"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w", "b"], ["y"]),
    ]
    tensors = [
        numpy_helper.from_array(weights.astype(np.float32), "w"),
        numpy_helper.from_array(bias.astype(np.float32), "b"),
    ]
    graph = helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, input_px, input_px])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", count])],
        tensors,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def entry_of(name: str, task: str, content: bytes, folder: Path, **specs: object) -> ModelEntry:
    """The registry entry of a network that lies in `folder`, where it is written."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.onnx").write_bytes(content)
    file = ModelFile(f"{name}.onnx", hashlib.sha256(content).hexdigest(), len(content))
    return ModelEntry(name, task, (file,), "MIT", True, "a test", "toy", "i", "o", **specs)  # type: ignore[arg-type]
