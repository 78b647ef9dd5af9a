"""The thread that keeps a broker in step with what is so and tells it what happens."""

from __future__ import annotations

import contextlib
import logging
import queue
import random
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from lookout.server.events.envelope import EnvelopeMaker
from lookout.server.events.feed import EventFeed, Resync
from lookout.server.mqtt.broker import Broker, BrokerLost
from lookout.server.mqtt.changes import change
from lookout.server.mqtt.controls import BadCommand, Controls, Switchboard
from lookout.server.mqtt.discovery import OFFLINE, ONLINE, Topics
from lookout.server.mqtt.loading import CameraIndex, known_camera, load_world
from lookout.server.mqtt.memory import Published, instance_of
from lookout.server.mqtt.message import MqttMessage
from lookout.server.mqtt.options import Imitated, MqttOptions
from lookout.server.mqtt.tellings import AT_LEAST_ONCE, tellings
from lookout.server.mqtt.world import Key, KnownCamera, World
from lookout.server.storage.errors import NotFound, StorageError
from lookout.server.storage.records import Event
from lookout.server.storage.store import Store
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
"""Before the connection is tried again: twice as long each time, and a little at random, so that a
hundred servers do not come back to a broker at once."""
LOOK_S = 0.5
MAX_COMMANDS = 100
"""That wait to be obeyed; further ones are dropped."""
MAX_REPLAY = 1000
"""Events that a broker is told afterwards, when it was away."""


@dataclass(frozen=True, slots=True)
class MqttParts:
    """What the bridge tells of. online: the names of the cameras of which frames come. controls:
    what Home Assistant may switch, where the options let it."""

    store: Store
    feed: EventFeed
    envelopes: EnvelopeMaker
    directory: CameraIndex
    online: Callable[[], Collection[str]]
    controls: Controls | None = None


