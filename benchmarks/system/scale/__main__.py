"""Many recognisers and cameras: simulated with recorded costs, and checked by real processes.

    python -m benchmarks.scale                     the table of 1 to 64 recognisers; a minute
    python -m benchmarks.scale --check             and two and three real servers beside it
    python -m benchmarks.scale --record 30         records what frames cost here, for the next run

A simulated recogniser computes one frame after the other. How the costs of frames are spread was
recorded, and they are multiplied to a mean (--mean-ms): 16.7 is the machine of two cores on which
`benchmarks.cameras` served six cameras at 10 frames a second. Each row of the table has
as many cameras as fit at --load of the capacity; `one in ten` loses a tenth of the recognisers,
`rush` is a morning in which frames cost one and a half times as much.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.support.command import command_parser
from benchmarks.support.report import machine, table, write_json
from benchmarks.system.scale.processes import measure
from benchmarks.system.scale.recording import RECORDED, record, recorded
from benchmarks.system.scale.simulation import PER_S, Outcome, Scenario, Simulation
from lookout.faces.atomic_file import replace_file

SIZES = (1, 2, 4, 8, 16, 32, 64)
CHECKS = ((2, 0.6), (2, 1.3), (3, 0.9))
RUSH = 1.5
MEAN_MS = 16.7
HEAD = (
    *("recognisers", "cameras", "what", "answers/s", "slowest camera/s", "p50 ms", "p95 ms"),
    *("p99 ms", "dropped", "nameless s, longest", "most cameras / mean"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.record is not None:
        costs_s = record(options.record, options.detector)
        document = {"machine": machine(), "detector": options.detector, "costs_s": costs_s}
        replace_file(RECORDED, (json.dumps(document) + "\n").encode())
        mean_s = sum(costs_s) / len(costs_s)
        print(f"{len(costs_s)} frames, {1000 * mean_s:.1f} ms of processor time on average")
        return 0
    costs_s = recorded(options.mean_ms / 1000)
    mean_s = sum(costs_s) / len(costs_s)
    print(f"a frame costs {1000 * mean_s:.1f} ms on average: a recogniser has {1 / mean_s:.0f} a s")
    rows = [row for size in options.sizes or SIZES for row in simulate(size, costs_s, options)]
    print(table(HEAD, [_cells(*row) for row in rows]))
    results: dict[str, object] = {
        "cost_ms": 1000 * mean_s,
        "rows": [
            {"recognisers": size, "cameras": cameras, "what": what, **asdict(outcome)}
            for size, cameras, what, outcome in rows
        ],
    }
    if options.check:
        results["checks"] = check(costs_s, options.seconds)
    write_json(options.json, "scale", results)
    return 0


def simulate(
    size: int, costs_s: Sequence[float], options: argparse.Namespace
) -> list[tuple[int, int, str, Outcome]]:
    """As it is, with one in ten failing, and with a rush."""
    cameras = max(1, int(size * options.load * len(costs_s) / sum(costs_s) / PER_S))
    seconds = options.seconds
    fail = max(1, size // 10) if size > 1 else 0
    scenarios = {
        "as it is": Scenario(size, cameras, costs_s, seconds),
        "one in ten fails": Scenario(size, cameras, costs_s, seconds, fail, seconds / 3),
        "morning rush": Scenario(size, cameras, costs_s, seconds, rush=(RUSH, 0.0, seconds)),
    }
    return [
        (size, cameras, what, Simulation(scenario).run())
        for what, scenario in scenarios.items()
        if fail or what != "one in ten fails"
    ]


def check(costs_s: Sequence[float], seconds: float) -> list[dict[str, object]]:
    """Simulated and real, side by side."""
    found: list[dict[str, object]] = []
    for servers, load in CHECKS:
        cameras = round(servers * load * len(costs_s) / sum(costs_s) / PER_S)
        simulated = Simulation(Scenario(servers, cameras, costs_s, seconds)).run()
        with tempfile.TemporaryDirectory() as folder:
            real = measure(Path(folder), servers, cameras, costs_s, seconds)
        found.append(
            {"servers": servers, "cameras": cameras, "load": load}
            | {f"real_{name}": value for name, value in asdict(real).items()}
            | {
                f"simulated_{name}": getattr(simulated, name)
                for name in ("answers_per_s", "slowest_per_s", "p50_ms", "p95_ms")
            }
        )
    columns = tuple(found[0])
    cells = [[f"{v:.1f}" if isinstance(v, float) else v for v in one.values()] for one in found]
    print(table(columns, cells))
    return found


def _cells(size: int, cameras: int, what: str, outcome: Outcome) -> tuple[object, ...]:
    return (
        *(size, cameras, what, f"{outcome.answers_per_s:.0f}", f"{outcome.slowest_per_s:.1f}"),
        *(f"{outcome.p50_ms:.0f}", f"{outcome.p95_ms:.0f}", f"{outcome.p99_ms:.0f}"),
        *(outcome.dropped, f"{outcome.nameless_s[0]:.2f}" if "fails" in what else "–"),
        f"{outcome.most_cameras[0]} / {outcome.most_cameras[1]:.1f}",
    )


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("scale", __doc__)
    add = parser.add_argument
    add("--sizes", type=int, nargs="+", help=f"numbers of recognisers {SIZES}")
    add("--load", type=float, default=0.6, help="share of the capacity (%(default)g)")
    add("--seconds", type=float, default=20.0, help="simulated, and real (%(default)g)")
    add("--check", action="store_true", help="two and three real servers beside it")
    add("--record", type=float, metavar="SECONDS", help="record what frames cost here")
    add("--mean-ms", type=float, default=MEAN_MS, help="of a frame (%(default)g)")
    add("--detector", default="auto", help="of what is recorded (%(default)s)")
    add("--json", type=Path, help="write the figures here, too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
