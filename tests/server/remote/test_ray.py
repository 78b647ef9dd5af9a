"""A real Ray Serve with two replicas, of which one is killed."""

from __future__ import annotations

import functools
import os
import signal
import socket
from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np
import pytest

from benchmarks.support.stand_in_worker import StandInWorker, pid_of
from lookout.server.remote.caller import Caller
from lookout.server.remote.errors import RemoteFailed
from lookout.server.remote.messages import pack_image
from lookout.server.remote.options import EngineKind, RemoteOptions
from lookout.server.remote.ways import HttpWay

pytestmark = [
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is optional"),
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # Ray's own
]


@pytest.fixture(scope="module")
def options() -> Iterator[RemoteOptions]:
    from lookout.server.remote.ray_serve import ServePlan, start, stop

    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    plan = ServePlan(replicas=2, cores=0.1, port=port)
    start(plan, {"detect": functools.partial(StandInWorker, 0.005)})
    yield RemoteOptions(EngineKind.RAY, "127.0.0.1", port)
    stop()


def test_calls_go_to_both_replicas_and_go_on_when_one_is_killed(
    options: RemoteOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = pack_image("stand-in", np.zeros((48, 64, 3), np.uint8))
    monkeypatch.setattr("lookout.server.remote.caller.TRY_S", 10.0)
    monkeypatch.setattr("lookout.server.remote.caller.REST_S", 0.05)
    caller = Caller(HttpWay(options), "Ray")

    def answered() -> set[int]:
        """The processes that have answered sixteen calls; empty if one call failed twice."""
        try:
            return {pid_of(answer) for answer in caller.call("detect", [message] * 16)}
        except RemoteFailed:
            return set()

    pids = set().union(*(answered() for _ in range(5)))
    assert len(pids) == 2
    killed = pids.pop()
    os.kill(killed, signal.SIGKILL)
    after = next(filter(None, (answered() for _ in range(100))))
    assert killed not in after
    caller.close()
