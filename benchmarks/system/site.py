"""A site of six cameras: walks with known truth become visits, joined rightly or not.

    python -m benchmarks.site
    python -m benchmarks.site --walks 20 --json results/site.json

Pieces of the signers' clip, cut and shifted in time, play before six cameras in a row as people
walk past them, often two at once. Three of the five people are enrolled, with frames that are not
played. In every third walk the fifth camera is out of focus, so that the face gets no name there.
Recognition, sightings and visits are the server's own; the clock is simulated, so that nothing
depends on the speed of the machine.

A walk is joined where all its sightings are in one visit; a visit is joined wrongly where it holds
sightings of two people. An identity switches where somebody has one name, or is one unknown person,
at a camera and another at the next. A rule tells of everybody who has a name: one walk must be one
alert, decided by the server's own keeper of alerts.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from benchmarks.support.command import command_parser
from benchmarks.support.data import test_data
from benchmarks.support.report import table, write_json
from benchmarks.support.signers import (
    FIRST_TEST_FRAME,
    LAST_ENROLMENT_FRAME,
    Segment,
    frames,
    segments,
)
from lookout.faces.detections import Image
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Detector, Encoder
from lookout.server.alerts import desk
from lookout.server.alerts.definitions_io import RULE
from lookout.server.alerts.documents.rule import Happening, RuleBody, What, Who, WhoKind
from lookout.server.alerts.keeper import Keeper
from lookout.server.alerts.states.alert_state import AlertState
from lookout.server.events.cameras import NamesAsIds
from lookout.server.events.feed import EventFeed
from lookout.server.events.types import EventType
from lookout.server.gallery.people_index import PeopleIndex
from lookout.server.imaging.jpeg import encode_jpeg
from lookout.server.inference.open_rule import open_rule
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.live.frame_job import FrameJob, Source
from lookout.server.live.pipeline import Pipeline
from lookout.server.movement.chainer import GAP_S, VisitChainer
from lookout.server.movement.confirmed import graph
from lookout.server.movement.plausibility import Certainty, certainty
from lookout.server.movement.suggestions import suggest
from lookout.server.movement.visit_recorder import VisitRecorder
from lookout.server.settings import ServerSettings
from lookout.server.sightings.sighting_writer import SightingWriter
from lookout.server.sightings.unknown_clusters import UnknownClusters
from lookout.server.sightings.watcher import Watcher
from lookout.server.storage.records import FaceSample, Person, Sighting, new_id
from lookout.server.storage.sqlite.store import SqliteStore, open_store
from lookout.server.storage.store import MAX_PAGE
from lookout.server.storage.visit_records import LegFilter
from lookout.wire.records import FrameInfo, Overlay

CAMERAS = ("gate", "path", "door", "hall", "stairs", "office")
BLURRED, BLUR_SIGMA = "stairs", 3.5
TRAVEL_S = (8.0, 15.0, 6.0, 20.0, 9.0)
"""From the end before one camera to the beginning before the next."""
FPS, LOOK_S = 10.0, 1.5
ENROLLED = ("signer_A", "signer_B", "signer_C")
SAMPLES = 4
START_S = 1_795_500_000.0
TICK_S = 0.5
KNOWN, APPEARS = Who(kind=WhoKind.KNOWN), Happening(kind=What.APPEARS)
JPEG_QUALITY = 90


@dataclass(frozen=True, slots=True)
class Appearance:
    """A person before a camera: frames of the clip from `first` on, from `at_s` on."""

    walk: int
    person: str
    camera: str
    first: int
    at_s: float

    @property
    def end_s(self) -> float:
        return self.at_s + LOOK_S


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of the walks.

    named, wrong, unnamed: appearances, by the sighting at that camera and time.
    missed:   appearances without a sighting.
    joined:   walks of enrolled people whose sightings with their name are all in one visit.
    mixed:    visits that hold sightings of two people.
    switches: identities that changed from one appearance of a walk to the next.
    begun:    visits of enrolled people that were told of.
    alerts:   that were told, of people with a name; alerted_once: walks of enrolled people with one
              alert exactly.
    """

    walks: int
    walks_of_enrolled: int
    appearances: int
    named: int
    wrong: int
    unnamed: int
    missed: int
    joined: int
    visits_of_enrolled: int
    mixed: int
    switches: int
    begun: int
    alerts: int
    alerted_once: int
    suggested_right: int
    suggested_wrong: int
    marked: int


