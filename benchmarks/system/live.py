"""The main job end to end: names right, wrong and missing on the clip of signers.

Signers A, B and C are enrolled by train_model.py from frames 0 to 248 of the clip; the frames from
345 on go through the real edge and the real server, over TCP, at the clip's own pace. Signers D and
E are strangers. A tap between the two programs sees each frame go and each answer come back.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from benchmarks.support.command import command_parser
from benchmarks.support.data import test_data
from benchmarks.support.programs import start_edge, start_server, train
from benchmarks.support.report import table, write_json
from benchmarks.support.signers import (
    FIRST_TEST_FRAME,
    Segment,
    frame_number,
    segments,
    write_enrolment,
    write_numbered_clip,
)
from benchmarks.support.tap import Tap
from benchmarks.support.waiting import wait_until
from lookout.wire.framing import Kind, Message
from lookout.wire.records import Face, FaceState, FrameInfo, Result

HEAD = (
    *("frames", "person", "answered", "with a face", "right", "wrong", "no name"),
    *("tracks", "end right", "first name after", "flickers"),
)
ENROLLED = frozenset({"signer_A", "signer_B", "signer_C"})
RUN_TIMEOUT_S = 120.0

Answers = dict[int, tuple[float, tuple[Face, ...]]]
"""Clip frame to when it was captured, in seconds, and the faces of its answer."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The answers to one person's stretch of the clip.

    Counts are of answered frames: those with a face, those where the person had the right name, a
    wrong one, or none. `tracks` ended in this stretch, `ended_right` of them with the right answer:
    no name for a stranger. `first_name_s` is from the first answered frame to the first right name.
    `flickers` is how often what is shown of the person changes after it was right: a name that goes
    or becomes another, for a stranger a name that comes.
    """

    first: int
    last: int
    person: str
    answered: int
    faces: int
    right: int
    wrong: int
    nameless: int
    tracks: int
    ended_right: int
    first_name_s: float | None
    flickers: int


class Recorder:
    """Collects what passes the tap: clip frame to the faces of its answer. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clip_frame: dict[int, int] = {}
        self._captured_at: dict[int, float] = {}
        self.answers: Answers = {}
        self.finished = threading.Event()

    def sent(self, message: Message) -> None:
        if message.kind is not Kind.FRAME:
            return
        info = FrameInfo.from_meta(message.meta)
        picture = cv2.imdecode(np.frombuffer(message.jpeg, np.uint8), cv2.IMREAD_COLOR)
        if picture is None:
            raise ValueError("the edge sent a frame that is not a picture")
        with self._lock:
            number = frame_number(np.asarray(picture, np.uint8))
            if self._clip_frame and number < max(self._clip_frame.values()):
                self.finished.set()  # the clip began again
            elif not self.finished.is_set():
                self._clip_frame[info.number] = number

    def received(self, message: Message) -> None:
        if message.kind is not Kind.RESULT:
            return
        result = Result.from_meta(message.meta)
        with self._lock:
            number = self._clip_frame.get(result.number)
            if number is not None and not result.dropped:
                self.answers[number] = (result.captured_at, result.faces)


def run(
    data: Path, folder: Path, server_options: tuple[str, ...] = (), encoder: str = "auto"
) -> list[Stretch]:
    """Enrols, streams the clip once, and judges the answers, stretch by stretch."""
    write_enrolment(data, folder / "images")
    train(folder, "--encoder", encoder)
    clip = folder / "clip.avi"
    write_numbered_clip(data, clip)
    recorder = Recorder()
    with (
        start_server(folder, "--encoder", encoder, *server_options) as server,
        Tap(server.port, recorder.sent, recorder.received) as tap,
        start_edge(folder, tap.port, str(clip)),
    ):
        wait_until(recorder.finished.is_set, RUN_TIMEOUT_S)
    return judge([s for s in segments(data) if s.first >= FIRST_TEST_FRAME], recorder.answers)


