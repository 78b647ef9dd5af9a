"""The start of the server, its memory, and the time until a name is on the screen.

The real server with its HTTP API and the engines of a default install, in a process of its own, is
started several times: the first time it builds and keeps its networks. Each is asked over HTTP who
is in a picture, twice: what a start leaves for later is in the first answer. Then a camera of 15
frames a second shows an empty room, and in it people of LFW, one after another, by a photograph
that is not the enrolled one; what counts is the time from the capture of the first frame with the
face to the answer that has the name, over real sockets.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import psutil

from benchmarks.support.command import command_parser
from benchmarks.support.data import test_data
from benchmarks.support.offline_steps import recognized
from benchmarks.support.pairs import Portrait, read_portraits
from benchmarks.support.programs import ROOT, Program, train
from benchmarks.support.report import table, write_json
from lookout.faces.detections import Image
from lookout.server.imaging.jpeg import encode_jpeg
from lookout.wire.connection import Connection, connect
from lookout.wire.framing import Kind, Message
from lookout.wire.records import FaceState, FrameInfo, Result

READY_S, MEMORY_MB, MEDIAN_MS, WORST_MS = 2.0, 300.0, 150.0, 400.0
FRAME_WH, QUALITY = (640, 480), 85
PER_S = 15.0
EMPTY_FRAMES, MOST_FRAMES = 20, 30
"""Of the room before each person, longer than a track lives; and of a person who gets no name."""
ANSWER_TIMEOUT_S = 20.0
LISTENS = re.compile(r"listening on \S+ port (\d+)")
HTTP = re.compile(r"HTTP API on \S+ port (\d+)")
_EPILOG = """example:
  python -m benchmarks.start --people 40 --json start.json
  python -m benchmarks.start --people 5 --tree ../lookout-before   which is started in turn

