"""ONNX Runtime: the default on every machine, with the first provider of a list that works."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from lookout.faces.detections import Floats
from lookout.faces.errors import DeviceMissing, ModelDamaged
from lookout.faces.runtime.cores import usable_cores
from lookout.faces.runtime.session import RuntimeChoice, RuntimeFacts, as_floats, as_shape

_CPU = "CPUExecutionProvider"
_GPU_PROVIDERS = ("TensorrtExecutionProvider", "CUDAExecutionProvider")
_SEVERITY_ERROR = 3
_CANNOT_OPEN = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
    RuntimeError,
)


def gpu_providers() -> list[str]:
    """The providers of this ONNX Runtime that use an NVIDIA GPU; a GPU may still be missing."""
    return [name for name in onnxruntime.get_available_providers() if name in _GPU_PROVIDERS]


class OnnxRuntimeSession:
    """One graph in ONNX Runtime."""

    def __init__(self, model: bytes, choice: RuntimeChoice) -> None:
        if choice.precision != "float32":
            raise DeviceMissing(
                f"ONNX Runtime computes in float32 here, not in {choice.precision}; for int8 or "
                "bfloat16 on a CPU that has it run: pip install openvino, then use "
                "--runtime openvino"
            )
        threads = choice.threads or usable_cores()
        self._session = _open(model, _options(threads), _wanted(choice))
        provider = self._session.get_providers()[0]
        on_gpu = provider in _GPU_PROVIDERS
        if choice.device == "cuda" and not on_gpu:
            raise DeviceMissing(
                f"--device cuda was asked for, but ONNX Runtime fell back to {provider}: its GPU "
                "libraries did not load. Install the CUDA 12 and cuDNN 9 that onnxruntime-gpu "
                "wants (pip install 'onnxruntime-gpu[cuda,cudnn]'), or use --device cpu"
            )
        device = "cuda" if on_gpu else "cpu"
        self.facts = RuntimeFacts("onnxruntime", provider, device, "float32", threads)
        first = self._session.get_inputs()[0]
        self._input = first.name
        self.input_shape = as_shape(first.shape)

    def run(self, batch: npt.NDArray[Any]) -> list[Floats]:
        """The graph's outputs for `batch`; see `NetworkSession.run`."""
        return [as_floats(output) for output in self._session.run(None, {self._input: batch})]


def _options(threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _SEVERITY_ERROR
    # denormal weights and activations slow some networks down up to 80 times
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    # threads that spin between two calls take the cores from decoding and detection
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _wanted(choice: RuntimeChoice) -> list[str]:
    """The asked-for providers that this build has, in the asked-for order."""
    built_in = onnxruntime.get_available_providers()
    wanted = [name for name in choice.providers if name in built_in]
    if choice.device == "cpu":
        wanted = [name for name in wanted if name not in _GPU_PROVIDERS]
    if not wanted:
        raise DeviceMissing(
            f"this ONNX Runtime has none of {', '.join(choice.providers)}; "
            f"it has {', '.join(built_in)}"
        )
    return wanted if _CPU in wanted else [*wanted, _CPU]


def _open(model: bytes, options: Any, providers: list[str]) -> Any:
    try:
        session = onnxruntime.InferenceSession(model, options, providers=providers)
    except _CANNOT_OPEN as error:
        raise ModelDamaged(f"ONNX Runtime cannot open the network: {error}") from error
    # kept for a change of providers, which nobody asks for: 39 MB of SFace
    session._model_bytes = b""
    return session
