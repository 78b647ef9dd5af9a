"""The keeper of alerts: hears events, decides, writes down, and has the channels send.

Decision and position in the feed are written in one transaction: killed at any moment, it goes on
with the first event that it has not decided on. What has not been sent yet lies in the store.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from lookout.server.alerts.definitions_io import read_channels, read_definitions
from lookout.server.alerts.delivery.maker import MessageMaker
from lookout.server.alerts.delivery.message import AlertMessage
from lookout.server.alerts.dispatch import Dispatch
from lookout.server.alerts.documents.channel import Channel
from lookout.server.alerts.documents.zone import Zone
from lookout.server.alerts.engine import Engine
from lookout.server.alerts.errors import BadDefinition
from lookout.server.alerts.hearing import SIGNALS, Places, no_places, observation_of
from lookout.server.alerts.rules.definitions import Definitions
from lookout.server.alerts.rules.observation import Signal, Subject, SubjectKind
from lookout.server.alerts.states.alert_state import AlertState
from lookout.server.alerts.states.change import AlertChange
from lookout.server.alerts.subscriptions import Knows, nobody_knows
from lookout.server.alerts.writing import write_changes
from lookout.server.events.cameras import CameraIds
from lookout.server.events.feed import EventFeed
from lookout.server.events.types import EventType
from lookout.server.storage.alert_records import Delivery
from lookout.server.storage.errors import NotFound, StorageError
from lookout.server.storage.records import Event, EventFilter, new_id
from lookout.server.storage.store import Store
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

CURSOR: Final = "alerts.cursor"
BATCH = 200
"""Events that are decided on in one transaction."""
TICK_S = 1.0
"""The passing of time is looked at so often, however many events come."""
RECALL_S = 900.0
"""At the start, who was where is worked out from the events of so long before."""
AT_HAND_S = 7 * 86_400.0
MOST_AT_HAND = 20_000
SYSTEM = "system"
"""The rule of alerts on Lookout itself."""
JUMP_S = 5.0
"""A difference of the two clocks' ways from one tick to the next: the machine's clock was set."""

_OUTSIDE = (EventType.ALERT_ACKNOWLEDGED, EventType.ALERT_RESOLVED)
_PEOPLE = (EventType.PERSON_FORGOTTEN, EventType.PERSON_MERGED)
HEARD = frozenset({*SIGNALS, *_OUTSIDE, *_PEOPLE})


class Keeper(StoppableThread):
    """Owns the thread that decides, and one for each channel."""

    def __init__(
        self,
        store: Store,
        feed: EventFeed,
        directory: CameraIds,
        folder: Path,
        *,
        places: Places = no_places,
        knows: Knows = nobody_knows,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        on_duty: Callable[[], bool] = lambda: True,
    ) -> None:
        """folder: where file logs lie. places: of cameras by name. knows: whether a user may know
        of a camera. on_duty: whether this server is the one that decides, of several on a store."""
        self._store = store
        self._feed = feed
        self._directory = directory
        self._places = places
        self._clock = clock
        self._monotonic = monotonic
        self._knows = knows
        self._on_duty = on_duty
        self._decides = False
        self._maker = MessageMaker(store)
        self._dispatch = Dispatch(store, folder, self._message, clock=clock, knows=knows)
        self._engine: Engine | None = None
        self._world = Definitions()
        self._channels: dict[str, Channel] = {}
        self._zones: Mapping[str, tuple[Zone, ...]] = {}
        self._version: int | None = None
        self._clocks = (clock(), monotonic())
        self._failing = False
        self._awake = threading.Event()
        super().__init__("alerts")

    @property
    def world(self) -> Definitions:
        """What is written down, as it was read last. Any thread."""
        return self._world

    def zones_at(self, camera: str, box: tuple[float, float, float, float]) -> frozenset[str]:
        """The zones in which a face with this box is, in shares of the picture. Any thread."""
        foot = ((box[0] + box[2]) / 2, min(box[3], 0.9999))
        zones = self._zones.get(camera, ())
        return frozenset(zone.id for zone in zones if zone.shape.contains(foot))

    def close(self, timeout_s: float) -> bool:
        until_s = time.monotonic() + timeout_s
        self._stop.set()
        self._awake.set()
        ended = super().close(timeout_s)
        return self._dispatch.close(max(0.0, until_s - time.monotonic())) and ended

    def round(self, *, passing: bool = True) -> bool:
        """One round of work, in the calling thread: definitions, events, and where `passing` is set
        what the passing of time leads to. True where more events wait. Raises StorageError; the
        round is done again then, from what is kept."""
        now_s = self._clock()
        try:
            self._read_definitions()
            self._take_duty()
            if not self._decides:
                return False
            engine = self._engine or self._opened(now_s)
            self._engine = engine
            self._note_clock(engine, now_s)
            more = self._hear(engine, now_s)
            if passing:
                self._write(engine, engine.tick(now_s, self._world), now_s)
            self._dispatch.tell_of_broken(now_s)
        except StorageError:
            self._engine = None  # it has decided on what is not written: ask it anew
            raise
        return more

    def _work(self) -> None:
        heard = self._feed.subscribe(HEARD, self._awake.set)
        due_s = 0.0
        try:
            while not self._stop.is_set():
                self._awake.clear()
                while heard.get(0.0) is not None:
                    pass  # the round deals with all of them
                now_s = self._monotonic()
                passing = now_s >= due_s
                if passing:
                    due_s = now_s + TICK_S
                if not self._round(passing=passing):
                    self._awake.wait(max(0.0, due_s - self._monotonic()))
        finally:
            heard.close()

    def _round(self, *, passing: bool) -> bool:
        try:
            more = self.round(passing=passing)
        except (StorageError, BadDefinition) as error:
            if not self._failing:
                log.error("alerts cannot be decided on, and wait: %s", error)  # noqa: TRY400
            self._failing = True
            self._stop.wait(TICK_S)
            return False
        if self._failing:
            log.info("alerts are decided on again")
        self._failing = False
        return more

    def _read_definitions(self) -> None:
        version = self._store.definitions.version()
        if version != self._version:
            self._world = read_definitions(self._store)
            self._channels = read_channels(self._store)
            if self._decides:
                self._dispatch.set_channels(self._channels)
            self._version = version
        # a camera may have been renamed
        zones: dict[str, tuple[Zone, ...]] = {}
        for zone in self._world.zones:
            name = self._directory.name_of(zone.camera) or zone.camera
            zones[name] = (*zones.get(name, ()), zone)
        self._zones = zones

    def _take_duty(self) -> None:
        """Begins to decide and to send, or leaves both to the server that does now."""
        on_duty = self._on_duty()
        if on_duty != self._decides:
            self._decides = on_duty
            self._engine = None
            self._dispatch.set_channels(self._channels if on_duty else {})

    def _opened(self, now_s: float) -> Engine:
        """The engine as it was when the last transaction was written."""
        alerts = self._store.alerts.at_hand(now_s - AT_HAND_S, MOST_AT_HAND)
        self._dispatch.resume(
            one for one in alerts if one.rule == SYSTEM and one.state == AlertState.FIRING
        )
        engine = Engine(lambda: f"alr_{new_id()}", (one for one in alerts if one.rule != SYSTEM))
        cursor = self._store.settings.get(CURSOR)
        if not isinstance(cursor, int):
            self._store.settings.put(CURSOR, self._feed.latest())
            return engine
        self._recall(engine, cursor, now_s)
        return engine

    def _recall(self, engine: Engine, cursor: int, now_s: float) -> None:
        """Has the engine remember what was seen late and decided on already."""
        which = EventFilter(kinds=tuple(SIGNALS), since_s=now_s - RECALL_S)
        position = 0
        while events := self._store.events.since(position, BATCH, which):
            for event in events:
                seen = observation_of(event, self._directory, self._places)
                if event.number <= cursor and seen is not None:
                    engine.recall(seen, self._world)
            position = events[-1].number
            if position >= cursor:
                break
        if self._world.absences:
            self._recall_people(engine)

    def _recall_people(self, engine: Engine) -> None:
        """Has the engine remember when everybody on a list of the absent was seen last."""
        lists = {one for rule in self._world.rules for one in rule.who.lists}
        people = {
            person for one in self._world.watchlists if one.id in lists for person in one.people
        }
        for person in sorted(people):
            which = EventFilter(person=person, kinds=tuple(SIGNALS))
            for event in self._store.events.page(1, None, which).items:
                seen = observation_of(event, self._directory, self._places)
                if seen is not None:
                    engine.remember(Subject(SubjectKind.PERSON, person), seen)

    def _note_clock(self, engine: Engine, now_s: float) -> None:
        before_s, monotonic_s = self._clocks
        self._clocks = (now_s, self._monotonic())
        jump_s = (now_s - before_s) - (self._clocks[1] - monotonic_s)
        if abs(jump_s) >= JUMP_S:
            log.warning("the machine's clock was set by %+.0f s", jump_s)
            engine.shift(jump_s)

    def _hear(self, engine: Engine, now_s: float) -> bool:
        cursor = self._store.settings.get(CURSOR)
        if not isinstance(cursor, int):
            return False
        which = EventFilter(kinds=tuple(sorted(HEARD)))
        events = self._store.events.since(cursor, BATCH, which)
        if not events:
            return False
        changes: list[AlertChange] = []
        for event in events:
            changes += self._decided(engine, event, now_s)
        self._write(engine, changes, now_s, cursor=events[-1].number)
        return len(events) == BATCH

    def _decided(self, engine: Engine, event: Event, now_s: float) -> list[AlertChange]:
        if event.kind in _OUTSIDE:
            try:
                alert = self._store.alerts.get(event.subject)
            except NotFound:
                return []
            if alert.rule != SYSTEM and alert.acknowledged_by:
                engine.changed_outside(alert)
            return []
        if event.kind in _PEOPLE:
            gone = event.detail.get("forgotten") or event.detail.get("merged")
            engine.forget(Subject(SubjectKind.PERSON, str(gone)))
            return []
        seen = observation_of(event, self._directory, self._places)
        if seen is None or (seen.signal is Signal.SPOOF and not seen.sighting):
            return []
        return engine.take(seen, now_s, self._world)

    def _write(
        self, engine: Engine, changes: list[AlertChange], now_s: float, cursor: int | None = None
    ) -> None:
        if not changes and cursor is None:
            return
        with self._store.transaction():
            differ, awake = write_changes(self._store, changes, self._channels, now_s, self._knows)
            if cursor is not None:
                self._move(cursor)
        for alert in differ:
            engine.changed_outside(alert)
        self._dispatch.wake(awake)

    def _move(self, cursor: int) -> None:
        """Raises StorageError where another server has decided on these events."""
        position = self._store.settings.get(CURSOR)
        if isinstance(position, int) and position >= cursor:
            raise StorageError("another server has decided on these events already")
        self._store.settings.put(CURSOR, cursor)

    def _message(self, delivery: Delivery, channel: Channel, now_s: float) -> AlertMessage:
        alert = self._store.alerts.get(delivery.alert)
        return self._maker.make(delivery, alert, channel, self._world, now_s)
