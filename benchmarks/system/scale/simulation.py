"""The simulation: cameras, the links that choose a recogniser, and recognisers with the scheduler's
rule. Time is simulated; nothing here waits, and the same seed gives the same run.

A camera films 10 frames a second and has at most two under way (`edge.flights`). A recogniser keeps
the newest waiting frame of each camera and works cameras off in turn, in batches that are answered
as a whole (`server.live.scheduler`), each frame for a cost that was recorded. A recogniser that
fails says nothing more; its cameras notice after 0.6 s (`LinkTiming.silence_s`), ask eight others,
and go to the least loaded.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from lookout.server.live.scheduler import BATCH_BUDGET_S, MAX_BATCH

PER_S, IN_FLIGHT = 10.0, 2
SILENCE_S, CHOICE_S, ASKED = 0.6, (0.1, 0.3), 8
NETWORK_S = 0.001


@dataclass(frozen=True, slots=True)
class Scenario:
    """costs_s: what frames took, to draw from. rush: how often the cost is multiplied by how much,
    from and to when. fail: so many recognisers fail at `fail_s`."""

    recognisers: int
    cameras: int
    costs_s: Sequence[float] = field(repr=False)
    seconds: float = 30.0
    fail: int = 0
    fail_s: float = 10.0
    rush: tuple[float, float, float] = (1.0, 0.0, 0.0)
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the cameras saw. slowest_per_s: answers of the camera that got fewest. nameless_s: the
    longest and the middle time without an answer of cameras whose recogniser failed. most_cameras:
    of one recogniser at the end, and on average."""

    answers_per_s: float
    slowest_per_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    dropped: int
    nameless_s: tuple[float, float]
    most_cameras: tuple[int, float]


@dataclass
class _Recogniser:
    waiting: dict[int, tuple[float, int]] = field(default_factory=dict)
    cameras: int = 0
    busy: bool = False
    alive: bool = True


@dataclass
class _Camera:
    recogniser: int
    connection: int = 0
    under_way: int = 0
    answers_s: list[float] = field(default_factory=list)


class Simulation:
    """One run of a scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._chance = random.Random(scenario.seed)
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = itertools.count()
        self._recognisers = [_Recogniser() for _ in range(scenario.recognisers)]
        self._cameras = [_Camera(-1) for _ in range(scenario.cameras)]
        self._trips_s: list[float] = []
        self._moved: set[int] = set()
        self._dropped = 0
        mean_s = sum(scenario.costs_s) / len(scenario.costs_s)
        self._batch = max(1, min(MAX_BATCH, int(BATCH_BUDGET_S / mean_s)))

    def run(self) -> Outcome:
        scenario = self._scenario
        for number, camera in enumerate(self._cameras):
            camera.recogniser = self._choose()
            self._recognisers[camera.recogniser].cameras += 1
            self._at(self._chance.random() / PER_S, partial(self._film, number))
        if scenario.fail:
            self._at(scenario.fail_s, self._fail)
        while self._events and self._events[0][0] < scenario.seconds:
            now_s, _, act = heapq.heappop(self._events)
            act(now_s)
        return self._outcome()

    def _at(self, when_s: float, act: Callable[[float], None]) -> None:
        heapq.heappush(self._events, (when_s, next(self._order), act))

    def _choose(self) -> int:
        """The least loaded of eight in reach, as `edge.servers` takes it."""
        alive = [n for n, one in enumerate(self._recognisers) if one.alive]
        asked = self._chance.sample(alive, min(ASKED, len(alive)))
        return min(asked, key=lambda n: self._recognisers[n].cameras)

    def _film(self, number: int, now_s: float) -> None:
        self._at(now_s + 1.0 / PER_S, partial(self._film, number))
        camera = self._cameras[number]
        if camera.under_way >= IN_FLIGHT or not self._recognisers[camera.recogniser].alive:
            return
        camera.under_way += 1
        chosen = self._recognisers[camera.recogniser]
        if number in chosen.waiting:  # the older one is answered `dropped`, and keeps its place
            self._dropped += 1
            camera.under_way -= 1
        chosen.waiting[number] = (now_s, camera.connection)
        if not chosen.busy:
            self._serve(now_s, camera.recogniser)

    def _serve(self, now_s: float, number: int) -> None:
        one = self._recognisers[number]
        if not one.alive or not one.waiting:
            one.busy = False
            return
        one.busy = True
        batch = [(camera, *one.waiting.pop(camera)) for camera in list(one.waiting)[: self._batch]]
        factor, from_s, to_s = self._scenario.rush
        cost_s = sum(self._chance.choice(self._scenario.costs_s) for _ in batch)
        done_s = now_s + cost_s * (factor if from_s <= now_s < to_s else 1.0)

        def answer(then_s: float) -> None:
            for camera, filmed_s, connection in batch if one.alive else ():
                self._answer(then_s + NETWORK_S, camera, filmed_s, connection)
            self._serve(then_s, number)

        self._at(done_s, answer)

    def _answer(self, now_s: float, number: int, filmed_s: float, connection: int) -> None:
        camera = self._cameras[number]
        if connection != camera.connection:
            return
        camera.under_way -= 1
        camera.answers_s.append(now_s)
        self._trips_s.append(now_s - filmed_s)

    def _fail(self, now_s: float) -> None:
        for number in self._chance.sample(range(len(self._recognisers)), self._scenario.fail):
            self._recognisers[number].alive = False
        for number, camera in enumerate(self._cameras):
            if not self._recognisers[camera.recogniser].alive:
                self._moved.add(number)
                moves_s = now_s + SILENCE_S + self._chance.uniform(*CHOICE_S)
                self._at(moves_s, partial(self._move, number))

    def _move(self, number: int, _: float) -> None:
        camera = self._cameras[number]
        camera.recogniser = self._choose()
        self._recognisers[camera.recogniser].cameras += 1
        camera.connection += 1
        camera.under_way = 0

    def _outcome(self) -> Outcome:
        scenario = self._scenario
        counts = [len(camera.answers_s) for camera in self._cameras]
        trips_ms = sorted(1000 * trip for trip in self._trips_s) or [0.0]
        gaps = sorted(self._gap(self._cameras[number]) for number in self._moved) or [0.0]
        alive = [one.cameras for one in self._recognisers if one.alive]
        return Outcome(
            sum(counts) / scenario.seconds,
            min(counts) / scenario.seconds,
            trips_ms[len(trips_ms) // 2],
            trips_ms[len(trips_ms) * 95 // 100],
            trips_ms[len(trips_ms) * 99 // 100],
            self._dropped,
            (gaps[-1], gaps[len(gaps) // 2]),
            (max(alive), sum(alive) / len(alive)),
        )

    def _gap(self, camera: _Camera) -> float:
        """From the failure to the first answer after it; the rest of the run where none came."""
        failed_s = self._scenario.fail_s
        after = (at for at in camera.answers_s if at > failed_s + SILENCE_S)
        return next(after, self._scenario.seconds) - failed_s