def judge(truth: list[Segment], answers: Answers) -> list[Stretch]:
    """Holds the answers against the truth. A name that is not the person's is wrong, no matter who
    the person is; a track belongs to the stretch in which it was seen last."""
    last_of_track: dict[int | None, tuple[int, Face]] = {}
    for number in sorted(answers):
        for face in answers[number][1]:
            last_of_track[face.track] = (number, face)
    return [_stretch(segment, answers, list(last_of_track.values())) for segment in truth]


def _stretch(segment: Segment, answers: Answers, ends: Sequence[tuple[int, Face]]) -> Stretch:
    """One person's stretch; `ends`: the frame and the face with which each track ended."""
    inside = [n for n in sorted(answers) if segment.first <= n <= segment.last]
    counts: Counter[str] = Counter()
    first_name_s: float | None = None
    for number in inside:
        captured_at, found = answers[number]
        counts["faces"] += bool(found)
        for face in found:
            counts[_verdict(face, segment.person)] += 1
            if first_name_s is None and _verdict(face, segment.person) == "right":
                first_name_s = captured_at - answers[inside[0]][0]
    ended = [face for number, face in ends if segment.first <= number <= segment.last]
    wanted = "right" if segment.person in ENROLLED else "nameless"
    return Stretch(
        **asdict(segment),
        answered=len(inside),
        faces=counts["faces"],
        right=counts["right"],
        wrong=counts["wrong"],
        nameless=counts["nameless"],
        tracks=len(ended),
        ended_right=sum(_verdict(face, segment.person) == wanted for face in ended),
        first_name_s=first_name_s,
        flickers=_flickers([answers[n][1] for n in inside], segment.person),
    )


def _flickers(answers: Sequence[tuple[Face, ...]], person: str) -> int:
    """Frames with a face that no longer have the right answer, which the one before them had."""
    wanted = "right" if person in ENROLLED else "nameless"
    shown = [any(_verdict(f, person) == wanted for f in faces) for faces in answers if faces]
    return sum(before and not now for before, now in pairwise(shown))


def _verdict(face: Face, person: str) -> str:
    if face.state is not FaceState.KNOWN:
        return "nameless"
    return "right" if face.name == person else "wrong"


def show(stretches: Sequence[Stretch]) -> str:
    """The stretches as a table, and their sums."""
    rows = [
        (
            *(f"{s.first}–{s.last}", s.person, s.answered, s.faces, s.right, s.wrong, s.nameless),
            *(s.tracks, s.ended_right, "" if s.first_name_s is None else f"{s.first_name_s:.2f} s"),
            s.flickers,
        )
        for s in stretches
    ]
    lines = [table(HEAD, rows), ""]
    for who, enrolled in (("enrolled", True), ("strangers", False)):
        group = [s for s in stretches if (s.person in ENROLLED) is enrolled]
        tracks, right = sum(s.tracks for s in group), sum(s.ended_right for s in group)
        lines.append(
            f"{who}: {sum(s.faces for s in group)} frames with a face, "
            f"{sum(s.wrong for s in group)} faces under a wrong name, "
            f"{right} of {tracks} tracks end right, {sum(s.flickers for s in group)} flickers"
        )
    times_s = sorted(s.first_name_s for s in stretches if s.first_name_s is not None)
    never = sum(s.person in ENROLLED and s.first_name_s is None for s in stretches)
    if times_s:
        lines.append(
            f"first right name: median {median(times_s):.2f} s, worst {times_s[-1]:.2f} s, "
            f"in {never} stretches never"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        stretches = run(
            test_data(),
            Path(folder),
            ("--detector", options.detector, "--rule", options.rule),
            options.encoder,
        )
    print(show(stretches))
    write_json(options.json, "live", {"stretches": [asdict(s) for s in stretches]})
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("live", __doc__)
    parser.add_argument("--detector", default="auto", help="the server's (%(default)s)")
    parser.add_argument("--encoder", default="auto", help="the server's (%(default)s)")
    parser.add_argument("--rule", default="default", choices=("default", "original"))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
