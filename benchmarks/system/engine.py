"""The price of Ray Serve: the way of a frame, two replicas against one, one that is killed.

    python -m benchmarks.engine                   about three minutes; Ray must be installed
    python -m benchmarks.engine --cost-ms 20 --seconds 20

The networks are stood in for by a wait as long as one was recorded to take (--cost-ms for each
frame of a batch): what is measured is the way, and replicas that compute would be measured against
each other's processor time on the two cores of one machine.
"""

from __future__ import annotations

import functools
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks.support.command import command_parser
from benchmarks.support.report import table, write_json
from benchmarks.support.stand_in_worker import NAME, StandInWorker, pid_of
from lookout.server.remote.caller import LINES, Caller
from lookout.server.remote.errors import RemoteFailed
from lookout.server.remote.messages import pack_image
from lookout.server.remote.options import EngineKind, RemoteOptions
from lookout.server.remote.ways import HttpWay, Way

CALLS = 200
BATCH, BATCH_EVERY_S = 4, 0.1
"""Of the server whose replica is killed: four cameras at ten frames a second."""
PATIENT_S = 10.0
"""The limit of a call where the engine's rate is measured and not the server's patience."""
LEAST_RATIO, LONGEST_S = 1.8, 1.0
WARM_UP = 20
MESSAGE = pack_image(NAME, np.zeros((480, 640, 3), np.uint8))


