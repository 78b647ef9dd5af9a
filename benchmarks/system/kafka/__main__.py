"""Pictures over a real Apache Kafka: how many a second, and what is lost when things fail.

    python -m benchmarks.kafka                     all of it, about half an hour
    python -m benchmarks.kafka --only rate
    python -m benchmarks.kafka --only kills --kills 20
    python -m benchmarks.kafka --only faults
    python -m benchmarks.kafka --only outages      a leader, a disk, a database away

The broker is Apache Kafka, one node, fetched by Maven (Java is needed). Recognition is stood in for
by a wait as long as it was once recorded to take (--cost-ms): what is measured is the way, and with
networks two consumers on the two cores of one machine would be measured against each other's
processor time. `direct` is the same wait by the same number of workers without Kafka.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.support.command import command_parser
from benchmarks.support.report import table, write_json
from benchmarks.system.kafka import stand_in, trials
from benchmarks.system.kafka.outages import OUTAGES
from lookout.server.streams.options import KafkaOptions
from tests.support.kafka.broker import Broker, KafkaMissing

PARTS = ("rate", "kills", "faults", "outages")
LEAST_ONE, LEAST_TWO = 0.95, 1.8


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if nothing was lost, 1 otherwise, 2 where there is no broker."""
    options = _parser().parse_args(arguments)
    if options.consumer:
        servers, pictures, answers, group = options.consumer
        kafka = KafkaOptions(servers, pictures, answers, group, max_age_s=3600.0)
        return stand_in.serve(kafka, options.folder, options.cost)
    results: dict[str, object] = {"cost_ms": options.cost_ms}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            broker = Broker(folder)
        except KafkaMissing as error:
            sys.stderr.write(f"{error}\n")
            return 2
        broker.start()
        try:
            lost = sum(
                _PARTS[part](broker, folder, options, results) for part in options.only or PARTS
            )
        finally:
            broker.stop()
    write_json(options.json, "kafka", results)
    return 1 if lost else 0


def _rate(
    broker: Broker, folder: Path, options: argparse.Namespace, results: dict[str, object]
) -> int:
    cost_s, count = options.cost_ms / 1000, options.pictures
    direct = trials.direct_rate(count, cost_s)
    one, cpu_ms = trials.kafka_rate(broker, folder, count, cost_s, 1)
    two, _ = trials.kafka_rate(broker, folder, 2 * count, cost_s, 2)
    results["rate"] = {
        "direct_per_s": round(direct, 1),
        "one_consumer_per_s": round(one, 1),
        "two_consumers_per_s": round(two, 1),
        "consumer_cpu_ms": round(cpu_ms, 2),
        "one_of_direct": round(one / direct, 3),
        "two_of_one": round(two / one, 3),
    }
    rows = [
        ("without Kafka", f"{direct:.1f}", ""),
        ("one consumer", f"{one:.1f}", f"{one / direct:.1%} of that; {LEAST_ONE:.0%} is wanted"),
        ("two consumers", f"{two:.1f}", f"{two / one:.2f} × one; {LEAST_TWO} × is wanted"),
    ]
    print(table(["way", "pictures a second", ""], rows))
    print(f"a consumer spends {cpu_ms:.2f} ms of processor time on the way of a picture")
    return 0


def _kills(
    broker: Broker, folder: Path, options: argparse.Namespace, results: dict[str, object]
) -> int:
    found = trials.kills(broker, folder, options.kills, options.seed)
    results["kills"] = found
    print(table(["consumers killed", ""], list(found.items())))
    return int(str(found["lost"]))


def _faults(broker: Broker, folder: Path, _: argparse.Namespace, results: dict[str, object]) -> int:
    found: dict[str, trials.Figures] = {}
    results["faults"] = found
    for name, play in trials.FAULTS.items():
        found[name] = trials.fault(broker, folder, play)
        print(f"{name}: {found[name]}", file=sys.stderr, flush=True)
    return _told(found)


def _outages(
    broker: Broker, folder: Path, _: argparse.Namespace, results: dict[str, object]
) -> int:
    found: dict[str, trials.Figures] = {}
    results["outages"] = found
    for name, play in OUTAGES.items():
        found[name] = play(broker, folder)
        print(f"{name}: {found[name]}", file=sys.stderr, flush=True)
    return _told(found)


def _told(found: Mapping[str, trials.Figures]) -> int:
    """How many pictures were lost in all of them, after a table of each."""
    columns = (
        *("pictures", "not_taken_by_kafka", "lost", "answered_more_than_once"),
        *("longest_gap_s", "caught_up_s"),
    )
    rows = [[name, *(figures[column] for column in columns)] for name, figures in found.items()]
    print(table(["fault", *columns], rows))
    return sum(int(str(figures["lost"])) for figures in found.values())


_PARTS = {"rate": _rate, "kills": _kills, "faults": _faults, "outages": _outages}


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("kafka", __doc__)
    add = parser.add_argument
    add("--only", action="append", choices=PARTS, help="one part; may be repeated (all)")
    add("--cost-ms", type=float, default=20.0, help="of recognizing a picture (%(default)g)")
    add("--pictures", type=int, default=1500, help="for the rate of one consumer (%(default)s)")
    add("--kills", type=int, default=20)
    add("--seed", type=int, default=0)
    add("--json", type=Path, help="write the figures here, too")
    add("--consumer", nargs=4, help=argparse.SUPPRESS)
    add("--cost", type=float, help=argparse.SUPPRESS)
    add("--folder", type=Path, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
