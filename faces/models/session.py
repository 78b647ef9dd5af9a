"""Runs an ONNX file: one place, until every model goes through `faces.runtime`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from faces.detections import Floats
from faces.errors import DeviceMissing, ModelDamaged


class Session:
    """One network. `fixed_batch` is the batch size that its file insists on, or None."""

    def __init__(self, model: Path | bytes, device: str = "auto") -> None:
        if (
            device == "cuda"
            and "CUDAExecutionProvider" not in onnxruntime.get_available_providers()
        ):
            raise DeviceMissing("onnxruntime here has no CUDA; install onnxruntime-gpu")
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # Denormal weights made one network 80 times slower
        options.add_session_config_entry("session.set_denormal_as_zero", "1")
        source = model if isinstance(model, bytes) else str(model)
        providers = ["CPUExecutionProvider"]
        if device == "cuda":
            providers.insert(0, "CUDAExecutionProvider")
        try:
            self._session: Any = onnxruntime.InferenceSession(source, options, providers=providers)
        except RuntimeError as error:
            raise ModelDamaged(f"ONNX Runtime cannot read this network: {error}") from error
        self._input = self._session.get_inputs()[0]
        size = self._input.shape[0]
        self.fixed_batch = size if isinstance(size, int) else None

    def run(self, batch: Floats) -> list[Floats]:
        """The network's outputs, in the order of its file, for one float32 batch."""
        outputs: list[Any] = self._session.run(None, {self._input.name: batch})
        return [np.asarray(output, np.float32) for output in outputs]
