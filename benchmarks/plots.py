"""Curves of verification and identification as PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.roc import Numbers


def draw_curves(
    file: Path | None,
    title: str,
    axes: tuple[str, str],
    curves: Mapping[str, tuple[Numbers, Numbers]],
) -> None:
    """Draws y over x, x on a logarithmic scale from 1e-4; nothing if `file` is None."""
    if file is None:
        return
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, plot = plt.subplots(figsize=(7, 5), layout="constrained")
    for name, (x, y) in curves.items():
        plot.plot(np.maximum(x, 1e-4), y, label=name, linewidth=1.2)
    plot.set_xscale("log")
    plot.set(title=title, xlabel=axes[0], ylabel=axes[1], xlim=(1e-4, 1), ylim=(0, 1))
    plot.grid(visible=True, which="both", alpha=0.3)
    plot.legend(loc="lower right", fontsize="small")
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=120)
    plt.close(figure)
    print(f"written: {file}")


def draw_lines(
    file: Path | None,
    title: str,
    axes: tuple[str, str],
    lines: Mapping[str, tuple[Sequence[float], Sequence[float]]],
) -> None:
    """Draws shares from 0 to 1 over x on a logarithmic scale; nothing if `file` is None."""
    if file is None:
        return
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, plot = plt.subplots(figsize=(7, 5), layout="constrained")
    for name, (x, y) in lines.items():
        plot.plot(x, y, label=name, marker="o", linewidth=1.2)
    plot.set_xscale("log", base=2)
    plot.set(title=title, xlabel=axes[0], ylabel=axes[1], ylim=(0, 1))
    plot.grid(visible=True, which="both", alpha=0.3)
    plot.legend(loc="lower right", fontsize="small")
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=120)
    plt.close(figure)
    print(f"written: {file}")