class CountedWay:
    """A way that counts the calls that had no answer. Any thread."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._lock = threading.Lock()
        self.failed = 0

    def call(self, what: str, message: bytes, timeout_s: float) -> bytes:
        try:
            return self._way.call(what, message, timeout_s)
        except RemoteFailed:
            with self._lock:
                self.failed += 1
            raise

    def close(self) -> None:
        self._way.close()


@dataclass(frozen=True, slots=True)
class Batch:
    """When one batch of frames was sent and answered, and by which processes; none: computed
    here."""

    sent_s: float
    answered_s: float
    pids: frozenset[int]


@contextmanager
def serving(replicas: int, cost_s: float) -> Iterator[RemoteOptions]:
    """Ray Serve with so many replicas of the stand-in."""
    from lookout.server.remote.ray_serve import ServePlan, start, stop

    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    plan = ServePlan(replicas=replicas, cores=0.1, port=port)
    start(plan, {"detect": functools.partial(StandInWorker, cost_s)})
    try:
        yield RemoteOptions(EngineKind.RAY, "127.0.0.1", port)
    finally:
        stop()


def way_ms(options: RemoteOptions, cost_s: float) -> dict[str, float]:
    """The milliseconds that one frame at a time waits beyond what its network takes."""
    way = HttpWay(options)
    waits_ms = []
    for _ in range(WARM_UP + CALLS):
        began_s = time.perf_counter()
        way.call("detect", MESSAGE, PATIENT_S)
        waits_ms.append(1000 * (time.perf_counter() - began_s - cost_s))
    way.close()
    ordered = sorted(waits_ms[WARM_UP:])
    return {
        "median": round(ordered[CALLS // 2], 2),
        "p95": round(ordered[CALLS * 95 // 100], 2),
        "p99": round(ordered[CALLS * 99 // 100], 2),
    }


def rate(options: RemoteOptions, seconds: float) -> float:
    """Frames a second with as many calls at a time as one server makes."""
    way = HttpWay(options)
    until_s = time.monotonic() + seconds

    def calls(_: int) -> int:
        count = 0
        while time.monotonic() < until_s:
            way.call("detect", MESSAGE, PATIENT_S)
            count += 1
        return count

    began_s = time.monotonic()
    with ThreadPoolExecutor(LINES) as threads:
        count = sum(threads.map(calls, range(LINES)))
    way.close()
    return count / (time.monotonic() - began_s)


def kill_under_load(options: RemoteOptions, cost_s: float, seconds: float) -> dict[str, float]:
    """Frames of four cameras all the while; a third of the time over, a replica is killed. Whatever
    has no answer is computed here, as a server does it."""
    way = CountedWay(HttpWay(options))
    caller = Caller(way, str(options))
    for _ in range(WARM_UP):
        way.call("detect", MESSAGE, PATIENT_S)
    batches: list[Batch] = []
    began_s = time.monotonic()
    killed, killed_s = 0, 0.0
    while time.monotonic() < began_s + seconds:
        if not killed and time.monotonic() > began_s + seconds / 3:
            seen = frozenset[int]().union(*(one.pids for one in batches))
            killed, killed_s = min(seen, default=0), time.monotonic()
            if not killed:
                raise RuntimeError("no replica has answered before one was to be killed")
            os.kill(killed, signal.SIGKILL)
        batches.append(_send_batch(caller, cost_s))
        time.sleep(max(0.0, batches[-1].sent_s + BATCH_EVERY_S - time.monotonic()))
    caller.close()
    after = [one for one in batches if one.sent_s >= killed_s]
    elsewhere = [one.answered_s for one in after if one.pids]
    known = frozenset[int]().union(*(one.pids for one in batches if one.sent_s < killed_s))
    fresh = [one.answered_s for one in after if one.pids - known]
    return {
        "frames": BATCH * len(batches),
        "computed_here_before": BATCH * _here(batches) - BATCH * _here(after),
        "computed_here_after": BATCH * _here(after),
        "calls_without_answer": way.failed,
        "longest_wait_before_s": round(_longest_s(batches, until_s=killed_s), 3),
        "longest_wait_after_s": round(_longest_s(after), 3),
        "answered_elsewhere_again_after_s": round(min(elsewhere, default=np.inf) - killed_s, 3),
        "a_new_replica_answers_after_s": round(min(fresh, default=np.inf) - killed_s, 1),
    }


def _send_batch(caller: Caller, cost_s: float) -> Batch:
    sent_s = time.monotonic()
    try:
        pids = frozenset(map(pid_of, caller.call("detect", [MESSAGE] * BATCH)))
    except RemoteFailed:
        time.sleep(cost_s * BATCH)
        pids = frozenset()
    return Batch(sent_s, time.monotonic(), pids)


def _here(batches: Sequence[Batch]) -> int:
    return sum(not one.pids for one in batches)


def _longest_s(batches: Sequence[Batch], until_s: float = float("inf")) -> float:
    waits = [one.answered_s - one.sent_s for one in batches if one.sent_s < until_s]
    return max(waits, default=0.0)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if a frame waits for no longer than a second when a replica is killed, else 1; 2 without
    Ray."""
    parser = command_parser("engine", __doc__)
    parser.add_argument("--cost-ms", type=float, default=20.0, help="of a frame (%(default)g)")
    parser.add_argument("--seconds", type=float, default=15.0, help="of each part (%(default)g)")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    options = parser.parse_args(arguments)
    if find_spec("ray") is None:
        sys.stderr.write("Ray is missing: pip install 'lookout[server,ray]'\n")
        return 2
    # on a busy machine Ray's own parts need longer to find each other than it allows them
    os.environ.setdefault("RAY_agent_register_timeout_ms", "120000")
    cost_s = options.cost_ms / 1000
    with serving(1, cost_s) as engine:
        way = way_ms(engine, cost_s)
        one = rate(engine, options.seconds)
    with serving(2, cost_s) as engine:
        two = rate(engine, options.seconds)
        kill = kill_under_load(engine, cost_s, 2 * options.seconds)
    results = {
        "cost_ms": options.cost_ms,
        "way_ms": way,
        "one_replica_per_s": round(one, 1),
        "two_replicas_per_s": round(two, 1),
        "two_of_one": round(two / one, 3),
        "replica_killed": kill,
    }
    rows = [
        *((f"the way of a frame, {name}", f"{value} ms") for name, value in way.items()),
        ("one replica", f"{one:.1f} frames/s"),
        ("two replicas", f"{two:.1f} frames/s, {two / one:.2f} × ({LEAST_RATIO} is wanted)"),
        *((f"a replica killed: {name}", f"{value}") for name, value in kill.items()),
    ]
    print(table(["what", f"at {options.cost_ms:g} ms a frame"], rows))
    write_json(options.json, "engine", results)
    return int(kill["longest_wait_after_s"] > LONGEST_S)


if __name__ == "__main__":
    sys.exit(main())
