"""A consumer as `lookout consume` is one, with a recorded cost in the place of the networks.

Recognition is stood in for by a wait of that length, so that two consumers can be compared on two
cores that are busy with the broker and with other programs; what is measured is the way.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry

from lookout.faces.errors import BadImage
from lookout.server.streams.claims import ClaimFolder
from lookout.server.streams.consumer import PictureConsumer
from lookout.server.streams.metrics import StreamMetrics
from lookout.server.streams.options import KafkaOptions
from lookout.server.streams.outlet import Outlet
from lookout.server.streams.response import Responder, ResponseOutcome
from lookout.server.streams.sealing import StreamKey

KEY = StreamKey(bytes(range(32)))
POISON = b"this is no picture"
WORKERS = 2


def recognize_in(cost_s: float, content: bytes) -> Mapping[str, object]:
    """What takes as long as recognition took."""
    if content.startswith(POISON):
        raise BadImage("it is no picture")
    time.sleep(cost_s)
    return {"faces": [], "bytes": len(content)}


def serve(options: KafkaOptions, folder: Path, cost_s: float) -> int:
    """Consumes until SIGTERM; tells on standard output when it is given or loses partitions, and at
    the end its figures."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    registry = CollectorRegistry()
    metrics, outlet = StreamMetrics(registry), Outlet(options)
    claims = ClaimFolder(folder / "claims", KEY)
    responder = Responder(
        options, KEY, claims, lambda content: recognize_in(cost_s, content), "stand-in"
    )
    consumer = PictureConsumer(options, outlet, responder, metrics, WORKERS, on_end=stop.set)
    outlet.start()
    consumer.start()
    told, began = 0.0, time.process_time()
    while not stop.wait(0.05):
        rebalances = registry.get_sample_value("lookout_kafka_rebalances_total") or 0.0
        if rebalances != told:
            told = rebalances
            print("partitions", flush=True)
    consumer.close(10.0)
    outlet.close(5.0)
    answered = sum(
        registry.get_sample_value("lookout_kafka_pictures_total", {"outcome": outcome.value}) or 0.0
        for outcome in ResponseOutcome
    )
    print("cpu_ms", 1000 * (time.process_time() - began) / max(1.0, answered), flush=True)
    for name in ("pauses_total", "rebalances_total", "rejoins_total"):
        print(name, registry.get_sample_value(f"lookout_kafka_{name}"), flush=True)
    if consumer.failure is not None:
        print(f"failed: {consumer.failure}", file=sys.stderr)
        return 1
    return 0
