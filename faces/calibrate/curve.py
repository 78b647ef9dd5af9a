"""The curve of a calibration as a picture."""

from __future__ import annotations

from pathlib import Path

from lookout.faces.calibrate.measure import ALLOWED, Measurement


class NoMatplotlib(Exception):
    """matplotlib is not installed; the message has the command that installs it."""


def draw(file: Path, measured: Measurement) -> None:
    """FPIR and FNIR over the chance that is allowed, with their intervals, as PNG.

    Raises NoMatplotlib, and OSError if the file cannot be written.
    """
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise NoMatplotlib("--plot needs matplotlib: pip install '.[bench]'") from error
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, plot = plt.subplots(figsize=(7, 5), layout="constrained")
    named = [measured.strangers.rate(float(allowed)) for allowed in ALLOWED]
    found = [measured.own.rate(float(allowed)) for allowed in ALLOWED]
    plot.plot(ALLOWED, [r.share for r in named], label="FPIR: strangers that get a name")
    plot.fill_between(ALLOWED, [r.low for r in named], [r.high for r in named], alpha=0.2)
    if found[0].people:
        plot.plot(ALLOWED, [1 - r.share for r in found], label="FNIR: known people without a name")
        low, high = [1 - r.high for r in found], [1 - r.low for r in found]
        plot.fill_between(ALLOWED, low, high, alpha=0.2)
    chosen = measured.calibration
    plot.axvline(chosen.allowed, linestyle="--", color="grey", label="chosen")
    plot.axhline(
        chosen.target, linestyle=":", color="grey", label=f"FPIR wanted: {chosen.target:.2%}"
    )
    plot.set_xscale("log")
    plot.set(xlabel="chance allowed", ylabel="share of people", ylim=(0, 1), title="Calibration")
    plot.grid(visible=True, which="both", alpha=0.3)
    plot.legend(loc="center left", fontsize="small")
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=120)
    plt.close(figure)
