"""OpenVINO on the CPU: the way to bfloat16 on processors that multiply it (AMX, AVX-512 BF16)."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
import openvino

from faces.detections import Floats
from faces.errors import DeviceMissing, ModelDamaged
from faces.runtime.cores import cpu_flags, has_bfloat16, usable_cores
from faces.runtime.session import RuntimeChoice, RuntimeFacts, as_floats, as_shape

_PRECISIONS = {"float32": "f32", "bfloat16": "bf16"}


class OpenVinoSession:
    """One graph in OpenVINO, computed on the CPU."""

    def __init__(self, model: bytes, choice: RuntimeChoice, weights: bytes = b"") -> None:
        """model: an ONNX file, or an .xml of OpenVINO's own format with its .bin as `weights`."""
        if choice.device == "cuda":
            raise DeviceMissing(
                "--runtime openvino computes on the CPU; it cannot use --device cuda"
            )
        if choice.precision not in _PRECISIONS:
            raise DeviceMissing(
                f"OpenVINO on a CPU has float32 and bfloat16, not {choice.precision}"
            )
        if choice.precision == "bfloat16" and not has_bfloat16(cpu_flags()):
            raise DeviceMissing(
                "this processor does not multiply bfloat16 (it has neither amx_bf16 nor "
                "avx512_bf16), so bfloat16 would be slower; use --precision float32"
            )
        threads = choice.threads or usable_cores()
        # named, because OpenVINO would take bfloat16 on its own where the processor has it
        settings = {
            "INFERENCE_PRECISION_HINT": _PRECISIONS[choice.precision],
            "INFERENCE_NUM_THREADS": threads,
            "PERFORMANCE_HINT": "LATENCY",
            "CPU_DENORMALS_OPTIMIZATION": True,
        }
        core = openvino.Core()
        try:
            graph = core.read_model(model, weights) if weights else core.read_model(model)
            self._network: Any = core.compile_model(graph, "CPU", settings)
        except RuntimeError as error:
            raise ModelDamaged(f"OpenVINO cannot open the network: {error}") from error
        real = str(self._network.get_property("INFERENCE_PRECISION_HINT").to_string())
        names = {"f32": "float32", "bf16": "bfloat16"}
        self.facts = RuntimeFacts("openvino", "CPU", "cpu", names.get(real, real), threads)
        shape = self._network.input(0).get_partial_shape()
        self.input_shape = as_shape([None if d.is_dynamic else d.get_length() for d in shape])

    def run(self, batch: npt.NDArray[Any]) -> list[Floats]:
        # copied, because OpenVINO's outputs are views into memory that the next run overwrites
        return [as_floats(output).copy() for output in self._network([batch]).values()]
