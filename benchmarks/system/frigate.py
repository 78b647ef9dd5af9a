"""Names on Frigate's events: how long from the event's beginning, how many right, wrong, missing.

    python -m benchmarks.frigate --json results/frigate.json

`lookout frigate` beside a double of Frigate that plays the clip of signers in real time, an event
for each person's stretch and, beyond four seconds, for each further part. Signers A, B and C are
enrolled from the first frames of the clip, D and E are strangers. The snapshots of the double have
half the size of the frames that its go2rtc gives, as in Frigate.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.support.broker import MOSQUITTO, mosquitto
from benchmarks.support.command import command_parser
from benchmarks.support.data import test_data
from benchmarks.support.frigate_double import FrigateDouble
from benchmarks.support.programs import ROOT, train
from benchmarks.support.report import table, write_json
from benchmarks.support.signers import FIRST_TEST_FRAME, frames, segments, write_enrolment
from benchmarks.support.waiting import wait_until
from lookout.faces.detections import Image

ENROLLED = frozenset({"signer_A", "signer_B", "signer_C"})
RATE, LONGEST_FRAMES, LEAST_FRAMES = 30.0, 120, 30
EVERY = 8
START_S, END_S = 120.0, 60.0
_LOOKOUT = "import sys; from lookout.cli import main; sys.exit(main())"


@dataclass(frozen=True, slots=True)
class NamedEvent:
    """What became of one event. seconds: from its beginning to the name; of_face: from the first
    picture with a usable face, as the companion tells."""

    person: str
    name: str | None
    seconds: float | None
    of_face: float | None
    source: str


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("frigate", __doc__)
    parser.add_argument("--no-go2rtc", action="store_true", help="snapshots and clips alone")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    if MOSQUITTO is None:
        sys.exit("mosquitto is needed")
    with tempfile.TemporaryDirectory() as name:
        named = run(Path(name), test_data(), options)
    figures = _shown(named)
    write_json(options.json, "frigate", figures)
    return 1 if figures["wrong"] else 0


def run(folder: Path, data: Path, options: argparse.Namespace) -> list[NamedEvent]:
    write_enrolment(data, folder / "images")
    for number, path in enumerate(sorted((folder / "images").glob("*/*.jpg"))):
        if number % EVERY:
            path.unlink()  # neighbours show the same
    train(folder)
    events = _events(data)
    with mosquitto(folder) as port, FrigateDouble(port) as frigate:
        verdicts = _Verdicts(port)
        command = [
            *(sys.executable, "-c", _LOOKOUT, "frigate"),
            *("--mqtt", f"mqtt://127.0.0.1:{port}", "--url", frigate.url),
            *("--encodings", str(folder / "encodings.pkl")),
            *(() if options.no_go2rtc else ("--go2rtc", frigate.url)),
        ]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            verdicts.wait_online()
            named = [
                _played(frigate, verdicts, f"{number}.5-abc", person, pictures)
                for number, (person, pictures) in enumerate(events)
            ]
        finally:
            process.terminate()
            process.wait(END_S)
            verdicts.close()
    return named


def _events(data: Path) -> list[tuple[str, list[Image]]]:
    """Stretches of one person each, of one to four seconds."""
    pictures = {index: image for index, image in frames(data) if index >= FIRST_TEST_FRAME}
    found = []
    for segment in segments(data):
        for first in range(max(segment.first, FIRST_TEST_FRAME), segment.last, LONGEST_FRAMES):
            last = min(segment.last, first + LONGEST_FRAMES - 1)
            if last - first >= LEAST_FRAMES:
                found.append((segment.person, [pictures[n] for n in range(first, last + 1)]))
    return found


def _played(
    frigate: FrigateDouble,
    verdicts: _Verdicts,
    event: str,
    person: str,
    pictures: Sequence[Image],
) -> NamedEvent:
    began_s = frigate.play(event, "door", pictures, RATE)
    frigate.tell("end", event, "door", pictures[-1], has_clip=False)
    told = verdicts.wait_for(event)
    label = next((one for one in frigate.names if one.event == event), None)
    sources = [one["source"] for one in told["attempts"] if one["name"] is not None]
    return NamedEvent(
        person,
        None if label is None else label.name,
        None if label is None else label.at_s - began_s,
        told["seconds_to_name"],
        sources[0] if sources else "",
    )


class _Verdicts:
    """What the companion tells."""

    def __init__(self, port: int) -> None:
        self._told: dict[str, dict[str, Any]] = {}
        self._online = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda one, *_: one.subscribe("lookout/frigate/#", 1)
        self._client.on_message = self._hear
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def _hear(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        if message.topic.endswith("/status"):
            self._online.set()
        else:
            told = json.loads(message.payload)
            self._told[told["event"]] = told

    def wait_online(self) -> None:
        if not self._online.wait(START_S):
            raise RuntimeError("the companion does not begin")

    def wait_for(self, event: str) -> dict[str, Any]:
        wait_until(lambda: event in self._told, END_S, f"what is told of {event}")
        return self._told[event]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def _shown(named: Sequence[NamedEvent]) -> dict[str, object]:
    rows = [
        (
            one.person,
            one.name or "–",
            "–" if one.seconds is None else f"{one.seconds:.2f}",
            "–" if one.of_face is None else f"{one.of_face:.2f}",
            one.source,
        )
        for one in named
    ]
    head = ("who is in the event", "name", "s from its beginning", "s from the first face", "by")
    print(table(head, rows))
    known = [one for one in named if one.person in ENROLLED]
    figures: dict[str, object] = {
        "events": len(named),
        "right": sum(one.name == one.person for one in known),
        "missing": sum(one.name is None for one in known),
        "wrong": sum(one.name not in (None, one.person) for one in named),
        "strangers_named": sum(one.name is not None for one in named if one not in known),
    }
    for key, seconds in (
        ("median_s", [one.seconds for one in named if one.seconds is not None]),
        ("median_of_face_s", [one.of_face for one in named if one.of_face is not None]),
    ):
        figures[key] = round(statistics.median(seconds), 3) if seconds else None
        figures[f"worst_{key}"] = round(max(seconds), 3) if seconds else None
    print(", ".join(f"{key} {value}" for key, value in figures.items()))
    return figures


if __name__ == "__main__":
    sys.exit(main())
