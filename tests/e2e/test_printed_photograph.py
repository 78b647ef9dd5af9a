"""A printed photograph of an enrolled person that is moved before a camera: real edge, real server.

The prints are those of NUAA, which hands moved and bent before a web camera.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest

from benchmarks.support.programs import Program, start_edge, status_of
from benchmarks.support.waiting import wait_until
from tests.support.dashboard import Site, open_site
from tests.support.portraits import read_image
from tests.support.receivers import HttpReceiver

pytestmark = [pytest.mark.data, pytest.mark.slow, pytest.mark.usefixtures("weights")]

PERSON = "0010"
FRAMES_PER_S = 10.0
SLOW_S = 60.0


def number_of(path: Path) -> int:
    return int(re.findall(r"\d+", path.stem)[-1])


def film(frames: list[Path], clip: Path) -> Path:
    """These pictures as a video."""
    pictures = [read_image(path) for path in frames]
    height, width = pictures[0].shape[:2]
    writer = cv2.VideoWriter(
        str(clip), cv2.VideoWriter.fourcc(*"MJPG"), FRAMES_PER_S, (width, height)
    )
    for picture in pictures:
        writer.write(picture)
    writer.release()
    return clip


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with open_site(tmp_path, "--no-auth") as site:
        yield site


def say(site: Site) -> Callable[..., Any]:
    """Asks a server without sign-in."""
    site.tokens["admin"] = "none"
    return site.call


def faces(edge: Program) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = status_of(edge.port)["faces"]
    return found


def test_a_print_of_her_is_suspected_and_opens_no_door(
    site: Site, data: Path, tmp_path: Path
) -> None:
    ask = say(site)
    live = sorted((data / "nuaa_dev" / "live" / PERSON).iterdir(), key=number_of)
    site.enrol("Ada", *live[::25])
    prints = sorted((data / "nuaa_dev" / "print" / PERSON).glob("0010_01_01_03_*"), key=number_of)
    clip = film(prints[:24], tmp_path / "print.avi")
    with HttpReceiver() as door:
        settings = {"url": door.url, "opens": True}
        opener = {"name": "door", "kind": "webhook", "settings": settings}
        lock = ask("POST", "channels", json=opener)["id"]
        log = ask("POST", "channels", json={"name": "log", "kind": "file", "settings": {}})["id"]
        rules = [
            {"name": "open", "what": {"kind": "appears"}, "channels": [lock, log],
             "require_live": True},
            {"name": "spoof", "what": {"kind": "spoof"}, "channels": [log]},
        ]  # fmt: skip
        for rule in rules:
            ask("POST", "rules", json=rule)
        with start_edge(
            tmp_path, site.server.port, str(clip), "--camera-name", "Front door"
        ) as edge:
            wait_until(
                lambda: any(f["name"] == "Ada" and f["liveness"] == "spoof" for f in faces(edge)),
                SLOW_S,
                "the page to say that she is a picture",
            )
            told = {"open", "spoof"}
            wait_until(lambda: told <= {a["rule_name"] for a in alerts(ask)}, SLOW_S, "both alerts")
            (camera,) = ask("GET", "cameras")
            ask("PATCH", f"cameras/{camera['id']}", json={"liveness": "require"})
            wait_until(
                lambda: any(f["name"] is None and f["liveness"] == "spoof" for f in faces(edge)),
                SLOW_S,
                "the page to withhold her name",
            )
        kinds = {event["type"] for event in ask("GET", "events?limit=100")["items"]}
        assert "liveness.suspected" in kinds
        opened = [alert for alert in alerts(ask) if alert["rule_name"] == "open"]
        assert all(lock not in str(alert["deliveries"]) for alert in opened)
        assert door.requests == []


def alerts(ask: Callable[..., Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask("GET", "alerts")["items"]
    return found