Exit status 1 if a start takes over 2 s (the median, not the first), memory is over 300 MB, or names
take over 150 ms in the median or 400 ms at worst.
"""


@dataclass(frozen=True, slots=True)
class Named:
    """Who was shown, and after how many milliseconds which name was the first; None: no name."""

    identity: str
    name: str | None
    ms: float | None


@dataclass(frozen=True, slots=True)
class Start:
    """One start: until it was ready, and the processor time of that; its memory then, resident and
    with its share of what other processes map, too; the processor time of the first two answers
    over HTTP."""

    ready_s: float
    processor_s: float
    resident_mb: float
    share_mb: float
    first_ms: float
    second_ms: float


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        shown = enrol(folder, options.people)
        trees = [ROOT] if options.tree is None else [ROOT, options.tree.resolve()]
        rounds = [
            [_start(folder, tree, shown[0].path) for tree in trees]
            for _ in range(options.starts + 1)
        ]
        starts, *others = zip(*rounds, strict=True)
        with _server(folder) as server:
            _ = server.port
            empty_mb = memory_mb(server)
            named = show(server, shown)
            used_mb = memory_mb(server)
            engines = [line.split(": ", 1)[-1] for line in server.log() if "coder: " in line]
    right = sorted(one.ms for one in named if one.ms is not None and one.name == one.identity)
    wrong = sum(one.name is not None and one.name != one.identity for one in named)
    ready_s = median(start.ready_s for start in starts[1:])
    middle, worst = (median(right), right[-1]) if right else (float("nan"), float("nan"))
    rows = [
        ("first start, which builds the networks, s", f"{starts[0].ready_s:.2f}", ""),
        *_start_rows("", starts[1:]),
        *(row for other in others for row in _start_rows(f"{options.tree}: ", other[1:])),
        ("memory when ready, MB", f"{empty_mb:.0f}", ""),
        ("memory after all frames, MB", f"{used_mb:.0f}", f"< {MEMORY_MB:g}"),
        ("people shown; named right, wrong, not", f"{len(named)}; {len(right)}, {wrong}, "
         f"{len(named) - len(right) - wrong}", ""),
        ("first name, median ms", f"{middle:.0f}", f"< {MEDIAN_MS:g}"),
        ("first name, worst ms", f"{worst:.0f}", f"< {WORST_MS:g}"),
    ]  # fmt: skip
    print("\n".join(engines))
    print(table(("what", "measured", "aim"), rows))
    results = {
        "starts": [asdict(start) for start in starts],
        "starts_of_tree": [asdict(start) for other in others for start in other],
        "memory_mb": [empty_mb, used_mb],
        "names_ms": right,
    }
    write_json(options.json, "start", results | {"shown": len(named), "wrong": wrong})
    kept = ready_s <= READY_S and used_mb <= MEMORY_MB
    return 0 if kept and middle <= MEDIAN_MS and worst <= WORST_MS else 1


def enrol(folder: Path, people: int) -> list[Portrait]:
    """Trains one photograph each of so many people; another one of each, to be shown."""
    lfw = test_data() / "lfw"
    portraits = read_portraits(lfw / "identify_dev.csv", lfw)
    probes = {one.identity: one for one in portraits if one.role == "probe"}
    enrolled = [p for p in portraits if p.role == "gallery" and p.identity in probes][:people]
    for portrait in enrolled:
        place = folder / "images" / portrait.identity
        place.mkdir(parents=True)
        shutil.copy(portrait.path, place)
    train(folder)
    return [probes[portrait.identity] for portrait in enrolled]


def _start_rows(which: str, starts: Sequence[Start]) -> list[tuple[str, str, str]]:
    """The medians of all starts but the first."""

    def middle(values: Iterable[float], digits: int) -> str:
        return f"{median(values):.{digits}f}"

    return [
        (f"{which}start to ready, s", middle((s.ready_s for s in starts), 2), f"< {READY_S:g}"),
        (f"{which}processor time of that, s", middle((s.processor_s for s in starts), 2), ""),
        (f"{which}memory then, MB", middle((s.resident_mb for s in starts), 0), ""),
        (f"{which}its share of it, MB", middle((s.share_mb for s in starts), 0), ""),
        (
            f"{which}first picture, processor ms",
            middle((s.first_ms for s in starts), 0),
            "",
        ),
        (f"{which}second picture, processor ms", middle((s.second_ms for s in starts), 0), ""),
    ]


def _start(folder: Path, tree: Path, picture: Path) -> Start:
    """Starts the server of a checkout, and sends it the picture twice."""
    began_s = time.monotonic()
    with _server(folder, tree) as server:
        _ = server.port
        ready_s = time.monotonic() - began_s
        process = psutil.Process(server.pid)
        memory = process.memory_full_info()
        (port,) = (match[1] for line in server.log() if (match := HTTP.search(line)))
        spent_s = [_processor_s(process)]
        for _ in range(2):
            recognized(port, picture)
            spent_s.append(_processor_s(process))
        first_ms, second_ms = (1000 * (b - a) for a, b in pairwise(spent_s))
        return Start(ready_s, spent_s[0], memory.rss / 1e6, memory.pss / 1e6, first_ms, second_ms)


def _processor_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _server(folder: Path, tree: Path = ROOT) -> Program:
    """The server as a default install runs it, with its networks kept in `folder`."""
    return Program(
        *("-m", "server", "--port", "0", "--http", "--no-auth", "--http-port", "0"),
        *("--data", str(folder / "data"), "--encodings", str(folder / "encodings.pkl")),
        *("--images", str(folder / "images")),
        listens=LISTENS,
        root=tree,
        # compiled modules are kept, as for a user
        environment={"XDG_CACHE_HOME": str(folder / "cache"), "PYTHONDONTWRITEBYTECODE": ""},
    )


def memory_mb(server: Program) -> float:
    """Resident memory of the server and its children."""
    process = psutil.Process(server.pid)
    family = [process, *process.children(recursive=True)]
    return sum(float(one.memory_info().rss) for one in family) / 1e6


def show(server: Program, people: Sequence[Portrait]) -> list[Named]:
    """Shows each of them in the empty room until there is a name."""
    camera = _Camera(connect("127.0.0.1", server.port, client_id="door"))
    room = encode_jpeg(_room(), QUALITY)
    named = []
    try:
        for portrait in people:
            for _ in range(EMPTY_FRAMES):
                camera.names_in(room)
            named.append(_first_name(camera, portrait))
    finally:
        camera.close()
    return named


def _first_name(camera: _Camera, portrait: Portrait) -> Named:
    began_s: float | None = None
    for index in range(MOST_FRAMES):
        captured_s, answered_s, names = camera.names_in(_with_person(portrait, index))
        began_s = captured_s if began_s is None else began_s
        if names:
            return Named(portrait.identity, names[0], 1000 * (answered_s - began_s))
    return Named(portrait.identity, None, None)


class _Camera:
    """Sends a frame when it is due, and waits for its answer."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._number = 0
        self._due_s = time.monotonic()

    def names_in(self, jpeg: bytes) -> tuple[float, float, list[str]]:
        """When it was captured and answered, and the names in it."""
        time.sleep(max(0.0, self._due_s - time.monotonic()))
        captured_s = time.monotonic()
        self._due_s = max(self._due_s + 1 / PER_S, captured_s)
        self._number += 1
        info = FrameInfo("door", self._number, captured_s)
        self._connection.send(Message(Kind.FRAME, info.to_meta(), jpeg))
        while True:
            message = self._connection.receive(ANSWER_TIMEOUT_S)
            if message.kind is Kind.RESULT:
                faces = Result.from_meta(message.meta).faces
                known = [face.name for face in faces if face.state is FaceState.KNOWN and face.name]
                return captured_s, time.monotonic(), known

    def close(self) -> None:
        self._connection.close()


def _room() -> Image:
    """A wall with a little noise, as a camera sees it."""
    noise = np.random.default_rng(1).normal(0, 3, (FRAME_WH[1], FRAME_WH[0], 3))
    return np.clip(150 + noise, 0, 255).astype(np.uint8)


def _with_person(portrait: Portrait, index: int) -> bytes:
    """The photograph in the room, moving a little from frame to frame."""
    frame, photograph = _room(), cv2.imread(str(portrait.path))
    if photograph is None:
        sys.exit(f"{portrait.path} cannot be read")
    height, width = photograph.shape[:2]
    top, left = (FRAME_WH[1] - height) // 2, (FRAME_WH[0] - width) // 2 + 2 * index
    frame[top : top + height, left : left + width] = photograph
    return encode_jpeg(frame, QUALITY)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("start", __doc__, _EPILOG)
    add = parser.add_argument
    add("--people", type=int, default=60, help="enrolled and shown (%(default)s)")
    add("--starts", type=int, default=5, help="after the first one (%(default)s)")
    add("--tree", type=Path, metavar="DIR", help="start the server of this checkout in turn, too")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
