"""A broker for developers: `make kafka`, then `lookout server --kafka 127.0.0.1:9092`."""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
from pathlib import Path

from tests.support.kafka.broker import Broker, KafkaMissing

PORT = 9092


def main() -> int:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with tempfile.TemporaryDirectory(prefix="lookout-kafka-") as folder:
        try:
            broker = Broker(Path(folder), port=PORT)
        except KafkaMissing as error:
            sys.stderr.write(f"{error}\n")
            return 2
        broker.start()
        sys.stdout.write(
            f"Apache Kafka at {broker.servers}, until ctrl-C. Now:\n"
            f"  lookout topics create --kafka {broker.servers}\n"
            f"  lookout server --kafka {broker.servers}\n"
            f"  lookout consume --kafka {broker.servers}\n"
        )
        sys.stdout.flush()
        stop.wait()
        broker.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