class Bridge(StoppableThread):
    """Owns the thread, and the connection with the one of its network. Connects for ever."""

    def __init__(
        self, options: MqttOptions, parts: MqttParts, first_wait_s: float = FIRST_WAIT_S
    ) -> None:
        """Raises StorageError."""
        self._options = options
        self._parts = parts
        self._first_wait_s = first_wait_s
        self._topics = Topics(options.prefix, options.discovery, instance_of(parts.store))
        self._published = Published(parts.store, self._topics)
        self._retained: dict[Key, dict[str, bytes]] = {}
        self._switches: Switchboard | None = None
        if options.commands and parts.controls is not None:
            self._switches = Switchboard(self._topics, parts.controls)
        self._commands: queue.Queue[tuple[str, bytes]] = queue.Queue(MAX_COMMANDS)
        self._born = threading.Event()
        self._connected = False
        self._position = parts.feed.latest()
        super().__init__("mqtt")

    def _work(self) -> None:
        wait_s, failed = self._first_wait_s, False
        while not self._stop.is_set():
            try:
                self._session()
            except (BrokerLost, StorageError) as error:
                if not failed:  # logged once, not every minute
                    log.warning("MQTT waits: %s", error)
                failed = True
            except Exception:
                # one odd event must not end the telling of others; nothing is swallowed unlogged
                log.exception("MQTT begins anew")
            if self._connected:
                wait_s, failed = self._first_wait_s, False
            self._stop.wait(wait_s * random.uniform(0.8, 1.2))  # noqa: S311 - no secret
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    def _session(self) -> None:
        """From one connection to its end."""
        self._connected = False
        will = MqttMessage(self._topics.status, OFFLINE.encode(), retain=True, qos=AT_LEAST_ONCE)
        subscription = self._parts.feed.subscribe()
        broker: Broker | None = None
        try:
            broker = Broker(self._options, self._topics.server_device, will, self._heard)
            self._connected = True
            log.info("MQTT: connected to %s port %d", self._options.host, self._options.port)
            heard = [self._topics.birth] if self._topics.discovery else []
            heard += self._switches.subscriptions if self._switches is not None else []
            if heard:
                broker.subscribe(heard)
            missed_until = self._parts.feed.latest()
            world = self._announce(broker)
            self._replay(broker, missed_until)
            while not self._stop.is_set() and not broker.lost.is_set():
                told = subscription.get(LOOK_S)
                if self._born.is_set() or isinstance(told, Resync):
                    world = self._announce(broker)
                if isinstance(told, Event) and told.number > self._position:
                    self._tell(broker, world, told)
                    self._position = told.number
                if self._switches is not None:
                    self._obey(broker, world, self._switches)
            if not broker.lost.is_set():
                broker.publish(self._available(OFFLINE))
        finally:
            subscription.close()
            if broker is not None:
                broker.close()

    def _heard(self, topic: str, payload: bytes, retained: bool) -> None:
        if topic == self._topics.birth:
            if payload == ONLINE.encode():
                self._born.set()
        elif not retained:  # a command that the broker has kept is one of long ago
            with contextlib.suppress(queue.Full):
                self._commands.put_nowait((topic, payload))

    def _obey(self, broker: Broker, world: World, switches: Switchboard) -> None:
        """Does what was commanded, and tells how everything stands, whoever has changed it."""
        while not self._commands.empty():
            topic, payload = self._commands.get_nowait()
            try:
                switches.obey(topic, payload.decode(errors="replace"), world.camera_names)
            except BadCommand as error:
                log.warning("MQTT: %s", error)
        if world.controls is None or switches.is_stale(world.controls):
            world.controls = switches.read(world.camera_names)
            messages, _ = self._changed(world, world.controlled())
            broker.publish(messages)

    def _announce(self, broker: Broker) -> World:
        """Tells the broker all that is so, clears what is so no more, and returns it."""
        self._born.clear()
        parts, pictures = self._parts, self._options.pictures
        world = load_world(
            parts.store, parts.directory, parts.online, self._topics, pictures=pictures
        )
        world.double_take = Imitated.DOUBLE_TAKE in self._options.imitated
        if self._switches is not None:
            world.controls = self._switches.read(world.camera_names)
        keys = world.keys()
        broker.publish([_retained(topic, b"") for topic in self._published.stale_topics(keys)])
        self._published.remember(keys)
        self._retained = {}
        messages, _ = self._changed(world, keys)
        broker.publish([*messages, *self._available(ONLINE)])
        return world

    def _available(self, state: str) -> list[MqttMessage]:
        """Whether the server is there, in its own topic and in those that are imitated."""
        topics = [self._topics.status]
        if Imitated.DOUBLE_TAKE in self._options.imitated:
            topics.append("double-take/available")
        return [_retained(topic, state.encode()) for topic in topics]

    def _replay(self, broker: Broker, until: int) -> None:
        """What happened while there was no connection, up to this event: for the log of events, not
        for automations, which would open a door an hour late."""
        feed = self._parts.feed
        if not feed.is_whole_since(self._position):
            self._position = until
        for event in feed.since(self._position, MAX_REPLAY):
            if event.number <= until:
                broker.publish(self._tellings(event)[:1])
        self._position = max(self._position, until)

    def _tell(self, broker: Broker, world: World, event: Event) -> None:
        camera = self._parts.directory.id_of(event.camera) if event.camera else None
        touched = change(world, event, camera, self._name, self._camera)
        messages, gone = self._changed(world, touched)
        messages += self._tellings(event)
        if self._options.pictures and camera is not None and event.old_kind:
            messages += self._picture(camera, event)
        broker.publish(messages)
        self._forget(gone)

    def _tellings(self, event: Event) -> list[MqttMessage]:
        envelope = self._parts.envelopes.of(event)
        return tellings(self._topics, event, envelope, self._options.imitated)

    def _changed(self, world: World, keys: Iterable[Key]) -> tuple[list[MqttMessage], list[Key]]:
        """What to send so that the broker knows these as they are, and those that are there no
        more; what is new is remembered first."""
        messages: list[MqttMessage] = []
        gone: list[Key] = []
        new: list[Key] = []
        for key in keys:
            before, now = self._retained.get(key, {}), world.retained(key)
            if not now:
                gone.append(key)
                messages += [_retained(topic, b"") for topic in world.topics_of(key)]
            elif not before:
                new.append(key)
            messages += [
                _retained(topic, payload)
                for topic, payload in now.items()
                if before.get(topic) != payload
            ]
            messages += [_retained(topic, b"") for topic in before if now and topic not in now]
            self._retained[key] = now
        self._published.add(new)
        return messages, gone

    def _forget(self, keys: Collection[Key]) -> None:
        """Once their topics are cleared."""
        if keys:
            self._published.drop(keys)
            for key in keys:
                self._retained.pop(key, None)

    def _picture(self, camera: str, event: Event) -> list[MqttMessage]:
        try:
            jpeg = self._parts.store.sightings.image(event.sighting or "")
        except NotFound:
            return []
        return [MqttMessage(self._topics.camera(camera, "image"), jpeg)]

    def _name(self, person: str) -> str | None:
        people = self._parts.store.people.many([person])
        return people[0].name if people else None

    def _camera(self, camera: str) -> KnownCamera | None:
        found = (one for one in self._parts.directory.all() if one.id == camera)
        return next((known_camera(one, online=False) for one in found), None)


def _retained(topic: str, payload: bytes) -> MqttMessage:
    return MqttMessage(topic, payload, retain=True, qos=AT_LEAST_ONCE)
