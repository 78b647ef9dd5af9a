"""Runs ONNX graphs on whatever this machine has; nothing here knows what the graphs mean.

The runtimes must not report to their makers. By default ONNX Runtime (1.32 on Linux) sends events
with a lasting identifier of the machine, and OpenVINO one for each import; both write into the
user's home. Lookout promises that nothing leaves the machine, so both are silenced before they are
imported: the one by its variable, the other by hiding the package that it would report with.
"""

from __future__ import annotations

import os
import sys

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
