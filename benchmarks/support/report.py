"""Figures as every benchmark reports them: a table for people, JSON for machines."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lookout.faces.atomic_file import replace_file
from lookout.faces.runtime.machine import package_versions, processor_name

RESULTS = Path("results")
"""The folder for what benchmarks keep; ignored by git."""

_PACKAGES = ("numpy", "onnxruntime", "openvino", "dlib-bin", "opencv-python-headless", "torch")


def machine() -> dict[str, Any]:
    """The facts behind a figure: processor, cores, Python, packages, and the time."""
    return {
        "processor": processor_name(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": package_versions(_PACKAGES),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def write_json(path: Path | None, benchmark: str, results: Mapping[str, Any]) -> None:
    """Writes the results with the machine's facts in one step; nothing if `path` is None."""
    if path is None:
        return
    document = {"benchmark": benchmark, "machine": machine(), **results}
    replace_file(path, (json.dumps(document, indent=2) + "\n").encode())
    print(f"written: {path}")


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table whose columns line up; floats must come formatted."""
    cells = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = [
        "| " + " | ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)) + " |" for r in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f}"
