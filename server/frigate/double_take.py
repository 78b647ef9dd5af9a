"""Double Take's configuration, taken over as far as it is about Frigate and MQTT.

Its detectors, thresholds and people have no equivalent: Lookout recognizes by itself, with its own
gallery. What is not taken over is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lookout.server.frigate.config import FrigateConfig
from lookout.server.frigate.errors import BadConfig

MOST_CHARACTERS = 500_000
_ELSEWHERE: Mapping[str, str] = {
    "auth": "Lookout has its own sign-in",
    "detect": "Lookout names by its own rule; confidence and min_area have no equivalent",
    "detectors": "Lookout recognizes by itself, without CompreFace, DeepStack or Rekognition",
    "cameras": "cameras that are not Frigate's are added with: lookout cameras add",
    "opencv": "faces are found by Lookout's own detector",
    "schedule": "times without recognition are intervals of a rule (docs/alerts.md)",
    "notify": "Gotify and others are channels of alerts (docs/alerts.md)",
    "storage": "the data folder is the server's --data",
    "time": "the time zone is the site's (PUT /api/v1/site)",
    "purge": "see --keep-sightings-days of the server",
    "logs": "see --log-level",
    "ui": "Lookout has its own dashboard",
    "server": "the server's --http-port",
    "telemetry": "Lookout has none",
}


def import_config(text: str) -> FrigateConfig:
    """The companion's configuration from Double Take's `config.yml`. Raises BadConfig."""
    document = _parsed(text)
    values: dict[str, Any] = {}
    notes: list[str] = []
    mqtt = _table(document, "mqtt", notes)
    if mqtt.get("host"):
        values["mqtt"] = _broker(mqtt, notes)
    topic = _table(mqtt, "topics", notes).get("frigate")
    if isinstance(topic, str) and topic not in ("", "frigate/events"):
        values["topics"] = topic.removesuffix("/events")
    frigate = _table(document, "frigate", notes)
    if isinstance(frigate.get("url"), str):
        values["url"] = frigate["url"].rstrip("/")
    values |= _frigate(frigate, notes)
    for key in document:
        if key not in ("mqtt", "frigate"):
            notes.append(f"not taken over: {key}: {_ELSEWHERE.get(str(key), 'no equivalent')}")
    if not document.keys() & {"mqtt", "frigate"}:
        raise BadConfig("it has neither mqtt nor frigate: is it a configuration of Double Take?")
    return FrigateConfig(values, tuple(note.replace("\n", " ") for note in notes))


def _frigate(frigate: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {"writes": frigate.get("update_sub_labels") is True}
    if not values["writes"]:
        notes.append(
            "update_sub_labels is not set there, so names are only told over MQTT; "
            "with writes = true they are written on Frigate's events"
        )
    for key in ("cameras", "labels"):
        words = frigate.get(key)
        if isinstance(words, list) and words:
            values[key] = [str(word) for word in words]
    zones: dict[str, list[str]] = {}
    for one in frigate.get("zones") or ():
        if isinstance(one, Mapping) and one.get("camera") and one.get("zone"):
            zones.setdefault(str(one["camera"]), []).append(str(one["zone"]))
    if zones:
        values["zones"] = zones
    attempts = _table(frigate, "attempts", notes)
    numbers = [
        number
        for number in (attempts.get("latest"), attempts.get("snapshot"))
        if isinstance(number, int) and not isinstance(number, bool) and number > 0
    ]
    if numbers:
        values["attempts"] = max(numbers)
    if attempts.get("latest"):
        notes.append(
            'attempts.latest: give go2rtc = "http://HOST:1984", and frames come in full resolution'
        )
    if frigate.get("stop_on_match") is False:
        notes.append("not taken over: stop_on_match: false; Lookout stops when it is sure")
    for key in ("image", "min_area", "display_size", "events"):
        if key in frigate:
            notes.append(f"not taken over: frigate.{key}: pictures are taken as large as they are")
    return values


def _broker(mqtt: Mapping[str, Any], notes: list[str]) -> str:
    host = str(mqtt["host"])
    scheme, tls = "mqtt", _table(mqtt, "tls", notes) or mqtt.get("protocol") == "mqtts"
    if tls:
        scheme = "mqtts"
    port = f":{mqtt['port']}" if isinstance(mqtt.get("port"), int) else ""
    user = f"{mqtt['username']}@" if isinstance(mqtt.get("username"), str) else ""
    if mqtt.get("password"):
        notes.append("the broker's password is not copied: give it in LOOKOUT_MQTT_PASSWORD")
    return f"{scheme}://{user}{host}{port}"


def _table(of: Mapping[str, Any], key: str, notes: list[str]) -> Mapping[str, Any]:
    found = of.get(key)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        notes.append(f"not taken over: {key}: it is no table")
        return {}
    return found


def _parsed(text: str) -> Mapping[str, Any]:
    # imported here, because only this needs YAML
    try:
        import yaml
    except ModuleNotFoundError as error:
        raise BadConfig("this needs PyYAML: pip install 'lookout[frigate]'") from error

    class Loader(yaml.SafeLoader):
        """Plain values; `!secret name` stays a secret."""

    Loader.add_constructor("!secret", lambda _loader, _node: None)
    if len(text) > MOST_CHARACTERS:
        raise BadConfig(f"it has more than {MOST_CHARACTERS:,} characters")
    try:
        document = yaml.load(text, Loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, RecursionError) as error:
        raise BadConfig(f"it is not valid YAML: {' '.join(str(error).split())[:200]}") from error
    if not isinstance(document, Mapping):
        raise BadConfig("it is no configuration of Double Take")
    return document
