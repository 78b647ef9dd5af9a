"""The figures as one picture: images a second, latency, and memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.system.http.load import Figures
from benchmarks.system.soak import Point


def draw(file: Path | None, figures: Sequence[Figures], memory: Sequence[Point]) -> None:
    """Draws plots side by side, that of the memory where it was watched; nothing if `file` is None.
    A load in which a server gave no answer has no point."""
    if file is None:
        return
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.ticker import NullFormatter

    columns = 3 if memory else 2
    sheet, plots = plt.subplots(1, columns, figsize=(4.7 * columns, 4), layout="constrained")
    rates, latencies = plots[:2]
    for server in dict.fromkeys(one.server for one in figures):
        of_server = [one for one in figures if one.server == server and one.answered]
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
        plot.yaxis.set_minor_formatter(NullFormatter())
        plot.set(title=title, xlabel="clients", ylabel=unit)
        plot.grid(visible=True, which="both", alpha=0.3)
        plot.legend(fontsize="small")
    for rss in plots[2:]:
        rss.plot([point.frames for point in memory], [point.rss_mb for point in memory])
        rss.set(title="Memory of the server", xlabel="uploads", ylabel="MB")
        rss.set_ylim(bottom=0)
        rss.grid(visible=True, alpha=0.3)
    file.parent.mkdir(parents=True, exist_ok=True)
    sheet.savefig(file, dpi=120)
    plt.close(sheet)
    print(f"written: {file}")
