"""The choice of a runtime: the best that this machine has, or the one that was asked for.

auto: OpenVINO for int8, which nothing else here computes; else the GPU where ONNX Runtime has a
provider for it, else the GPU through PyTorch, else ONNX Runtime on the CPU. A device or runtime
that was named and is not here is an error, never replaced.
"""

from __future__ import annotations

import tempfile
from importlib.util import find_spec

from lookout.faces.errors import DeviceMissing
from lookout.faces.runtime.onnx_runtime import OnnxRuntimeSession, gpu_providers
from lookout.faces.runtime.preparation import prepared
from lookout.faces.runtime.session import NetworkSession, RuntimeChoice

NO_CUDA = (
    "--device cuda was asked for, but nothing here can use a GPU. On a machine with an NVIDIA GPU "
    "and its driver run: pip uninstall onnxruntime && pip install 'onnxruntime-gpu[cuda,cudnn]' "
    "(or: pip install torch). To go on without a GPU use --device cpu"
)


def open_session(model: bytes, choice: RuntimeChoice | None = None) -> NetworkSession:
    """The network of an ONNX file's bytes, ready to run.

    Raises DeviceMissing if the device, runtime or precision is not here, ModelDamaged if the
    bytes are no network that the runtime can run.
    """
    choice = choice or RuntimeChoice()
    runtime = _runtime(choice)
    on_cpu = choice.device == "cpu" or not gpu_providers()
    model = prepared(model, fast=runtime == "onnxruntime" and on_cpu)
    match runtime:
        case "openvino":
            from lookout.faces.runtime.openvino_cpu import OpenVinoSession

            return OpenVinoSession(model, choice)
        case "torch":
            from lookout.faces.runtime.torch_cuda import TorchSession

            return TorchSession(model, choice)
        case _:
            return OnnxRuntimeSession(model, choice)


def open_ir(graph: bytes, weights: bytes, choice: RuntimeChoice | None = None) -> NetworkSession:
    """The network of OpenVINO's own format (.xml and .bin), which no other runtime reads.

    Raises DeviceMissing if OpenVINO is not installed or another runtime was asked for.
    """
    from_user = choice or RuntimeChoice()
    if from_user.runtime not in ("auto", "openvino"):
        raise DeviceMissing(
            f"this network is in OpenVINO's format; --runtime {from_user.runtime} cannot read it"
        )
    _need("openvino", "pip install openvino")
    from lookout.faces.runtime.openvino_cpu import OpenVinoSession

    return OpenVinoSession(graph, from_user, weights)


def open_tflite(model: bytes, choice: RuntimeChoice | None = None) -> NetworkSession:
    """The network of a TensorFlow Lite file, which OpenVINO alone reads here.

    Raises as `open_ir`.
    """
    from_user = choice or RuntimeChoice()
    if from_user.runtime not in ("auto", "openvino"):
        raise DeviceMissing(
            f"this network is in TensorFlow Lite's format; --runtime {from_user.runtime} cannot "
            "read it"
        )
    _need("openvino", "pip install openvino")
    from lookout.faces.runtime.openvino_cpu import OpenVinoSession

    # its reader takes a file alone
    with tempfile.NamedTemporaryFile(suffix=".tflite") as file:
        file.write(model)
        file.flush()
        return OpenVinoSession(file.name, from_user)


def _runtime(choice: RuntimeChoice) -> str:
    if choice.runtime == "openvino":
        _need("openvino", "pip install openvino")
    elif choice.runtime == "torch":
        _need("torch", "pip install torch")
    if choice.runtime != "auto":
        return choice.runtime
    if choice.precision == "int8":
        _need("openvino", "pip install openvino")
        return "openvino"
    if choice.device == "cpu" or gpu_providers():
        return "onnxruntime"
    if torch_sees_gpu():
        return "torch"
    if choice.device == "cuda":
        raise DeviceMissing(NO_CUDA)
    return "onnxruntime"


def torch_sees_gpu() -> bool:
    """True if PyTorch is installed and finds a CUDA GPU. Imports torch if it is installed."""
    if find_spec("torch") is None:
        return False
    import torch

    return bool(torch.cuda.is_available())


def _need(package: str, how: str) -> None:
    if find_spec(package) is None:
        raise DeviceMissing(
            f"{package} is needed here (--runtime {package}), but it is not installed; run: {how}"
        )
