"""Two cameras of one name are distinguished by their devices."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lookout.edge.device import default_camera_name, device_id
from lookout.wire.auth import Challenge, Hello, answer
from lookout.wire.errors import BadMessage


def test_a_device_is_one_machine_and_camera_at_each_start(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("0123456789abcdef0123456789abcdef\n", encoding="ascii")
    second.write_text("fedcba9876543210fedcba9876543210\n", encoding="ascii")
    ids = [device_id(camera, path) for camera in ("0", "1") for path in (first, second)]
    assert len(set(ids)) == 4
    assert device_id("0", first) == ids[0]
    assert all(re.fullmatch("[0-9a-f]{16}", each) for each in ids)
    assert "0123456789abcdef" not in ids


def test_a_machine_without_an_id_has_one_all_the_same(tmp_path: Path) -> None:
    assert device_id("0", tmp_path / "none") == device_id("0", tmp_path / "none")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("raspberrypi", "raspberrypi-ab12"),
        ("RaspberryPi.local", "RaspberryPi-ab12"),
        ("localhost", "localhost-ab12"),
        ("front-door", "front-door"),
        ("pi.example.org", "pi.example.org"),
        ("", "camera-ab12"),
    ],
)
def test_a_name_that_many_machines_have_is_made_ones_own(host: str, name: str) -> None:
    assert default_camera_name(host, "ab12ab12ab12ab12") == name


def test_the_device_is_said_in_the_handshake() -> None:
    asked = Challenge("0" * 64, token_required=False, software="lookout")
    hello = answer(asked, "raspberrypi", "", "ab12ab12ab12ab12")
    assert Hello.from_meta(hello.to_meta()).device == "ab12ab12ab12ab12"


def test_an_earlier_edge_says_none() -> None:
    meta = Hello("door", "0" * 64).to_meta()
    del meta["device"]
    assert Hello.from_meta(meta).device is None


@pytest.mark.parametrize("device", ["", "AB12AB12AB12AB12", "ab12", "\u202e" * 16, 7])
def test_a_device_that_is_no_id_is_refused(device: object) -> None:
    with pytest.raises(BadMessage):
        Hello.from_meta(Hello("door", "0" * 64).to_meta() | {"device": device})