def walks(truth: Sequence[Segment], count: int, seed: int) -> list[Appearance]:
    """`count` walks past all cameras; a second person sets out before the first has arrived."""
    chance = random.Random(seed)
    pieces: dict[str, list[int]] = defaultdict(list)
    for segment in truth:
        if segment.first >= FIRST_TEST_FRAME:
            last = segment.last - round(30 * LOOK_S)
            pieces[segment.person] += range(segment.first, last + 1, 3)
    people = sorted(pieces)
    found, free_s = [], dict.fromkeys(people, 0.0)
    start_s = 0.0
    for walk in range(count):
        person = people[walk % len(people)]
        at_s = max(start_s, free_s[person])
        for camera, travel_s in zip(CAMERAS, (*TRAVEL_S, 0.0), strict=True):
            found.append(Appearance(walk, person, camera, chance.choice(pieces[person]), at_s))
            at_s += LOOK_S + travel_s * chance.uniform(0.8, 1.25)
        free_s[person] = at_s + GAP_S + 60.0
        start_s += chance.uniform(25.0, 60.0)
    return sorted(found, key=lambda appearance: appearance.at_s)


def run(data: Path, folder: Path, options: argparse.Namespace) -> Figures:
    pictures = dict(frames(data))
    detector, encoder = open_detector(options.detector), open_encoder(options.encoder)
    truth = segments(data)
    with open_store(folder, {}) as store:
        recognition, people = _known(store, detector, encoder, truth, pictures)
        site = _Site(store, recognition, people, folder)
        plan = walks(truth, options.walks, options.seed)
        for appearance, now_s, image_bgr in tqdm(
            list(_playing(plan, pictures)), unit="frame", mininterval=1
        ):
            site.see(appearance.camera, image_bgr, now_s)
        site.rest(plan[-1].end_s + GAP_S + 60.0)
        return judge(store, plan)


class _Site:
    """The server's own recognition, sightings and visits, by a simulated clock."""

    def __init__(
        self,
        store: SqliteStore,
        recognition: RecognitionContext,
        people: PeopleIndex,
        folder: Path,
    ) -> None:
        self._watcher = Watcher(lambda now_s: START_S + now_s)
        self._pipeline = Pipeline(recognition, observers=(self._watcher,))
        encoder = recognition.encoder.name
        strangers = UnknownClusters(store, encoder, recognition.rule)
        self._writer = SightingWriter(
            store, encoder, people.snapshot, strangers, recognition.decide
        )
        self._now_s = self._written_s = 0.0
        self._visits = VisitRecorder(
            store, VisitChainer(store), unix_s=lambda: START_S + self._now_s
        )
        self._numbers: Counter[str] = Counter()
        desk.add(store, RULE, RuleBody(name="somebody", who=KNOWN, what=APPEARS))
        self._keeper = Keeper(
            store,
            EventFeed(store),
            NamesAsIds(),
            folder,
            clock=lambda: START_S + self._now_s,
            monotonic=lambda: self._now_s,
        )
        self._keeper.round()  # what is there already is not told

    def see(self, camera: str, image_bgr: Image, now_s: float) -> None:
        self.rest(now_s)
        self._numbers[camera] += 1
        info = FrameInfo(camera, self._numbers[camera], now_s, Overlay.EDGE)
        jpeg = encode_jpeg(image_bgr, JPEG_QUALITY)
        self._pipeline.run([FrameJob(Source(0, camera), info, jpeg, now_s)])

    def rest(self, until_s: float) -> None:
        """Lets the time pass and writes what is due, at most every half second."""
        while self._now_s < until_s:
            self._now_s = min(until_s, max(self._now_s + TICK_S, self._now_s))
            due = self._watcher.take(self._now_s)
            for pending in due:
                self._writer.write(pending)
            if due or self._now_s - self._written_s >= 30.0:
                self._writer.end_silent(START_S + self._now_s)
                self._visits.step()
                self._keeper.round()
                self._written_s = self._now_s


