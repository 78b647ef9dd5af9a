"""The check: the same cameras at real servers, in processes of their own."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.support.camera_load import Camera
from benchmarks.support.programs import SERVER_LISTENS, Program
from benchmarks.system.cameras import GOLDEN, PER_S, WARM_UP_S

JPEG = bytes(20_000)
"""Nobody decodes it: the server's pipeline is stood in for."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the cameras saw at real servers."""

    answers_per_s: float
    slowest_per_s: float
    p50_ms: float
    p95_ms: float


def measure(
    folder: Path, servers: int, cameras: int, costs_s: Sequence[float], seconds: float
) -> Measured:
    """Cameras in turn at so many servers."""
    costs = folder / "costs.json"
    costs.write_text(json.dumps(list(costs_s)))
    with ExitStack() as stack:
        programs = [
            stack.enter_context(_server(folder / f"server{number}", costs))
            for number in range(servers)
        ]
        players = [
            stack.enter_context(
                Camera(
                    programs[number % servers].port,
                    f"camera {number}",
                    [JPEG],
                    PER_S,
                    number * GOLDEN % 1.0,
                )
            )
            for number in range(cameras)
        ]
        time.sleep(WARM_UP_S)
        from_s = time.monotonic()
        time.sleep(seconds)
        to_s = time.monotonic()
        answers = [player.between(from_s, to_s) for player in players]
    trips_ms = sorted(1000 * one.round_trip_s for few in answers for one in few) or [0.0]
    return Measured(
        sum(map(len, answers)) / (to_s - from_s),
        min(map(len, answers)) / (to_s - from_s),
        trips_ms[len(trips_ms) // 2],
        trips_ms[len(trips_ms) * 95 // 100],
    )


def _server(folder: Path, costs: Path) -> Program:
    folder.mkdir()
    listens: re.Pattern[str] = SERVER_LISTENS
    return Program(
        *("-m", "benchmarks.system.scale.costed_server", str(costs)),
        *("--no-http", "--port", "0"),
        *("--encodings", str(folder / "encodings.pkl"), "--images", str(folder / "images")),
        listens=listens,
    )
