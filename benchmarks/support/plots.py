"""Curves and bars of shares as PNG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from lookout.faces.metrics.threshold import Numbers

Bar = tuple[float, float, float]
"""A share, and the ends of its interval."""

LEAST_RATE = 1e-4
"""The left end of a logarithmic scale of rates."""


@contextmanager
def png(file: Path, size: tuple[float, float], columns: int = 1) -> Iterator[tuple[Any, Any]]:
    """A figure of `size` inches and its plot, or plots side by side, saved to `file` on leaving.

    Raises OSError if the file cannot be written.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, plots = plt.subplots(1, columns, figsize=size, layout="constrained")
    try:
        yield figure, plots
        file.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(file, dpi=120)
    finally:
        plt.close(figure)
    print(f"written: {file}")


def draw_curves(
    file: Path | None,
    title: str,
    axes: tuple[str, str],
    curves: Mapping[str, tuple[Numbers, Numbers]],
) -> None:
    """Draws y over x, x on a logarithmic scale from 1e-4; nothing if `file` is None."""
    if file is None:
        return
    with png(file, (7, 5)) as (_, plot):
        for name, (x, y) in curves.items():
            plot.plot(np.maximum(x, LEAST_RATE), y, label=name, linewidth=1.2)
        plot.set_xscale("log")
        plot.set(title=title, xlabel=axes[0], ylabel=axes[1], xlim=(LEAST_RATE, 1), ylim=(0, 1))
        plot.grid(visible=True, which="both", alpha=0.3)
        plot.legend(loc="lower right", fontsize="small")


def draw_lines(
    file: Path | None,
    title: str,
    axes: tuple[str, str],
    lines: Mapping[str, tuple[Sequence[float], Sequence[float]]],
) -> None:
    """Draws shares from 0 to 1 over x on a logarithmic scale; nothing if `file` is None."""
    if file is None:
        return
    with png(file, (7, 5)) as (_, plot):
        for name, (x, y) in lines.items():
            plot.plot(x, y, label=name, marker="o", linewidth=1.2)
        plot.set_xscale("log", base=2)
        plot.set(title=title, xlabel=axes[0], ylabel=axes[1], ylim=(0, 1))
        plot.grid(visible=True, which="both", alpha=0.3)
        plot.legend(loc="lower right", fontsize="small")


def draw_sorted(
    file: Path, title: str, results: Mapping[str, Sequence[float]], target: float
) -> None:
    """Draws the rates of each method, the smallest first, over the share of its trials; `target` is
    the rate that was wanted."""
    with png(file, (8, 5)) as (_, plot):
        for name, rates in results.items():
            share = (np.arange(len(rates)) + 0.5) / len(rates)
            plot.plot(share, 100 * np.sort(rates), label=name, linewidth=1.4)
        plot.axhline(100 * target, linestyle=":", color="black", label=f"wanted: {target:.0%}")
        plot.set(title=title, xlabel="sites and splits, the best first", ylabel="realised FPIR, %")
        plot.set(xlim=(0, 1), ylim=(0, None))
        plot.grid(visible=True, which="both", alpha=0.3)
        plot.legend(loc="upper left", fontsize="small")


def draw_bars(
    file: Path | None, title: str, axis: str, groups: Mapping[str, Mapping[str, Bar]]
) -> None:
    """Draws one lying bar for each group and label, with its interval; nothing if `file` is None.

    groups: bars by label for each group; all groups have the labels of the first.
    """
    if file is None:
        return
    labels = list(next(iter(groups.values())))
    height = 0.8 / len(groups)
    with png(file, (8, 1.2 + 0.22 * len(labels) * (1 + len(groups)))) as (figure, plot):
        for number, (name, bars) in enumerate(groups.items()):
            shares, lows, highs = np.array([bars[label] for label in labels]).T
            places = np.arange(len(labels)) + (number - (len(groups) - 1) / 2) * height
            spans = np.clip(np.stack([shares - lows, highs - shares]), 0, None)
            plot.barh(places, shares, height, xerr=spans, label=name, error_kw={"linewidth": 0.8})
        plot.set_yticks(range(len(labels)), labels)
        plot.invert_yaxis()
        plot.set(title=title, xlabel=axis, xlim=(0, 1))
        plot.grid(visible=True, axis="x", alpha=0.3)
        figure.legend(loc="outside lower center", ncols=2, fontsize="small")
