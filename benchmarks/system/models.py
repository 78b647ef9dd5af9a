"""Networks that come and go: memory before, loaded and unloaded, and the first answer after it."""

from __future__ import annotations

import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from benchmarks.support.command import command_parser
from benchmarks.support.plots import png
from benchmarks.support.report import table, write_json
from lookout.faces.errors import ModelError
from lookout.faces.memory import keep_large_blocks_apart, resident_bytes
from lookout.faces.models import ModelStore
from lookout.faces.models.manager import ModelManager
from lookout.faces.runtime.choose import open_session
from lookout.faces.runtime.session import NetworkSession, RuntimeChoice

NETWORKS = ("sface", "reid-0095", "head-pose", "lightqnet", "minifasnet-v2-early", "yunet-2023mar")
LIGHT = ("head-pose", "lightqnet", "minifasnet-v2-early")
"""Those that come and go a thousand times: opening one of the others takes a fifth of a second."""
TRAFFIC = "traffic"
STEP_S = 0.02
"""Between two looks at the memory."""
CYCLES = 10

_EPILOG = """\
Opens the networks of the registry that are here, runs each once, unloads them, and opens them
again, while the memory of the process is looked at fifty times a second; then threads ask for small
networks all the time while they are unloaded all the time.

  python -m benchmarks.models --plot docs/images/model-memory.png --json models.json
"""


@dataclass
class Curve:
    """The memory of this process over time, and the moments that have a name."""

    began_s: float = field(default_factory=time.perf_counter)
    at_s: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    marks: list[tuple[float, str]] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def mark(self, words: str) -> float:
        """Names this moment; returns the memory of now."""
        self.look()
        self.marks.append((self.at_s[-1], words))
        return self.megabytes[-1]

    def look(self) -> None:
        self.at_s.append(time.perf_counter() - self.began_s)
        self.megabytes.append(resident_bytes() / 1e6)

    def watch(self) -> None:
        while not self.done.wait(STEP_S):
            self.look()


@dataclass(frozen=True, slots=True)
class Row:
    """One network. MB: by how much the process grew, and what of it was left after unloading;
    ms: opening and first answer together, the first time, and the median of CYCLES reloads."""

    name: str
    file_mb: float
    loaded_mb: float
    left_mb: float
    first_ms: float
    reload_ms: float
    warm_ms: float


class Bench:
    """The networks of a store behind a manager."""

    def __init__(self, names: Sequence[str]) -> None:
        self._store = ModelStore.from_environment()
        self._choice = RuntimeChoice("cpu")
        self.models = ModelManager(idle_s=0.0)
        self.names = [name for name in names if self._is_here(name)]
        self._blobs = {name: _blob(self._open(name)) for name in self.names}

    def ask(self, name: str) -> float:
        """Milliseconds until the network has answered."""
        began_s = time.perf_counter()
        with self.models.use(name, lambda: self._open(name)) as network:
            network.run(self._blobs[name])
        return 1e3 * (time.perf_counter() - began_s)

    def megabytes(self, name: str) -> float:
        return sum(file.size for file in self._store.entry(name).files) / 1e6

    def _open(self, name: str) -> NetworkSession:
        return open_session(self._store.read(name), self._choice)

    def _is_here(self, name: str) -> bool:
        try:
            self._store.read(name)
        except ModelError as error:
            print(f"skipped {name}: {error}")
            return False
        return True


def _blob(network: NetworkSession) -> np.ndarray[Any, np.dtype[np.float32]]:
    shape = [1 if size is None else size for size in network.input_shape]
    return np.zeros(shape, np.float32)


def measure_each(bench: Bench, curve: Curve) -> list[Row]:
    """Each network by itself, after one round that is not counted: what the runtime and the
    allocator take once for all of them is taken then."""
    for name in bench.names:
        bench.ask(name)
        bench.models.unload(name)
    rows = []
    for name in bench.names:
        before = curve.mark(f"{name} loaded")
        first_ms = bench.ask(name)
        loaded = curve.mark("") - before
        warm_ms = statistics.median(bench.ask(name) for _ in range(CYCLES))
        bench.models.unload(name)
        left = curve.mark("") - before
        again = []
        for _ in range(CYCLES):
            again.append(bench.ask(name))
            bench.models.unload(name)
        rows.append(
            Row(
                name, bench.megabytes(name), loaded, left, first_ms, statistics.median(again),
                warm_ms,
            )
        )  # fmt: skip
    return rows


def measure_all(bench: Bench, curve: Curve) -> dict[str, float]:
    """All networks together: MB before, loaded, and after an idle sweep."""
    before = curve.mark("all loaded")
    for name in bench.names:
        bench.ask(name)
    loaded = curve.mark("all unloaded, idle")
    bench.models.sweep()
    after = curve.mark(TRAFFIC)
    return {"before_mb": before, "loaded_mb": loaded, "after_mb": after}