def judge(store: SqliteStore, plan: Sequence[Appearance]) -> Figures:
    """Compares what is in the store with the truth."""
    sightings = store.sightings.page(MAX_PAGE).items
    legs = {leg.sighting: leg for leg in store.movements.legs(MAX_PAGE).items}
    names = {person.id: person.name for person in store.people.page(100).items}
    counts: Counter[str] = Counter()
    visits_of_walk: dict[int, set[str]] = defaultdict(set)
    people_of_visit: dict[str, set[str]] = defaultdict(set)
    identities: dict[int, list[str]] = defaultdict(list)
    person_of: dict[str, str] = {}
    walk_of: dict[str, int] = {}
    for appearance in plan:
        found = _at(appearance, sightings)
        if not found:
            counts["missed"] += 1
        for sighting in found:
            person_of[sighting.id] = appearance.person
            walk_of[sighting.id] = appearance.walk
            identities[appearance.walk].append(sighting.person or f"? {sighting.cluster}")
            leg = legs.get(sighting.id)
            if leg is not None:
                people_of_visit[leg.visit].add(appearance.person)
            name = names.get(sighting.person or "")
            if name is None:
                counts["unnamed"] += 1
            elif name == appearance.person:
                counts["named"] += 1
                if leg is not None:
                    visits_of_walk[appearance.walk].add(leg.visit)
            else:
                counts["wrong"] += 1
    enrolled = {a.walk for a in plan if a.person in ENROLLED}
    times = graph(store, 20_000)
    unnamed = [leg for leg in legs.values() if leg.person is None]
    suggested = suggest(unnamed, legs.values(), times)
    right = sum(
        names[suggestion.person] == person_of.get(suggestion.sighting) for suggestion in suggested
    )
    began = [
        event
        for event in store.events.since(0, MAX_PAGE)
        if event.kind == EventType.VISIT_BEGAN and event.person is not None
    ]
    told = [
        alert
        for alert in store.alerts.page(MAX_PAGE).items
        if alert.state != AlertState.SUPPRESSED and alert.person is not None
    ]
    alerts_of = Counter(walk_of.get(alert.sighting or "", -1) for alert in told)
    doubts = (Certainty.TWO_PLACES, Certainty.TOO_FAST)
    return Figures(
        walks=len({a.walk for a in plan}),
        walks_of_enrolled=len(enrolled),
        appearances=len(plan),
        named=counts["named"],
        wrong=counts["wrong"],
        unnamed=counts["unnamed"],
        missed=counts["missed"],
        joined=sum(len(visits_of_walk[walk]) == 1 for walk in enrolled),
        visits_of_enrolled=len(
            {v.id for p in names for v in store.visits.page(MAX_PAGE, which=LegFilter(p)).items}
        ),
        mixed=sum(len(people) > 1 for people in people_of_visit.values()),
        switches=sum(map(_switches, identities.values())),
        begun=len(began),
        alerts=len(told),
        alerted_once=sum(alerts_of[walk] == 1 for walk in enrolled),
        suggested_right=right,
        suggested_wrong=len(suggested) - right,
        marked=sum(certainty(leg, times) in doubts for leg in legs.values()),
    )


def _switches(identities: Sequence[str]) -> int:
    """How often one name, or one unknown person, became another."""
    named = [one for one in identities if not one.startswith("?")]
    unnamed = [one for one in identities if one.startswith("?")]
    return sum(one != other for kept in (named, unnamed) for one, other in itertools.pairwise(kept))


def _at(appearance: Appearance, sightings: Sequence[Sighting]) -> list[Sighting]:
    """The sightings of that camera during the appearance."""
    first_s, last_s = START_S + appearance.at_s, START_S + appearance.end_s
    return [
        sighting
        for sighting in sightings
        if sighting.camera == appearance.camera
        and sighting.first_s <= last_s
        and sighting.last_s >= first_s
    ]


def _playing(
    plan: Sequence[Appearance], pictures: dict[int, Image]
) -> Iterator[tuple[Appearance, float, Image]]:
    """Every frame of every appearance, in the order of time."""
    shown = []
    for appearance in plan:
        for number in range(round(FPS * LOOK_S)):
            image_bgr = pictures[appearance.first + round(number * 30 / FPS)]
            shown.append((appearance.at_s + number / FPS, appearance, image_bgr))
    for now_s, appearance, image_bgr in sorted(shown, key=lambda entry: entry[0]):
        yield appearance, now_s, _blurred(image_bgr) if _is_blurred(appearance) else image_bgr


def _is_blurred(appearance: Appearance) -> bool:
    return appearance.camera == BLURRED and appearance.walk % 3 == 2


def _blurred(image_bgr: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(image_bgr, (0, 0), BLUR_SIGMA), np.uint8)


def _known(
    store: SqliteStore,
    detector: Detector,
    encoder: Encoder,
    truth: Sequence[Segment],
    pictures: dict[int, Image],
) -> tuple[RecognitionContext, PeopleIndex]:
    """Enrols the people of the first part of the clip, a few frames each."""
    for segment in truth:
        if segment.last > LAST_ENROLMENT_FRAME:
            continue
        person = Person(new_id(), segment.person, START_S)
        store.people.add(person)
        step = (segment.last - segment.first) // SAMPLES
        for frame in range(segment.first, segment.last, step)[:SAMPLES]:
            image_bgr = pictures[frame]
            (found,) = detector.detect([image_bgr])
            (encoding,) = encoder.encode(encoder.align(image_bgr, found)[:1])
            sample = FaceSample(new_id(), person.id, encoding, encoder.name, "upload", START_S)
            store.samples.add(sample)
    empty = Gallery.empty(encoder.name, encoder.dimension)
    people = PeopleIndex(store, encoder, lambda: empty)
    rule = open_rule(ServerSettings(), encoder)
    recognition = RecognitionContext(detector, encoder, rule, lambda: people.snapshot().by_label)
    return recognition, people


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("site", __doc__)
    parser.add_argument("--walks", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--detector", default="auto")
    parser.add_argument("--encoder", default="sface")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        figures = run(test_data(), Path(folder), options)
    print(
        table(("figure", ""), [(name.replace("_", " "), n) for name, n in asdict(figures).items()])
    )
    write_json(options.json, "site", {"figures": asdict(figures)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
