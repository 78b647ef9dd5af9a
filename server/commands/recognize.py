"""`lookout recognize`: who is in these pictures, videos and streams, without a server."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, Self

from tqdm import tqdm

from lookout.command_line import command_parser, fail, say
from lookout.faces.errors import FacesError
from lookout.overlay.turn import add_turn_options, take_turn
from lookout.server.errors import BadSettings, ServerError
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.recognize.footage import FEWEST_FPS, MOST_FPS, USUAL_FPS, be_quiet
from lookout.server.recognize.inputs import InputFile, InputKind, inputs_of
from lookout.server.recognize.open_recognition import Choice, open_recognition
from lookout.server.recognize.output_folder import OutputFolder
from lookout.server.recognize.run import RecognitionRun, VideoOptions
from lookout.server.recognize.summary import summary_of

DESCRIPTION = """\
Says who is in pictures, folders of them, video files and streams (rtsp:// and http://), with the
people, the networks and the decision of the server, which need not run."""

EPILOG = """\
examples:
  %(prog)s party.jpg                          who is that?
  %(prog)s holiday/ --output found/           a folder, all results into found/
  %(prog)s door.mp4 --output door/            who was at the door, and when
  %(prog)s door.mp4 --fps 3                   a slow machine: look less often
  %(prog)s hall.mp4 --rotate 180              a camera that hangs upside down
  %(prog)s rtsp://10.0.0.7/live --seconds 60 --output now/

With --output:
  results.csv     a line for each face of a picture and each track of a video: box, name, distance,
                  margin, chance, quality, the nearest people; and for each file that was not read
  timeline.csv    videos: who was seen from when to when
  results.json    all of it, for programs
  timeline-*.png  the timeline as a picture
  annotated/      copies with the names drawn in; videos as MP4 with their sound (H.264, with the
                  extra `video`; without it MPEG-4 Part 2, silent, not for most browsers)
  crops/          the faces, of a track the best view

A file that cannot be read is reported and the rest goes on. ctrl-C ends a video or stream where it
is; what was found until then is written. Everything written is readable by you alone: faces are
personal data.

Exit status: 0 done, 1 nothing could be read, 2 it could not begin or not write, 130 ctrl-C."""

EXIT_NOTHING_READ, EXIT_CANNOT, EXIT_INTERRUPTED = 1, 2, 130


def main(
    arguments: Sequence[str],
    prog: str = "lookout recognize",
    *,
    open_recognition: Callable[[Choice], RecognitionContext] = open_recognition,
) -> int:
    """Runs the command; its help explains the exit status."""
    given = _parser(prog).parse_args(arguments)
    be_quiet()
    try:
        return _recognize(given, open_recognition)
    except (ServerError, FacesError) as error:
        return fail("lookout recognize", str(error), EXIT_CANNOT)
    except KeyboardInterrupt:  # before the first file, or a second one
        return EXIT_INTERRUPTED


def _recognize(
    given: argparse.Namespace, open_recognition: Callable[[Choice], RecognitionContext]
) -> int:
    inputs = list(inputs_of(given.path, given.output))
    if not inputs:
        raise BadSettings(f"there is no file in {', '.join(given.path)}")
    output = None
    if given.output is not None:
        output = OutputFolder(given.output, overwrite=given.overwrite)
    stop = threading.Event()
    options = VideoOptions(
        given.fps, given.seconds, copies=not given.no_copies, turn=take_turn(vars(given))
    )
    choice = Choice(
        given.detector, given.encoder, given.device, given.rule, given.encodings, given.data
    )
    run = RecognitionRun(open_recognition(choice), output, options, stop)
    try:
        with _until_ctrl_c(stop):
            _work_off(run, inputs, stop, quiet=given.quiet)
    finally:
        run.write_results()
    if output is not None:
        say(f"results: {output.folder}")
    if stop.is_set():
        say("stopped by ctrl-C; what was found until then is above")
        return EXIT_INTERRUPTED
    read = any(result["kind"] != "not read" for result in run.results)
    return 0 if read else EXIT_NOTHING_READ


def _work_off(
    run: RecognitionRun, inputs: Sequence[InputFile], stop: threading.Event, *, quiet: bool
) -> None:
    with _bar("file", quiet, len(inputs)) as files:
        for source in inputs:
            files.set_postfix_str(source.name)
            with _Seconds(quiet or source.kind is InputKind.PICTURE) as seconds:
                result = run.recognize(source, seconds)
            tqdm.write(summary_of(result), file=sys.stdout)
            files.update()
            if stop.is_set():
                return


class _Seconds:
    """A bar in seconds of one video."""

    def __init__(self, hidden: bool) -> None:
        self._bar = _bar("s", hidden)

    def __call__(self, done_s: float, total_s: float | None) -> None:
        self._bar.total = None if total_s is None else round(total_s)
        self._bar.update(int(done_s) - self._bar.n)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()


def _bar(unit: str, hidden: bool, total: float | None = None) -> tqdm[NoReturn]:
    # a log, unlike a terminal, keeps every state of a bar
    every_s = 0.1 if sys.stderr.isatty() else 5.0
    return tqdm(unit=unit, total=total, disable=hidden, leave=False, mininterval=every_s)


@contextmanager
def _until_ctrl_c(stop: threading.Event) -> Iterator[None]:
    """The first ctrl-C sets `stop`, the second ends the program."""

    def stop_once(number: int, _: object) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, stop_once) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(prog, DESCRIPTION, EPILOG, allow_abbrev=False)
    add = parser.add_argument
    add("path", nargs="+", metavar="PATH", help="picture, video, folder, rtsp:// or http:// stream")
    add("--output", type=Path, metavar="DIR", help="a new or empty folder for results (none)")
    add("--overwrite", action="store_true", help="replace results that are in it already")
    add("--no-copies", action="store_true", help="write no annotated copies: quicker, smaller")
    add(
        "--fps",
        type=_looks,
        default=USUAL_FPS,
        help="frames of a second of video that are looked at (%(default)g)",
    )
    add("--seconds", type=_seconds, help="end a stream after so long (only ctrl-C ends it)")
    add_turn_options(add)
    add("--encodings", type=Path, help="who is known (utils/encodings.pkl of the home folder)")
    add(
        "--data",
        type=Path,
        help="who is known to a server with its HTTP API: its data folder instead",
    )
    add(
        "--rule",
        choices=("default", "original"),
        default="default",
        help="original: most votes within the tolerance win, and strangers get names (%(default)s)",
    )
    add("--detector", default="auto", help="which face detector (%(default)s)")
    add("--encoder", default="auto", help="auto: the one that knows everybody (%(default)s)")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto", help="(%(default)s)")
    add("--quiet", action="store_true", help="no progress bar")
    return parser


def _looks(text: str) -> float:
    looks = float(text)
    if not FEWEST_FPS <= looks <= MOST_FPS:
        raise argparse.ArgumentTypeError(
            f"between {FEWEST_FPS:g} and {MOST_FPS:g}: more seldom, a face cannot be followed"
        )
    return looks


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < 1e7:
        raise argparse.ArgumentTypeError("a number of seconds above 0")
    return seconds
