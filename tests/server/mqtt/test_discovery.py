"""What Home Assistant is told of each device is as agreed, and only by ids that stay.

The files in `golden/` are what Home Assistant is told. `docs/home-assistant.md` says with which
version they were tried.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lookout.server.errors import BadSettings
from lookout.server.mqtt.discovery import Topics, camera_config, person_config, server_config
from lookout.server.mqtt.options import Imitated, Protocol, read_address
from lookout.server.settings import read_settings

GOLDEN = Path(__file__).parent / "golden"
TOPICS = Topics("lookout", "homeassistant", "0123456789ab")
CAMERA, PERSON = "cam_5f0c3a52-0000-4000-8000-000000000001", "9b1d0000-0000-4000-8000-000000000002"

CONFIGS: dict[str, dict[str, Any]] = {
    "camera": camera_config(TOPICS, CAMERA, "Front door", pictures=True),
    "person": person_config(TOPICS, PERSON, "Ada"),
    "server": server_config(TOPICS, "Lookout"),
}


@pytest.mark.parametrize("device", CONFIGS)
def test_a_device_is_told_as_agreed(device: str) -> None:
    assert json.loads((GOLDEN / f"{device}.json").read_text()) == CONFIGS[device]


@pytest.mark.parametrize("device", CONFIGS)
def test_every_device_has_what_home_assistant_requires(device: str) -> None:
    config = CONFIGS[device]
    assert config["device"]["identifiers"]
    assert config["origin"]["name"]
    ids = [component["unique_id"] for component in config["components"].values()]
    assert len(set(ids)) == len(ids) > 0
    for component in config["components"].values():
        assert component["platform"]
        assert "object_id" not in component  # gone from Home Assistant 2026
        if component["platform"] == "event":
            assert component["event_types"]
        assert "expire_after" not in component  # presence would become `unavailable`


def test_names_are_never_ids() -> None:
    for config in CONFIGS.values():
        config = {**config, "device": {**config["device"], "name": ""}}
        assert "Ada" not in json.dumps(config)
        assert "Front door" not in json.dumps(config)


def test_a_broker_is_read_from_the_command_line_and_its_password_from_elsewhere(
    tmp_path: Path,
) -> None:
    file = tmp_path / "password"
    file.write_text("from a file\n")
    given = ["--http", "--mqtt", "mqtts://house%40home@broker.lan"]
    options = read_settings(
        [
            *given,
            *("--mqtt-password-file", str(file), "--mqtt-version", "3.1.1", "--mqtt-pictures"),
            *("--mqtt-imitate", "frigate", "--mqtt-prefix", "house/faces"),
        ],
        {"LOOKOUT_MQTT_PASSWORD": "from the environment"},
    ).mqtt
    assert options is not None
    assert (options.host, options.port, options.tls, options.user) == (
        "broker.lan",
        8883,
        True,
        "house@home",
    )
    assert (options.password, options.protocol, options.prefix, options.pictures) == (
        "from a file",
        Protocol.V311,
        "house/faces",
        True,
    )
    assert options.imitated == {Imitated.FRIGATE}
    assert "from a file" not in repr(options)
    options = read_settings(given, {"LOOKOUT_MQTT_PASSWORD": "x"}).mqtt
    assert options is not None
    assert options.password == "x"
    assert read_settings([], {}).mqtt is None


@pytest.mark.parametrize(
    "text", ["broker.lan", "http://broker", "mqtt://", "mqtt://broker:x", "mqtt://a:b@broker"]
)
def test_what_is_no_broker_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"mqtt://|LOOKOUT_MQTT_PASSWORD"):
        read_address(text)


def test_a_password_without_a_user_and_a_broker_without_a_store_are_refused() -> None:
    for given, environment, words in (
        (["--http", "--mqtt", "mqtt://b"], {"LOOKOUT_MQTT_PASSWORD": "x"}, "needs a user"),
        (["--no-http", "--mqtt", "mqtt://b"], {}, "needs --http"),
        (["--mqtt", "mqtt://u@b", "--mqtt-password-file", "/no/such"], {}, "cannot be read"),
    ):
        with pytest.raises(BadSettings, match=words):
            read_settings(given, environment)
