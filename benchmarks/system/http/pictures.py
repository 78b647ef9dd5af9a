"""The figures as one picture: images a second, latency, and memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.support.plots import png
from benchmarks.system.http.load import Figures
from benchmarks.system.soak import Point


def draw(file: Path | None, figures: Sequence[Figures], memory: Sequence[Point]) -> None:
    """Draws plots side by side, that of the memory where it was watched; nothing if `file` is None.
    A load in which a server gave no answer has no point."""
    if file is None:
        return
    columns = 3 if memory else 2
    with png(file, (4.7 * columns, 4), columns) as (_, plots):
        rates, latencies = plots[:2]
        for server in dict.fromkeys(load.server for load in figures):
            loads = [load for load in figures if load.server == server and load.answered]
            _draw_server(rates, latencies, server, loads)
        _label(rates, "Photographs a second", "1/s")
        _label(latencies, "From upload to answer", "ms")
        for rss in plots[2:]:
            _draw_memory(rss, memory)


def _draw_server(rates: Any, latencies: Any, server: str, loads: Sequence[Figures]) -> None:
    clients = [load.clients for load in loads]
    rates.plot(clients, [load.per_s for load in loads], marker="o", label=server)
    p50_ms, p99_ms = [load.p50_ms for load in loads], [load.p99_ms for load in loads]
    (line,) = latencies.plot(clients, p50_ms, marker="o", label=f"{server}, p50")
    faint = {"marker": ".", "linestyle": "--", "color": line.get_color()}
    latencies.plot(clients, p99_ms, label="p99", **faint)


def _label(plot: Any, title: str, unit: str) -> None:
    from matplotlib.ticker import NullFormatter

    plot.set_xscale("log", base=2)
    plot.set_yscale("log")
    plot.xaxis.set_major_formatter("{x:g}")
    plot.yaxis.set_major_formatter("{x:g}")
    plot.yaxis.set_minor_formatter(NullFormatter())
    plot.set(title=title, xlabel="clients", ylabel=unit)
    plot.grid(visible=True, which="both", alpha=0.3)
    plot.legend(fontsize="small")


def _draw_memory(plot: Any, memory: Sequence[Point]) -> None:
    plot.plot([point.frames for point in memory], [point.rss_mb for point in memory])
    plot.set(title="Memory of the server", xlabel="uploads", ylabel="MB")
    plot.set_ylim(bottom=0)
    plot.grid(visible=True, alpha=0.3)
