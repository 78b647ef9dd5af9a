"""`lookout consume`: recognizes the pictures that wait in Kafka."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, start_http_server

from lookout.command_line import (
    VariableParser,
    add_log_level,
    command_parser,
    fail,
    log_to_stderr,
    say,
)
from lookout.faces.decision.liveness_demand import LivenessDemand
from lookout.faces.engine import encoder_candidates, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.gallery.coverage import most_known
from lookout.paths import find_home
from lookout.server.errors import BadSettings, ServerError
from lookout.server.gallery.negatives_watch import NegativesWatch
from lookout.server.gallery.people_snapshot import names_taken_over
from lookout.server.gallery.stored_people import StoredPeople
from lookout.server.inference.batching import Batching
from lookout.server.inference.detector_process import open_isolated_detector
from lookout.server.inference.liveness_check import open_check
from lookout.server.inference.open_rule import open_rule
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.inference.shared_engines import SharedDetector, SharedEncoder
from lookout.server.options import port_number
from lookout.server.settings import ServerSettings
from lookout.server.storage.opening import has_store, open_store
from lookout.server.storage.store import Store
from lookout.server.streams.claims import ClaimFolder
from lookout.server.streams.consumer import PictureConsumer
from lookout.server.streams.metrics import StreamMetrics
from lookout.server.streams.options import KafkaOptions, add_kafka_options, take_kafka
from lookout.server.streams.outlet import Outlet
from lookout.server.streams.recognizer import PictureRecognizer
from lookout.server.streams.response import Responder
from lookout.server.streams.sealing import stream_key
from lookout.wire.repeats import RepeatFilter

DESCRIPTION = """\
Recognizes the pictures that wait in Kafka and sends the answers to the server, which shows them.
Start it as often as there are machines or processors: each takes its part of the pictures."""

EPILOG = """\
examples:
  lookout topics create --kafka localhost:9092     once
  lookout server --kafka localhost:9092            takes uploads, shows the answers
  %(prog)s --kafka localhost:9092                  recognizes; as many of these as there is work

It needs the data folder of the server, where the people are and the key that pictures are sealed
with. A picture that it was at work on when it ended is recognized by the next one."""

END_S = 5.0
"""For what is in hand, after ctrl-C or SIGTERM."""
CLAIMS = "claims"

log = logging.getLogger(__name__)


def main(arguments: Sequence[str], prog: str = "lookout consume") -> int:
    """0 after ctrl-C or SIGTERM, 1 if Kafka ended it, 2 if it could not begin."""
    values = vars(consume_parser(prog, os.environ).parse_args(arguments))
    log_to_stderr(values["log_level"], RepeatFilter)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        options = take_kafka(values, os.environ)
        if options is None:
            raise BadSettings("give the brokers with --kafka")
        given = argparse.Namespace(**values)
        if not has_store(given.data):
            raise BadSettings(f"there is no store in {given.data}: start the server once")
        with open_store(given.data, os.environ) as store:
            failure = _consume(options, given, store, stop)
    except (ServerError, FacesError, OSError) as error:
        return fail(prog, str(error), 2)
    return 0 if failure is None else fail(prog, str(failure), 1)


def _consume(
    options: KafkaOptions, given: argparse.Namespace, store: Store, stop: threading.Event
) -> ServerError | None:
    """Works until it is to end; returns why it ended by itself."""
    key = stream_key(store)
    claims = ClaimFolder(options.claims or given.data / CLAIMS, key)
    registry = CollectorRegistry()
    with contextlib.ExitStack() as opened:
        if given.metrics_port is not None:
            server, thread = start_http_server(given.metrics_port, given.metrics_host, registry)
            opened.callback(thread.join, END_S)
            opened.callback(server.server_close)
            opened.callback(server.shutdown)
        recognize, model, watch = _open_recognizer(given, store)
        watch.start()
        opened.callback(watch.close, END_S)
        outlet = Outlet(options)
        outlet.start()
        opened.callback(outlet.close, END_S)
        responder = Responder(options, key, claims, recognize, model)
        consumer = PictureConsumer(
            options, outlet, responder, StreamMetrics(registry), given.workers, on_end=stop.set
        )
        consumer.start()
        opened.callback(consumer.close, END_S)
        say(f"consuming {options.pictures} of {options.servers} as group {options.group}")
        stop.wait()
    return consumer.failure


def _open_recognizer(
    given: argparse.Namespace, store: Store
) -> tuple[PictureRecognizer, str, NegativesWatch]:
    """What recognizes, what its answers are called by, and the watch over rejected faces."""
    batching = Batching()
    detector = SharedDetector(open_isolated_detector(given.detector, given.device), batching)
    candidates = encoder_candidates(given.encoder)
    found = most_known({name: names_taken_over(store, name) for name in candidates})[0]
    encoder = SharedEncoder(open_encoder(found.encoder, given.device), batching)
    log.info("encoder: %s", encoder.name)
    people = StoredPeople(store, encoder)
    watch = NegativesWatch(given.encodings, encoder)
    recognition = RecognitionContext(
        detector,
        encoder,
        open_rule(ServerSettings(encodings=given.encodings, rule=given.rule), encoder),
        gallery=lambda: people.snapshot().by_label,
        negatives=lambda: watch.negatives,
        liveness=open_check(given.liveness, given.device),
    )
    return PictureRecognizer(recognition, people.snapshot), encoder.name, watch


def consume_parser(prog: str, environment: Mapping[str, str]) -> VariableParser:
    """The command line, with what `environment` says in the places of what is left out."""
    home = find_home()
    parser = command_parser(prog, DESCRIPTION, EPILOG, allow_abbrev=False)
    parser.program, parser.environment = "consume", environment
    add = parser.add_argument
    add("--data", type=Path, default=home.store, help="the server's data folder (%(default)s)")
    add(
        "--encodings",
        type=Path,
        default=home.encodings,
        help="beside it lie the calibration and the rejected faces (%(default)s)",
    )
    add("--detector", default="auto", help="which face detector (%(default)s)")
    add("--encoder", default="auto", help="auto: the one that knows everybody (%(default)s)")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto", help="(%(default)s)")
    add(
        "--rule",
        choices=("default", "original"),
        default="default",
        help="original: most votes within the tolerance win, and strangers get names (%(default)s)",
    )
    add(
        "--liveness",
        type=LivenessDemand,
        choices=tuple(LivenessDemand),
        metavar="|".join(LivenessDemand),
        default=LivenessDemand.MARK,
        help="as for the server (%(default)s)",
    )
    add("--workers", type=_workers, default=2, help="pictures at a time (%(default)s)")
    add(
        "--metrics-port",
        type=port_number,
        help="figures for Prometheus at this port (none)",
    )
    add("--metrics-host", default="127.0.0.1", help="address of that port (%(default)s)")
    add_kafka_options(add, required=True)
    add_log_level(add)
    parser.set_defaults(log_level="INFO")
    return parser


def _workers(text: str) -> int:
    count = int(text)
    if not 1 <= count <= 64:
        raise argparse.ArgumentTypeError("give 1 to 64")
    return count
