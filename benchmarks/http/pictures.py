"""The figures as one picture: images a second, latency, and memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.http.load import Figures
from benchmarks.soak import Point


def draw(file: Path | None, figures: Sequence[Figures], memory: Sequence[Point]) -> None:
    """Draws three plots side by side; nothing if `file` is None."""
    if file is None:
        return
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    sheet, (rates, latencies, rss) = plt.subplots(1, 3, figsize=(14, 4), layout="constrained")
    for server in dict.fromkeys(one.server for one in figures):
        of_server = [one for one in figures if one.server == server]
        clients = [one.clients for one in of_server]
        rates.plot(clients, [one.per_s for one in of_server], marker="o", label=server)
        (line,) = latencies.plot(
            clients, [one.p50_ms for one in of_server], marker="o", label=f"{server}, p50"
        )
        latencies.plot(
            clients,
            [one.p99_ms for one in of_server],
            marker=".",
            linestyle="--",
            color=line.get_color(),
            label="p99",
        )
    for plot, title, unit in (
        (rates, "Photographs a second", "1/s"),
        (latencies, "From upload to answer", "ms"),
    ):
        plot.set_xscale("log", base=2)
        plot.set_yscale("log")
        plot.xaxis.set_major_formatter("{x:g}")
        plot.yaxis.set_major_formatter("{x:g}")
        plot.yaxis.set_minor_formatter("{x:g}")
        plot.set(title=title, xlabel="clients", ylabel=unit)
        plot.grid(visible=True, which="both", alpha=0.3)
        plot.legend(fontsize="small")
    rss.plot([point.frames for point in memory], [point.rss_mb for point in memory])
    rss.set(title="Memory of the server", xlabel="uploads", ylabel="MB")
    rss.set_ylim(bottom=0)
    rss.grid(visible=True, alpha=0.3)
    file.parent.mkdir(parents=True, exist_ok=True)
    sheet.savefig(file, dpi=120)
    plt.close(sheet)
    print(f"written: {file}")
