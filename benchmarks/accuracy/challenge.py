"""How often the challenge of liveness passes with stills, prints and videos before the camera."""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, permutations
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from benchmarks.support.acting import acted
from benchmarks.support.command import command_parser
from benchmarks.support.composed_attacks import photographed
from benchmarks.support.pairs import BadProtocol
from benchmarks.support.presentations import BONA_FIDE, read_protocol, shown
from benchmarks.support.report import table, write_json
from lookout.edge.cameras.demo import portrait, view_at
from lookout.faces.detections import Image
from lookout.faces.engine import open_detector
from lookout.faces.errors import FacesError
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.liveness.challenge import TASKS, ChallengeState, Task, new_challenge
from lookout.faces.liveness.gesture import Gesture, gesture_in
from lookout.faces.metrics.share import Share
from lookout.faces.protocols import Detector

_EPILOG = """example:
  python -m benchmarks.challenge --images nuaa_dev --protocol nuaa_dev/labels.csv --clip signers.mp4

Each thing is filmed once; then 400 challenges in random order begin at random moments of the film,
which is played again and again. "acts, in one order": a film of somebody who does all four tasks,
drawn from the portrait of the demo (turns and a step closer; the blink is a number). "does what is
asked": the same pictures, shown in answer to what is asked.
"""
CHALLENGES = 400
FRAME_S = 0.1
EVERY = 2
"""Of a video every so manieth frame is read, and stands for the others."""
ACT_S = 0.6
"""So long the actor looks ahead, then does it, then looks ahead again."""
DEMO_S = 30.0
SHUT = 0.4
"""Of the openness of the eyes: a blink, which is not drawn."""
PRINTS, STILLS = 6, 6

