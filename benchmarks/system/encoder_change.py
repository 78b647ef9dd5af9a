"""The change of encoder under load: how long it takes, and which frames and names it costs.

1,184 people of LFW and three signers are enrolled by dlib-128 alone. The server is started with
another `--encoder`, and cameras play the clip of signers to it while it encodes all photographs
again; once it knows everybody it is started once more. Lost are frames that were due and got no
answer; a name is lost where fewer of the faces that were found have one.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.support.camera_load import Answered, Camera
from benchmarks.support.command import command_parser
from benchmarks.support.data import test_data
from benchmarks.support.pairs import read_portraits
from benchmarks.support.programs import Program, start_server, train
from benchmarks.support.report import percent, table, write_json
from benchmarks.support.signers import write_enrolment
from benchmarks.support.waiting import wait_until
from benchmarks.system.cameras import clip_jpegs
from lookout.faces.gallery.coverage import people_of
from lookout.wire.errors import WireError

BEFORE, KNOWS = "dlib-128", "knows everybody now"
QUIET_S = 10.0
CONNECT_S = 60.0
CHANGE_TIMEOUT_S = 900.0
HEAD = ("stretch", "seconds", "frames due", "answered", "lost", "faces", "named %", "p95 ms")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time: frames that cameras were to send, answers, faces in them, named ones."""

    name: str
    seconds: float
    due: int
    answered: int
    faces: int
    known: int
    p95_ms: float

    @property
    def named(self) -> float:
        return self.known / max(1, self.faces)


class ReturningCamera:
    """A camera that connects again as soon as the server is there. For one thread."""

    def __init__(self, name: str, jpegs: Sequence[bytes], per_s: float, phase: float) -> None:
        self._arguments = (name, jpegs, per_s, phase)
        self._ended: list[Answered] = []
        self._camera: Camera | None = None

    def connect(self, port: int) -> bool:
        """Whether it is connected, after one try if it was not."""
        if self._camera is not None and self._camera.error is None:
            return True
        self.close()
        name, jpegs, per_s, phase = self._arguments
        with contextlib.suppress(WireError):
            self._camera = Camera(port, name, jpegs, per_s, phase).__enter__()
        return self._camera is not None

    def answers(self) -> list[Answered]:
        return self._ended + ([] if self._camera is None else list(self._camera.answers))

    def close(self) -> None:
        if self._camera is not None:
            self._camera.__exit__()
            self._ended += self._camera.answers
            self._camera = None


class Watched:
    """Cameras before servers that come and go, and the stretches of time that count."""

    def __init__(self, cameras: Sequence[ReturningCamera], per_s: float) -> None:
        self._cameras, self._per_s = cameras, per_s
        self.stretches: list[Stretch] = []

    def connect(self, server: Program) -> None:
        """Raises TimeoutError."""
        port = server.port
        wait_until(
            lambda: all(camera.connect(port) for camera in self._cameras),
            CONNECT_S,
            "every camera to have a connection",
        )

    @contextlib.contextmanager
    def stretch(self, name: str) -> Iterator[None]:
        from_s = time.monotonic()
        yield
        to_s = time.monotonic()
        every = [camera.answers() for camera in self._cameras]
        answers = [a for of_one in every for a in of_one if from_s <= a.at_s < to_s]
        trips_s = sorted(answer.round_trip_s for answer in answers) or [float("nan")]
        self.stretches.append(
            Stretch(
                name,
                to_s - from_s,
                round((to_s - from_s) * self._per_s * len(self._cameras)),
                len(answers),
                sum(answer.faces for answer in answers),
                sum(answer.known for answer in answers),
                1000 * trips_s[int(0.95 * (len(trips_s) - 1))],
            )
        )


def enrol(folder: Path, people: int | None) -> float:
    """Photographs of LFW's people and of the signers, trained by dlib-128 alone; the seconds."""
    data = test_data()
    portraits = read_portraits(data / "lfw" / "identify_dev.csv", data / "lfw")
    for portrait in [one for one in portraits if one.role == "gallery"][:people]:
        place = folder / "images" / portrait.identity
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(portrait.path, place)
    write_enrolment(data, folder / "signers")
    for photographs in (folder / "signers").iterdir():
        place = folder / "images" / photographs.name
        place.mkdir()
        for photograph in sorted(photographs.iterdir())[::25]:
            shutil.copy(photograph, place)
    began_s = time.monotonic()
    train(folder, "--encoder", BEFORE)
    return time.monotonic() - began_s


def run(
    folder: Path, encoder: str, cameras: int, per_s: float, options: Sequence[str] = ()
) -> list[Stretch]:
    """The stretches, from the encoder of before to the new one."""
    jpegs = clip_jpegs(test_data() / "video" / "signers.mp4")
    returning = [ReturningCamera(f"door {i}", jpegs, per_s, i / cameras) for i in range(cameras)]
    watched = Watched(returning, per_s)
    with contextlib.ExitStack() as stack:
        for camera in returning:
            stack.callback(camera.close)
        server = stack.enter_context(_server(folder, BEFORE, *options))
        watched.connect(server)
        _quiet(watched, f"{BEFORE}, before")
        with watched.stretch("started with the other encoder"):
            server = stack.enter_context(_again(server, folder, encoder, *options))
            watched.connect(server)
        with watched.stretch(f"{BEFORE}, while {encoder} learns"):
            server.wait_for_log(KNOWS, CHANGE_TIMEOUT_S)
        with watched.stretch("started once more"):
            server = stack.enter_context(_again(server, folder, encoder, *options))
            watched.connect(server)
        _quiet(watched, f"{encoder}, after")
    return watched.stretches


def _quiet(watched: Watched, name: str) -> None:
    time.sleep(3.0)  # warms up
    with watched.stretch(name):
        time.sleep(QUIET_S)


def _server(folder: Path, encoder: str, *options: str, port: int = 0) -> Program:
    return start_server(folder, "--encoder", encoder, *options, port=port)


def _again(server: Program, folder: Path, encoder: str, *options: str) -> Program:
    port = server.port
    server.stop()
    return _server(folder, encoder, *options, port=port)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        enrolled_s = enrol(folder, options.people)
        given = ("--detector", options.detector)
        stretches = run(folder, options.encoder, options.cameras, options.per_s, given)
        old, new = (people_of(folder / "encodings.pkl", n) for n in (BEFORE, options.encoder))
    print(f"{len(old)} people, enrolled by {BEFORE} in {enrolled_s:.0f} s")
    print(table(HEAD, [_row(stretch) for stretch in stretches]))
    print(f"people whom {options.encoder} does not know: {len(old - new)}")
    results = {"people": len(old), "not_known": sorted(old - new), "enrolled_s": enrolled_s}
    write_json(
        options.json, "encoder_change", results | {"stretches": [asdict(s) for s in stretches]}
    )
    return 0 if not old - new else 1


def _row(stretch: Stretch) -> tuple[str, ...]:
    return (
        *(stretch.name, f"{stretch.seconds:.1f}", str(stretch.due), str(stretch.answered)),
        *(str(max(0, stretch.due - stretch.answered)), str(stretch.faces)),
        *(percent(stretch.named), f"{stretch.p95_ms:.0f}"),
    )


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("encoder_change", __doc__)
    add = parser.add_argument
    add("--encoder", default="sface", help="the new one (%(default)s)")
    add("--detector", default="auto", help="(%(default)s)")
    add("--people", type=int, help="only so many of LFW's (all 1,184)")
    add("--cameras", type=int, default=2, help="(%(default)s)")
    add("--per-s", type=float, default=5.0, help="frames a second of each camera (%(default)s)")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