def measure_traffic(bench: Bench, loads: int, threads: int) -> dict[str, float]:
    """Threads that ask without a pause while networks are unloaded without a pause, until so many
    loads were needed."""
    names = [name for name in LIGHT if name in bench.names]
    began = _loads(bench, names)
    waited_ms: list[float] = []
    failed: list[str] = []
    enough = threading.Event()

    def ask(seed: int) -> None:
        random = Random(seed)
        while not enough.is_set():
            try:
                waited_ms.append(bench.ask(random.choice(names)))
            except ModelError as error:
                failed.append(str(error))

    workers = [threading.Thread(target=ask, args=(seed,), daemon=True) for seed in range(threads)]
    for worker in workers:
        worker.start()
    while _loads(bench, names) - began < loads and not failed:
        for name in names:
            bench.models.unload(name)
        time.sleep(0.001)
    enough.set()
    for worker in workers:
        worker.join(60)
    return {
        "requests": len(waited_ms),
        "failed": len(failed),
        "loads": _loads(bench, names) - began,
        "median_ms": statistics.median(waited_ms),
        "p99_ms": float(np.percentile(waited_ms, 99)),
        "longest_ms": max(waited_ms),
    }


def _loads(bench: Bench, names: Sequence[str]) -> int:
    return sum(use.loads for use in bench.models.uses() if use.name in names)


def _draw(file: Path | None, curve: Curve) -> None:
    if file is None:
        return
    traffic_s = next(at_s for at_s, words in curve.marks if words == TRAFFIC)
    titles = ("One after another, and all together", "Under traffic, and unloaded at the end")
    spans = ((0.0, traffic_s), (traffic_s, curve.at_s[-1]))
    top = 1.02 * max(curve.megabytes)
    with png(file, (12, 4), columns=2) as (_, plots):
        for plot, title, (first_s, last_s) in zip(plots, titles, spans, strict=True):
            plot.plot(curve.at_s, curve.megabytes, linewidth=1.2)
            for at_s, words in curve.marks:
                if words and first_s <= at_s <= last_s:
                    plot.axvline(at_s, color="grey", linewidth=0.6)
                    plot.text(at_s, top, f" {words}", rotation=90, va="top", fontsize="x-small")
            plot.set(
                title=title, xlabel="seconds", ylabel="MB resident",
                xlim=(first_s, last_s), ylim=(0, top),
            )  # fmt: skip
            plot.grid(visible=True, alpha=0.3)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("models", __doc__, _EPILOG)
    parser.add_argument("--network", action="append", help="default: " + ", ".join(NETWORKS))
    parser.add_argument("--loads", type=int, default=1000, help="under traffic (%(default)s)")
    parser.add_argument("--threads", type=int, default=4, help="that ask (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="draw the memory there")
    options = parser.parse_args(arguments)
    bench = Bench(options.network or NETWORKS)
    if not set(LIGHT) & set(bench.names):
        print(f"error: none of {', '.join(LIGHT)} is here", file=sys.stderr)
        return 1
    keep_large_blocks_apart()  # as the server does
    curve = Curve()
    watching = threading.Thread(target=curve.watch, daemon=True)
    watching.start()
    rows = measure_each(bench, curve)
    together = measure_all(bench, curve)
    traffic = measure_traffic(bench, options.loads, options.threads)
    bench.models.sweep()
    traffic["after_mb"] = curve.mark("all unloaded")
    curve.done.set()
    watching.join(10)
    _say(rows, together, traffic)
    _draw(options.plot, curve)
    figures = {"networks": [asdict(row) for row in rows], "together": together, "traffic": traffic}
    write_json(options.json, "models", figures)
    return 1 if traffic["failed"] else 0


def _say(rows: Sequence[Row], together: dict[str, float], traffic: dict[str, float]) -> None:
    head = ("network", "file MB", "loaded, MB more", "left after unloading, MB",
            "opened and answered, ms", "again, ms", "loaded already, ms")  # fmt: skip
    tenths: Callable[[float], str] = "{:.1f}".format
    print(table(head, [(r.name, *map(tenths, list(asdict(r).values())[1:])) for r in rows]))
    print(
        f"\nall together: {together['before_mb']:.0f} MB before, {together['loaded_mb']:.0f} MB "
        f"loaded, {together['after_mb']:.0f} MB after unloading\n"
        f"traffic: {traffic['requests']} requests, {traffic['loads']} loads, "
        f"{traffic['failed']} failed; median {traffic['median_ms']:.1f} ms, 99 % within "
        f"{traffic['p99_ms']:.0f} ms, longest {traffic['longest_ms']:.0f} ms; "
        f"{traffic['after_mb']:.0f} MB after a last unloading"
    )


if __name__ == "__main__":
    sys.exit(main())