Film = Sequence[Gesture | None]
"""What a camera sees of a face, FRAME_S apart."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads gestures off pictures."""

    detector: Detector
    landmarker: Landmarker

    def read(self, image_bgr: Image) -> Gesture | None:
        (found,) = self.detector.detect([image_bgr])
        if not len(found):
            return None
        return gesture_in(self.landmarker, image_bgr, found.largest(1), 0.0)

    def film(self, pictures: Iterable[Image], what: str) -> Film:
        return [self.read(picture) for picture in tqdm(pictures, desc=what, mininterval=1)]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    reader = _Reader(open_detector(options.detector), Landmarker())
    try:
        films = dict(_films(options, reader))
        actor = _actor(reader)
    except (BadProtocol, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except FacesError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    films["acts, in one order (drawn)"] = [_act(actor, tuple(Task))]
    results = [_result(name, [_played(film) for film in of]) for name, of in films.items()]
    results.append(_result("does what is asked (drawn)", [_answering(actor)]))
    head = ("before the camera", "passed %", "of", "why not")
    print(table(head, [(r["what"], r["passed"], str(r["of"]), r["why"]) for r in results]))
    orders = len(list(permutations(Task, TASKS)))
    print(f"{orders} orders of {TASKS} tasks out of {len(Task)}")
    write_json(options.json, "challenge", {"results": results})
    return 0


def _films(options: argparse.Namespace, reader: _Reader) -> Iterator[tuple[str, list[Film]]]:
    presentations = read_protocol(options.protocol, options.images, options.live_label)
    live = [p for p in presentations if p.species == BONA_FIDE]
    chance = np.random.default_rng(1)
    stills = [next(iter(shown([one]))) for one in live[:: max(1, len(live) // STILLS)]]
    yield (
        "a still picture",
        [
            reader.film([photographed(one.image_bgr, chance) for _ in range(10)], "still")
            for one in stills
        ],
    )
    prints = sorted(
        (p for p in presentations if p.species != BONA_FIDE), key=lambda p: (p.sequence, p.number)
    )
    sequences = [list(of) for _, of in groupby(prints, key=lambda p: p.sequence)]
    longest = sorted(sequences, key=len)[-PRINTS:]
    yield (
        "a print that is moved",
        [reader.film((one.image_bgr for one in shown(of)), "print") for of in longest],
    )
    scene = portrait()
    moments = np.arange(0, DEMO_S, EVERY * FRAME_S)
    demo = reader.film((view_at(scene, t) for t in moments), "demo")
    yield "the video of the demo", [_stretched(demo)]
    for clip in options.clip:
        yield clip.name, [_stretched(reader.film(_frames(clip), clip.name))]


def _stretched(film: Film) -> Film:
    return [gesture for gesture in film for _ in range(EVERY)]


def _frames(clip: Path) -> Iterator[Image]:
    capture = cv2.VideoCapture(str(clip))
    step = max(1, round((capture.get(cv2.CAP_PROP_FPS) or 25.0) * EVERY * FRAME_S))
    number = 0
    while capture.grab():
        if number % step == 0:
            read, frame = capture.retrieve()
            if read:
                yield np.asarray(frame, np.uint8)
        number += 1
    capture.release()


def _actor(reader: _Reader) -> Mapping[Task | None, Gesture]:
    """What is read off the drawn pictures of the portrait, by task; None: ahead."""
    scene = portrait()
    (found,) = reader.detector.detect([scene])
    points_xy = reader.landmarker.points(scene, found.largest(1))[0]
    ahead_bgr, pictures = acted(scene, points_xy)
    ahead = reader.read(ahead_bgr)
    seen = {task: reader.read(picture) for task, picture in pictures.items()}
    if ahead is None or None in seen.values():
        raise BadProtocol("no face was found in a picture that was drawn of the portrait")
    done: dict[Task | None, Gesture] = {task: g for task, g in seen.items() if g is not None}
    done[Task.BLINK] = replace(ahead, openness=SHUT * ahead.openness)
    return {**done, None: ahead}


def _act(actor: Mapping[Task | None, Gesture], tasks: Sequence[Task]) -> list[Gesture]:
    times = round(ACT_S / FRAME_S)
    film: list[Gesture] = []
    for task in tasks:
        film += [actor[None]] * times + [actor[task]] * times
    return film + [actor[None]] * times


def _played(film: Film) -> Iterator[str]:
    """The outcome of challenges that begin anywhere in the film: `passed`, or why not."""
    chance = random.Random(1)
    for _ in range(CHALLENGES):
        challenge, frame = new_challenge(chance, 0.0), chance.randrange(len(film))
        time_s = 0.0
        while challenge.state is ChallengeState.WAITING:
            time_s += FRAME_S
            frame = (frame + 1) % len(film)
            gesture = film[frame]
            seen = None if gesture is None else replace(gesture, time_s=time_s)
            challenge = challenge.after(seen, time_s)
        yield "passed" if challenge.failure is None else challenge.failure.value


def _answering(actor: Mapping[Task | None, Gesture]) -> Iterator[str]:
    """The outcome of challenges to somebody who does each task as it is asked."""
    chance = random.Random(2)
    for _ in range(CHALLENGES):
        challenge, time_s = new_challenge(chance, 0.0), 0.0
        while (task := challenge.task) is not None:
            for gesture in _act(actor, (task,)):
                time_s += FRAME_S
                challenge = challenge.after(replace(gesture, time_s=time_s), time_s)
                if challenge.task is not task:
                    break
        yield "passed" if challenge.failure is None else challenge.failure.value


def _result(what: str, outcomes: Iterable[Iterable[str]]) -> dict[str, Any]:
    counts = Counter(outcome for of_film in outcomes for outcome in of_film)
    trials = counts.total()
    why = ", ".join(
        f"{name} {100 * count / trials:.0f} %"
        for name, count in counts.most_common()
        if name != "passed"
    )
    share = Share(counts["passed"], trials)
    return {"what": what, "passed": str(share), "hits": share.hits, "of": trials, "why": why}


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("challenge", __doc__, _EPILOG)
    add = parser.add_argument
    add("--images", type=Path, default=Path(), metavar="DIR", help="what the CSV's paths lie under")
    add("--protocol", type=Path, required=True, metavar="CSV", help="as of benchmarks.pad")
    add("--live-label", default="live", help="the label of bona fide presentations (%(default)s)")
    add("--clip", type=Path, action="append", default=[], help="a video that is replayed")
    add("--detector", default="yunet", help="(%(default)s)")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
