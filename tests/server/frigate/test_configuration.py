"""Double Take's configuration becomes the companion's, and what does not is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lookout.server.commands.frigate import main, options_of
from lookout.server.errors import BadSettings
from lookout.server.frigate.config import read_config
from lookout.server.frigate.double_take import import_config
from lookout.server.frigate.errors import BadConfig

DOUBLE_TAKE = """\
mqtt:
  host: 192.168.1.5
  port: 1884
  username: frigate
  password: !secret mqtt_password
  topics:
    frigate: cams/events
    matches: double-take/matches

detect:
  match:
    confidence: 60

frigate:
  url: http://192.168.1.5:5000/
  update_sub_labels: true
  stop_on_match: true
  labels:
    - person
    - face
  attempts:
    latest: 12
    snapshot: 8
    mqtt: true
    delay: 0
  image:
    height: 500
  cameras:
    - front-door
    - garage
  zones:
    - camera: garage
      zone: driveway
    - camera: garage
      zone: steps

detectors:
  compreface:
    url: http://192.168.1.5:8000
    key: 00000000-0000
"""


def test_double_takes_configuration_is_taken_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config.yml"
    file.write_text(DOUBLE_TAKE)
    assert main(["import-config", str(file)]) == 0
    written = capsys.readouterr().out
    assert read_config(written).values == {
        "mqtt": "mqtt://frigate@192.168.1.5:1884",
        "topics": "cams",
        "url": "http://192.168.1.5:5000",
        "writes": True,
        "cameras": ["front-door", "garage"],
        "labels": ["person", "face"],
        "attempts": 12,
        "zones": {"garage": ["driveway", "steps"]},
    }
    assert "# not taken over: detectors: Lookout recognizes by itself" in written
    assert "# not taken over: detect:" in written
    assert "00000000" not in written
    options = options_of(dict(read_config(written).values))
    assert options.zones == {"garage": frozenset({"driveway", "steps"})}


def test_names_are_only_told_where_double_take_did_not_write_them() -> None:
    found = import_config("frigate:\n  url: http://frigate:5000\n")
    assert found.values["writes"] is False
    assert any("update_sub_labels is not set there" in note for note in found.notes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "not valid YAML"),
        ("- 1", "no configuration of Double Take"),
        ("ui: {}", "neither mqtt nor frigate"),
        ("mqtt: !!python/object/apply:os.system [id]", "not valid YAML"),
    ],
)
def test_what_is_no_configuration_says_why(text: str, words: str) -> None:
    with pytest.raises(BadConfig, match=words):
        import_config(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('camera = ["door"]', "did you mean 'cameras'?"),
        ("url = 5", "url has a value of the wrong kind"),
        ("attempts = true", "attempts has a value of the wrong kind"),
        ("zones = { door = 5 }", "zones: each is a list of names"),
        ("url =", "not valid TOML"),
    ],
)
def test_a_mistake_in_the_file_is_an_error(text: str, words: str) -> None:
    with pytest.raises(BadConfig, match=re.escape(words)):
        read_config(text)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "give url as"),
        ({"url": "ftp://frigate"}, "give url as"),
        ({"url": "http://a:b@frigate"}, "LOOKOUT_FRIGATE_PASSWORD"),
        ({"url": "http://frigate", "attempts": 0}, "attempts are 1 to 100"),
    ],
)
def test_settings_that_cannot_be_say_why(values: dict[str, object], words: str) -> None:
    with pytest.raises(BadSettings, match=re.escape(words)):
        options_of(values)
