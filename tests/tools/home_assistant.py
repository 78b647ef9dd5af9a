"""What Home Assistant itself makes of what a broker is told, story by story, as a table.

    python -m tests.tools.home_assistant /path/to/venv/bin/python

That interpreter has `homeassistant` and `paho-mqtt` installed; mosquitto is there. Exits with 1
where a state is not what it must be.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lookout.server.alerts import desk
from lookout.server.alerts.definitions_io import SILENCE, read_site
from lookout.server.mqtt.bridge import Bridge
from lookout.server.mqtt.options import MqttOptions
from lookout.server.storage.sqlite.store import open_store
from tests.server.mqtt.conftest import Mosquitto
from tests.server.mqtt.home import Home

PROGRAM = Path(__file__).with_name("hass_states.py")
SETTLE_S = 60.0


class HomeAssistant:
    """A process of it; what it has stored is in `folder`."""

    def __init__(self, python: str, folder: Path, port: int) -> None:
        folder.mkdir(exist_ok=True)
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        self._process = subprocess.Popen(
            [python, str(PROGRAM), str(folder), str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        self.version = self._line()["version"]

    def told(self) -> dict[str, Any]:
        return self._asked({})

    def calls(self, action: str, entity: str, **data: str) -> None:
        """Calls an action of Home Assistant on an entity, by the end of its id."""
        self._asked({"action": action, "entity": entity, "data": data})

    def _asked(self, question: object) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return self._line()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(30.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        while not (line := self._process.stdout.readline()).startswith("{"):
            assert line, "Home Assistant has ended"
        told: dict[str, Any] = json.loads(line)
        return told


class Stories:
    """The stories, and a row for each state that they must lead to."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str, str, bool]] = []

    def check(self, story: str, home: HomeAssistant, expected: Mapping[str, str | None]) -> None:
        """Waits until these entities, by the end of their ids, have these states; None: gone."""
        until_s = time.monotonic() + SETTLE_S
        while True:
            states = home.told()["states"]
            found = {key: _state(states, key) for key in expected}
            if found == expected or time.monotonic() > until_s:
                break
            time.sleep(0.5)
        for key, state in expected.items():
            self.rows.append((story, key, str(state), str(found[key]), found[key] == state))
            print("ok  " if found[key] == state else "BAD ", story, key, found[key], flush=True)

    def check_kept(self, story: str, home: Home, profile: str, silences: int) -> None:
        """Whether what was switched is written down."""
        for key, must, found in (
            ("site: profile", profile, read_site(home.store).profile.value),
            ("silences", str(silences), str(len(desk.all_kept(home.store, SILENCE)))),
        ):
            self.rows.append((story, key, must, found, must == found))
            print("ok  " if must == found else "BAD ", story, key, found, flush=True)


def _state(states: Mapping[str, Any], key: str) -> str | None:
    """`ADA_tracker` is the state of that entity; `ADA_event.name` an attribute of it."""
    unique, _, attribute = key.partition(".")
    entity = next((one for own, one in states.items() if own.endswith(unique)), None)
    if entity is None:
        return None
    value = entity["attributes"].get(attribute) if attribute else entity["state"]
    return None if value is None else str(value)


def main(arguments: list[str]) -> int:
    python, stories = arguments[0], Stories()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "broker").mkdir()
        broker = Mosquitto(folder / "broker")
        with open_store(folder / "data", {}) as store:
            version = _told(python, folder, broker, Home(store), stories)
        broker.stop()
    print(f"\nHome Assistant {version}\n")
    print("| story | entity | must be | is |\n|---|---|---|---|")
    for story, key, must, is_now, _ in stories.rows:
        print(f"| {story} | {key} | {must} | {is_now} |")
    return 0 if all(row[-1] for row in stories.rows) else 1


def _told(python: str, folder: Path, broker: Mosquitto, home: Home, stories: Stories) -> str:
    options = MqttOptions("127.0.0.1", broker.port, pictures=True, commands=True)
    ada, bob = home.enrol("Ada"), home.enrol("Bob")
    hass = HomeAssistant(python, folder / "hass", broker.port)
    bridge: Bridge = home.bridge(options)
    door, here = home.door, f"{ada}_tracker"
    stories.check(
        "start",
        hass,
        {
            "status": "on",
            here: "not_home",
            f"{ada}_camera": "unknown",
            f"{ada}_seen": "unknown",
            f"{ada}_event": "unknown",
            f"{door}_face": "off",
            f"{door}_who": "nobody",
            f"{door}_event": "unknown",
            f"{door}_image": "unknown",
            "_unknown": "0",
            "_cameras": "2",
            "_profile": "home",
            f"{door}_silence": "off",
        },
    )
    hass.calls("select.select_option", "_profile", option="away")
    hass.calls("switch.turn_on", f"{door}_silence")
    stories.check("switched", hass, {"_profile": "away", f"{door}_silence": "on"})
    stories.check_kept("switched", home, "away", 1)
    sighting = home.comes("door", ada)
    stories.check(
        "sighting",
        hass,
        {
            here: "door",
            f"{ada}_camera": "door",
            f"{ada}_seen": "1970-01-01T00:16:40+00:00",
            f"{ada}_event.event_type": "seen",
            f"{door}_face": "on",
            f"{door}_who": "Ada",
            f"{door}_event.event_type": "person_seen",
            f"{door}_event.name": "Ada",
            "counter_ada": "1",
            "counter_strangers": "0",
        },
    )
    home.rename(ada, "Ada Lovelace")
    stories.check("rename", hass, {here: "door", f"{door}_who": "Ada Lovelace"})
    stories.check("rename", hass, {f"{here}.friendly_name": "Ada Lovelace"})
    home.goes(sighting)
    stories.check("left", hass, {here: "not_home", f"{door}_face": "off", f"{door}_who": "nobody"})
    home.comes("yard", None, "c1")
    stories.check(
        "stranger",
        hass,
        {"_unknown": "1", f"{home.yard}_who": "unknown", f"{home.yard}_face": "on"},
    )
    stories.check("stranger", hass, {"counter_ada": "1", "counter_strangers": "1"})
    broker.stop()
    stories.check("broker away", hass, {here: "unavailable", f"{door}_face": "unavailable"})
    broker.start()
    back = {here: "not_home", f"{home.yard}_who": "unknown", f"{door}_event.event_type": "left"}
    stories.check("broker back", hass, {here: "not_home", f"{home.yard}_face": "on"})
    bridge.close(30.0)
    stories.check("server stopped", hass, {"status": "off", here: "unavailable"})
    bridge = home.bridge(options)
    stories.check("server back", hass, {"status": "on", **back})
    stories.check("server back", hass, {"_profile": "away", f"{door}_silence": "on"})
    stories.check("nothing anew", hass, {"counter_ada": "1", "counter_strangers": "1"})
    hass.close()
    hass = HomeAssistant(python, folder / "hass", broker.port)
    stories.check("Home Assistant back", hass, {here: "not_home", f"{home.yard}_face": "on"})
    stories.check("Home Assistant back", hass, {"_profile": "away", f"{door}_silence": "on"})
    hass.calls("switch.turn_off", f"{door}_silence")
    hass.calls("button.press", "_silence")
    silent = {f"{door}_silence": "on", f"{home.yard}_silence": "on"}
    stories.check("all silenced", hass, silent)
    home.forget(bob)
    stories.check("forget", hass, {f"{bob}_tracker": None, f"{bob}_event": None, here: "not_home"})
    hass.close()
    bridge.close(30.0)
    return str(hass.version)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
