"""`lookout engine`: detector and encoder for several servers, on Ray Serve."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Callable, Sequence

from lookout.command_line import add_log_level, command_parser, fail, log_to_stderr, say
from lookout.faces.engine import best_encoder, open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.server.remote.worker import DetectorWorker, EncoderWorker
from lookout.wire.repeats import RepeatFilter

EPILOG = """\
examples:
  %(prog)s                                       on this machine, port 8000
  %(prog)s --replicas 2 --most 8                 as many as calls ask for
  %(prog)s --gpus 0.25                           four replicas share a GPU
  RAY_ADDRESS=head:6379 %(prog)s --host 0.0.0.0  in a cluster of Ray that runs already
  lookout server --engine ray://engine:8000      uses it

Servers and engine need the same detector and encoder; they compare the names. Pictures travel as
they are: keep the way between them private, or put TLS before the port (rays://)."""


def main(arguments: Sequence[str], prog: str = "lookout engine") -> int:
    """Serves until stopped; 2 with a line that says why it cannot."""
    given = _parser(prog).parse_args(arguments)
    log_to_stderr(given.log_level, RepeatFilter)
    try:
        from lookout.server.remote.ray_serve import ServePlan, start, stop
    except ModuleNotFoundError:
        words = "this needs the extra `ray`: pip install 'lookout[server,ray]'"
        return fail(prog, words, 2)
    try:
        detector = open_detector(given.detector, given.device).name
        encoder = best_encoder() if given.encoder == "auto" else given.encoder
        open_encoder(encoder, given.device)
    except FacesError as error:
        return fail(prog, str(error), 2)
    plan = ServePlan(
        given.replicas, given.most, given.gpus, given.cores, host=given.host, port=given.port
    )
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    start(plan, _workers(detector, encoder, given.device))
    say(f"{detector} and {encoder} on {given.host} port {given.port}")
    stopped.wait()
    stop()
    return 0


def _workers(
    detector: str, encoder: str, device: str
) -> dict[str, Callable[[], DetectorWorker | EncoderWorker]]:
    return {
        "detect": lambda: DetectorWorker(open_detector(detector, device)),
        "encode": lambda: EncoderWorker(open_encoder(encoder, device)),
    }


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(prog, __doc__, EPILOG, allow_abbrev=False)
    add = parser.add_argument
    add("--detector", default="auto", help="(%(default)s)")
    add("--encoder", default="auto", help="auto: the best that is here (%(default)s)")
    add("--device", default="auto", choices=("auto", "cpu", "cuda"), help="(%(default)s)")
    add("--replicas", type=int, default=1, metavar="N", help="of each network (%(default)s)")
    add("--most", type=int, default=1, metavar="N", help="that Ray may add up to (%(default)s)")
    add("--gpus", type=float, default=0.0, metavar="SHARE", help="of a replica (%(default)g)")
    add("--cores", type=float, default=1.0, metavar="N", help="of a replica (%(default)g)")
    add("--host", default="127.0.0.1", help="(%(default)s)")
    add("--port", type=int, default=8000, help="(%(default)s)")
    add_log_level(parser.add_argument, "warning")
    parser.set_defaults(log_level="WARNING")
    return parser
