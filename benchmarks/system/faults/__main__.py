"""Plays the faults and prints the table; exits with 1 when a limit was missed."""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.support.command import command_parser
from benchmarks.support.report import table, write_json
from benchmarks.system.faults import __doc__ as description
from benchmarks.system.faults.catalogue import FAULTS
from benchmarks.system.faults.engine import Row, play
from benchmarks.system.faults.fault import Expected
from benchmarks.system.faults.stage import Laboratory
from benchmarks.system.faults.viewer import TOO_SLOW

HEAD = (
    *("fault", "rounds", "what the viewer sees", "plain after", "banner after", "names back after"),
    *("ended", "edge MB", "server MB", "limits"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    chosen = [FAULTS[name] for name in options.only or FAULTS]
    rows = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Laboratory(Path(folder), ("--detector", options.detector)) as laboratory,
    ):
        for row in play(chosen, laboratory, options.rounds):
            rows.append(row)
            print(f"{row.fault}: {'; '.join(row.missed) or 'ok'}", file=sys.stderr, flush=True)
    print(show(rows))
    results = [asdict(row) | {"expected": row.expected.name.lower()} for row in rows]
    write_json(options.json, "faults", {"faults": results})
    return 1 if any(row.missed for row in rows) else 0


def show(rows: Sequence[Row]) -> str:
    """The table, with a line on its units and a line for each limit that was missed."""
    lines = [table(HEAD, [_cells(row) for row in rows]), ""]
    lines.append("Seconds are the longest of the rounds; memory is resident, before and after.")
    lines.extend(f"MISSED: {row.fault}: {limit}" for row in rows for limit in row.missed)
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, ...]:
    gone = row.expected in (Expected.PLAIN, Expected.CAMERA)
    edge, server = zip(*row.memory_mb, strict=True)
    return (
        row.fault,
        str(len(row.rounds)),
        "; ".join((_seen(row), *row.facts)),
        _seconds(row.plain_s) if row.expected is Expected.PLAIN else "–",
        _seconds(row.banner_s) if gone else "–",
        "–" if row.expected is Expected.NAMES else _seconds(row.names_s),
        ", ".join(row.died) or "no",
        f"{edge[0]:.0f} → {edge[1]:.0f}",
        f"{server[0]:.0f} → {server[1]:.0f}",
        "MISSED" if row.missed else "kept",
    )


def _seen(row: Row) -> str:
    slowest = min(row.rounds, key=lambda r: r.per_second)
    nameless_s = max(r.nameless_s for r in row.rounds)
    slow_s = max(r.slow_s for r in row.rounds)
    banner = next((r.banner for r in row.rounds if r.banner), "")
    match row.expected:
        case Expected.PLAIN:
            rate = f"{slowest.per_second:.1f}/s of {slowest.camera_fps:.1f}"
            return f"the plain picture, {rate}, “{banner}”"
        case Expected.CAMERA:
            return f"the last picture, “{banner}”"
        case Expected.NAMES | Expected.BACK:
            often = f"names, {slowest.per_second:.1f}/s, {nameless_s:.2f} s without at most"
            slow = f"“{TOO_SLOW}” for {slow_s:.2f} s" if slow_s else f"“{banner}”" if banner else ""
            return f"{often}, {slow}" if slow else often


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if math.isfinite(value) else "never"


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("faults", description)
    parser.add_argument(
        "--only", metavar="NAME", nargs="+", choices=sorted(FAULTS), help=" ".join(FAULTS)
    )
    parser.add_argument(
        "--rounds", type=int, default=20, help="at most (%(default)s); fewer: quick"
    )
    parser.add_argument("--detector", default="auto", help="the server's (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
