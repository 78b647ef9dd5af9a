"""Starts the servers, loads them, and prints the table."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from benchmarks.support.command import command_parser
from benchmarks.support.data import test_data
from benchmarks.support.report import table, write_json
from benchmarks.system.http import __doc__ as description
from benchmarks.system.http.load import Figures, body_of, measure, upload
from benchmarks.system.http.photographs import people_in, read_photographs
from benchmarks.system.http.pictures import draw
from benchmarks.system.http.servers import Target, bare, lookout
from benchmarks.system.soak import MOST_GROWTH_MB, Point, growth_mb
from lookout.faces.engine import DEFAULT_ENCODER, open_detector, open_encoder
from lookout.faces.gallery.encodings_file import file_for, save_gallery

HEAD = (
    *("server", "clients", "images/s", "p50 ms", "p95 ms", "p99 ms", "n", "turned away"),
    *("broken", "faces", "server's cores", "clients' cores"),
)
CLIENTS = (1, 8, 64)
DETECTORS = ("hog", "auto")
MEMORY_POINTS = 20
MEMORY_CLIENTS = 8


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    detector, encoder = open_detector(device="cpu"), open_encoder(device="cpu")
    photographs = read_photographs(options.data or test_data(), detector)
    bodies = [body_of(photograph.jpeg) for photograph in photographs]
    faces = sum(photograph.faces for photograph in photographs)
    print(f"{len(photographs)} photographs with {faces} faces by {detector.name}")
    with tempfile.TemporaryDirectory() as temporary, contextlib.ExitStack() as stack:
        folder = Path(temporary)
        encodings = folder / "encodings.pkl"
        known = people_in(photographs, detector, encoder)
        save_gallery(encodings, known)
        for name in set(options.encoder or ("auto",)) - {DEFAULT_ENCODER}:
            other = open_encoder(name, device="cpu")
            theirs = people_in(photographs, detector, other)
            save_gallery(file_for(encodings, other.name), theirs)
        del detector, encoder
        targets = [] if options.without_bare else [bare(stack, encodings)]
        targets += [
            lookout(stack, folder, encodings, detector_name, name)
            for detector_name in options.detector or DETECTORS
            for name in options.encoder or ("auto",)
        ]
        figures = _loads(targets, bodies, options.clients or CLIENTS, options.seconds)
        print(_table(figures))
        print("\n".join(_ratios(figures)))
        memory, broken = _memory(targets[-1], bodies, options.memory)
    grown = growth_mb(memory) if memory else 0.0
    if memory:
        _print_memory(memory, grown)
    draw(options.plot, figures, memory)
    results = {
        "photographs": len(photographs),
        "faces": faces,
        "known": len(known),
        "loads": [asdict(load) | {"per_s": load.per_s} for load in figures],
        "memory": [(p.frames, p.rss_mb, p.frames_per_s) for p in memory],
        "growth_mb": grown,
    }
    write_json(options.json, "http", results)
    whole = not broken and not any(load.broken for load in figures)
    return 0 if whole and grown <= MOST_GROWTH_MB else 1


def _loads(
    targets: Sequence[Target], bodies: Sequence[bytes], levels: Sequence[int], seconds: float
) -> list[Figures]:
    """Every server in turn at every level, so that what disturbs the machine disturbs them all."""
    figures = []
    steps = [(clients, target) for clients in levels for target in targets]
    for clients, target in tqdm(steps, desc="loads", unit="load", disable=None):
        figures.append(measure(target, bodies, clients, seconds))
        tqdm.write(_table(figures[-1:]).splitlines()[-1], file=sys.stderr)
        if figures[-1].broken:
            print("\n".join((f"{target.name}: {figures[-1].broken}", *target.program.log()[-20:])))
    return sorted(figures, key=lambda load: [t.name for t in targets].index(load.server))


def _memory(
    target: Target, bodies: Sequence[bytes], count: int
) -> tuple[list[Point], Counter[str]]:
    """The server's memory over `count` uploads, at MEMORY_POINTS moments."""
    points: list[Point] = []
    if count == 0:
        return points, Counter()
    every = max(1, count // MEMORY_POINTS)
    began_s = time.perf_counter()
    with tqdm(total=count, desc=f"memory of {target.name}", unit="upload", disable=None) as bar:

        def done(number: int) -> None:
            nonlocal began_s
            bar.update()
            if number % every == 0:
                now_s = time.perf_counter()
                points.append(Point(number, target.rss_mb(), 0, every / (now_s - began_s)))
                began_s = now_s

        broken = upload(target, bodies, MEMORY_CLIENTS, count, done)
    return points, broken


def _print_memory(memory: Sequence[Point], grown_mb: float) -> None:
    rows = [(p.frames, f"{p.rss_mb:.1f}", f"{p.frames_per_s:.1f}") for p in memory]
    print(table(("uploads", "memory, MB", "images/s"), rows))
    verdict = "flat" if grown_mb <= MOST_GROWTH_MB else "MEMORY GROWS"
    print(f"{verdict}: {grown_mb:+.1f} MB from the first to the last third after the warm-up")


def _table(figures: Sequence[Figures]) -> str:
    rows = [
        (
            *(load.server, load.clients, f"{load.per_s:.1f}"),
            *(f"{ms:.0f}" for ms in (load.p50_ms, load.p95_ms, load.p99_ms)),
            *(load.answered, load.turned_away, dict(load.broken) or 0, f"{load.faces:.2f}"),
            *(f"{load.server_cores:.2f}", f"{load.client_cores:.2f}"),
        )
        for load in figures
    ]
    return table(HEAD, rows)


def _ratios(figures: Sequence[Figures]) -> list[str]:
    """The ratios of images a second to the bare route, by the number of clients."""
    bare_per_s = {load.clients: load.per_s for load in figures if load.server == "bare"}
    return [
        f"{load.server}, {load.clients} clients: {load.per_s / bare_per_s[load.clients]:.1f} times"
        for load in figures
        if load.server != "bare" and bare_per_s.get(load.clients)
    ]


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("http", description)
    add = parser.add_argument
    add("--data", type=Path, help="folder of photographs (LOOKOUT_TEST_DATA)")
    add("--clients", type=int, action="append", help="may be repeated (1, 8, 64)")
    add("--detector", action="append", help="Lookout's; may be repeated (hog, auto)")
    add("--encoder", action="append", help="Lookout's; may be repeated (auto)")
    add("--seconds", type=float, default=30.0, help="how long each load counts (%(default)s)")
    add("--without-bare", action="store_true", help="leave out the bare route")
    add(
        "--memory",
        type=int,
        default=5000,
        metavar="UPLOADS",
        help="to the last detector's server, with its memory watched (%(default)s; 0: none)",
    )
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    add("--plot", type=Path, metavar="FILE.png", help="draw them there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
