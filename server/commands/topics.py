"""`lookout topics`: the topics of Kafka, made and looked at."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from lookout.command_line import command_parser, fail, say
from lookout.server.errors import BadSettings, ServerError
from lookout.server.streams.options import KafkaOptions, add_kafka_options, take_kafka
from lookout.server.streams.outlet import Outlet
from lookout.server.streams.replay import replay
from lookout.server.streams.topics import StreamTopics

EPILOG = """\
examples:
  %(prog)s create --kafka localhost:9092                 pictures, answers, and those that failed
  %(prog)s create --kafka a:9092,b:9092,c:9092 --partitions 12 --replicas 3
  %(prog)s describe --kafka localhost:9092
  %(prog)s lag --kafka localhost:9092                    how far behind are the consumers?
  %(prog)s replay --kafka localhost:9092 --limit 100     those that failed, once more

A picture's partition is that of its source; a partition is read by one consumer at a time, so
there should be at least as many as consumers. Pictures and answers are kept for an hour, those that
failed for a day."""

CLOSE_S = 5.0


def main(arguments: Sequence[str], prog: str = "lookout topics") -> int:
    """0 if it was done, 2 with a line that says why it was not."""
    values = vars(_parser(prog).parse_args(arguments))
    try:
        options = take_kafka(values, os.environ)
        if options is None:
            raise BadSettings("give the brokers with --kafka")
        given = argparse.Namespace(**values)
        lines = _QUESTIONS[given.question](options, given)
    except ServerError as error:
        return fail(prog, str(error), 2)
    say("\n".join(lines))
    return 0


def _create(options: KafkaOptions, given: argparse.Namespace) -> list[str]:
    made = StreamTopics(options).create(given.partitions, given.replicas)
    return [f"made {name}" for name in made] or ["all topics are there already"]


def _describe(options: KafkaOptions, given: argparse.Namespace) -> list[str]:
    found = StreamTopics(options).describe()
    if given.json:
        return [json.dumps([asdict(topic) for topic in found])]
    return [
        f"{topic.name}: {topic.partitions} partitions, {topic.replicas} replicas, "
        + ", ".join(f"{name}={value}" for name, value in topic.settings.items())
        for topic in found
    ] or ["there is none of our topics: make them with `lookout topics create`"]


def _lag(options: KafkaOptions, given: argparse.Namespace) -> list[str]:
    found = StreamTopics(options).lag()
    if given.json:
        return [json.dumps([asdict(one) for one in found])]
    lines = [
        f"{one.topic} {one.partition:>3}: {one.lag:>8} behind, at {one.committed} of {one.end}"
        for one in found
    ]
    return [*lines, f"together: {sum(one.lag for one in found)}"]


def _replay(options: KafkaOptions, given: argparse.Namespace) -> list[str]:
    outlet = Outlet(options)
    outlet.start()
    try:
        count = replay(options, outlet, given.limit)
    finally:
        outlet.close(CLOSE_S)
    return [f"{count} pictures are tried once more"]


_QUESTIONS: Mapping[str, Callable[[KafkaOptions, argparse.Namespace], list[str]]] = {
    "create": _create,
    "describe": _describe,
    "lag": _lag,
    "replay": _replay,
}


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(prog, "The topics of Kafka.", EPILOG, allow_abbrev=False)
    add = parser.add_argument
    add("question", choices=tuple(_QUESTIONS), help="what is to be done")
    add("--partitions", type=_count, default=12, help="of each topic (%(default)s)")
    add("--replicas", type=_count, default=1, help="of each partition (%(default)s)")
    add("--limit", type=_count, default=1000, help="pictures to replay (%(default)s)")
    add("--json", action="store_true", help="for programs")
    add_kafka_options(add, required=True)
    return parser


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= 1_000_000:
        raise argparse.ArgumentTypeError("give a number above 0")
    return count
