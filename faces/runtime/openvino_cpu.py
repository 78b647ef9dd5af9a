"""OpenVINO on the CPU: the way to 8-bit integers (VNNI) and bfloat16 (AMX, AVX-512 BF16)."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
import openvino

from lookout.faces.detections import Floats
from lookout.faces.errors import DeviceMissing, ModelDamaged
from lookout.faces.runtime.cores import cpu_flags, has_bfloat16, has_int8, usable_cores
from lookout.faces.runtime.session import RuntimeChoice, RuntimeFacts, as_floats, as_shape

# an 8-bit graph says itself what is 8-bit; the hint is for the rest of it
_PRECISIONS = {"float32": "f32", "bfloat16": "bf16", "int8": "f32"}


class OpenVinoSession:
    """One graph in OpenVINO, computed on the CPU."""

    def __init__(self, model: bytes | str, choice: RuntimeChoice, weights: bytes = b"") -> None:
        """model: the content of an ONNX file, or of an .xml of OpenVINO's own format with that of
        its .bin as `weights`; or the path of any file that OpenVINO reads."""
        if choice.device == "cuda":
            raise DeviceMissing(
                "--runtime openvino computes on the CPU; it cannot use --device cuda"
            )
        if choice.precision not in _PRECISIONS:
            raise DeviceMissing(
                f"OpenVINO on a CPU has {', '.join(_PRECISIONS)}, not {choice.precision}"
            )
        if choice.precision == "bfloat16" and not has_bfloat16(cpu_flags()):
            raise DeviceMissing(
                "this processor has no bfloat16 arithmetic (neither amx_bf16 nor "
                "avx512_bf16), so bfloat16 would be slower; use --precision float32"
            )
        if choice.precision == "int8" and not has_int8(cpu_flags()):
            raise DeviceMissing(
                "this processor has no 8-bit integer product (neither avx512_vnni nor "
                "avx_vnni), so int8 would not be faster; use --precision float32"
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
        real = self._real_precision()
        if choice.precision == "int8" and real != "int8":
            raise DeviceMissing("this network has no 8-bit form; use --precision float32")
        self.facts = RuntimeFacts("openvino", "CPU", "cpu", real, threads)
        shape = self._network.input(0).get_partial_shape()
        self.input_shape = as_shape([None if d.is_dynamic else d.get_length() for d in shape])

    def run(self, batch: npt.NDArray[Any]) -> list[Floats]:
        """The graph's outputs for `batch`; see `NetworkSession.run`."""
        # copied, because OpenVINO's outputs are views into memory that the next run overwrites
        return [as_floats(output).copy() for output in self._network([batch]).values()]

    def _real_precision(self) -> str:
        """The precision that the compiled network reports; int8 if a convolution has it."""
        for node in self._network.get_runtime_model().get_ops():
            facts = node.get_rt_info()
            kernel = facts["primitiveType"].astype(str) if "primitiveType" in facts else ""
            if kernel.endswith("_I8") and facts["layerType"].astype(str) == "Convolution":
                return "int8"
        hint = str(self._network.get_property("INFERENCE_PRECISION_HINT").to_string())
        return {"f32": "float32", "bf16": "bfloat16"}.get(hint, hint)
