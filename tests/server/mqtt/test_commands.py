"""Home Assistant switches the profile and silences cameras, and always knows how both stand."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from lookout.server.alerts import desk
from lookout.server.alerts.definitions_io import SILENCE, keep_site, read_site
from lookout.server.alerts.documents.rule import Profile
from lookout.server.alerts.documents.silence import Matchers, SilenceBody
from lookout.server.alerts.documents.site import Site
from lookout.server.mqtt.bridge import Bridge
from lookout.server.mqtt.options import Imitated, MqttOptions
from lookout.server.storage.sqlite.store import SqliteStore
from tests.server.mqtt.conftest import Listener, Mosquitto
from tests.server.mqtt.home import Home

CLOSE_S = 30.0


class Commanded:
    """A house that obeys, and what its broker has retained."""

    def __init__(self, store: SqliteStore, broker: Mosquitto, listener: Listener) -> None:
        self.home = Home(store)
        self.listener = listener
        self.options = MqttOptions("127.0.0.1", broker.port, commands=True)
        self.bridge: Bridge = self.home.bridge(self.options)
        self.until("lookout/status", "online")

    def until(self, topic: str, payload: str) -> None:
        """Waits until this is said; a state that is retained is said to whoever listens."""
        self.listener.until(lambda: self.last(topic) == payload)

    def last(self, topic: str) -> str | None:
        said = [payload for one, payload in self.listener.came if one == topic]
        return said[-1] if said else None

    def again(self) -> None:
        """A restart of the server."""
        self.bridge.close(CLOSE_S)
        self.bridge = self.home.bridge(self.options)


@pytest.fixture
def commanded(store: SqliteStore, broker: Mosquitto, listener: Listener) -> Iterator[Commanded]:
    commanded = Commanded(store, broker, listener)
    yield commanded
    commanded.bridge.close(CLOSE_S)


def test_the_profile_is_switched_and_told_whoever_switched_it(
    commanded: Commanded, store: SqliteStore
) -> None:
    commanded.until("lookout/server/profile", "home")
    commanded.listener.say("lookout/server/profile/set", "away")
    commanded.until("lookout/server/profile", "away")
    assert read_site(store).profile is Profile.AWAY
    keep_site(store, Site(name="House"))  # over HTTP
    commanded.until("lookout/server/profile", "home")


def test_a_camera_is_silenced_for_an_hour_and_told_of_again(
    commanded: Commanded, store: SqliteStore
) -> None:
    door = commanded.home.door
    topic = f"lookout/cameras/{door}/silence"
    commanded.until(topic, "OFF")
    commanded.listener.say(f"{topic}/set", "ON")
    commanded.until(topic, "ON")
    (silence,) = desk.all_kept(store, SILENCE)
    assert silence.matchers == Matchers(camera=door)
    assert 3500 < silence.until - time.time() <= 3600
    assert silence.created_by == "Home Assistant"
    commanded.again()
    assert commanded.listener.states()[topic] == "ON"
    commanded.listener.say(f"{topic}/set", "OFF")
    commanded.until(topic, "OFF")
    assert desk.all_kept(store, SILENCE) == ()


def test_a_silence_that_somebody_wrote_down_is_shown_and_its_end_too(
    commanded: Commanded, store: SqliteStore
) -> None:
    topic = f"lookout/cameras/{commanded.home.door}/silence"
    body = SilenceBody(until=time.time() + 2.0, matchers=Matchers(camera="door"))
    desk.add(store, SILENCE, body, created_by="anne")
    commanded.until(topic, "ON")
    commanded.until(topic, "OFF")


def test_the_button_silences_every_camera(commanded: Commanded, store: SqliteStore) -> None:
    commanded.listener.say("lookout/server/silence/set", "PRESS")
    for camera in (commanded.home.door, commanded.home.yard):
        commanded.until(f"lookout/cameras/{camera}/silence", "ON")


def test_what_is_no_command_changes_nothing(
    commanded: Commanded, store: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    commanded.listener.say("lookout/server/profile/set", "holiday")
    commanded.listener.say("lookout/cameras/cam_gone/silence/set", "ON")
    commanded.listener.say("lookout/server/profile/set", "away")  # after them: in order
    commanded.until("lookout/server/profile", "away")
    assert "there is no profile 'holiday'" in caplog.text
    assert desk.all_kept(store, SILENCE) == ()


def test_without_the_option_nothing_is_switched_or_shown(
    store: SqliteStore, broker: Mosquitto, listener: Listener
) -> None:
    home = Home(store)
    bridge = home.bridge(MqttOptions("127.0.0.1", broker.port))
    listener.until(lambda: ("lookout/status", "online") in listener.came)
    states = listener.states()
    bridge.close(CLOSE_S)
    configs = [json.loads(text) for topic, text in states.items() if topic.endswith("/config")]
    parts = {key for config in configs for key in config["components"]}
    assert not parts & {"silence", "profile"}
    assert not [topic for topic in states if topic.endswith(("/silence", "/profile"))]


def test_double_takes_counts_and_state_are_retained_and_follow_a_new_name(
    store: SqliteStore, broker: Mosquitto, listener: Listener
) -> None:
    home = Home(store)
    options = MqttOptions("127.0.0.1", broker.port, imitated=frozenset({Imitated.DOUBLE_TAKE}))
    bridge = home.bridge(options)
    count = "double-take/cameras/door/person"
    listener.until(lambda: (count, "0") in listener.came)
    sighting = home.comes("door", None, "c1")
    listener.until(lambda: (count, "1") in listener.came)
    home.goes(sighting)
    listener.until(lambda: listener.came.count((count, "0")) == 2)
    assert listener.states()["double-take/available"] == "online"
    home.directory.update(replace(home.directory.get(home.door), name="porch"))
    home.happens("camera.changed", "porch")
    listener.until(lambda: ("double-take/cameras/porch/person", "0") in listener.came)
    bridge.close(CLOSE_S)
    states = listener.states()
    assert count not in states
    assert states["double-take/available"] == "offline"
