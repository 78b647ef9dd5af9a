"""Two browsers side by side whose users may know of different cameras."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from benchmarks.support.waiting import wait_until
from tests.support.dashboard import PASSWORD, SLOW_MS, Site, open_page, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.data, pytest.mark.slow]


def heard(page: Page) -> list[Any]:
    """A list that grows by each event of Socket.IO that the page is told."""
    told: list[Any] = []

    def note(frame: str | bytes) -> None:
        if isinstance(frame, str) and frame.startswith("42"):  # message, event
            told.append(json.loads(frame[2:]))

    def listen(socket: WebSocket) -> None:
        if "socket.io" in socket.url:
            socket.on("framereceived", note)

    page.on("websocket", listen)
    return told


def names(page: Page, told: list[Any]) -> list[str]:
    page.evaluate("0")  # Playwright tells of what has happened while it is asked
    return [name for name, *_ in told]


def test_the_lesser_of_two_users_is_told_nothing_of_the_others_camera(
    browser: Browser, site: Site
) -> None:
    """The owner is told of the front door; the guest may know of a camera that does not send, and
    is told so much over the socket: hello."""
    other = {"name": "Cellar", "address": "rtsp://127.0.0.1:9/none", "enabled": False}
    cellar = site.call("POST", "cameras", json=other)["id"]
    guest = {"username": "gus", "password": PASSWORD, "role": "viewer", "cameras": [cellar]}
    site.call("POST", "users", json=guest)
    pages = [signed_in(browser, site, name, locale="en-GB") for name in ("admin", "gus")]
    owners, guests = (heard(page) for page in pages)
    for page in pages:
        page.reload()
        open_page(page, "now")
    wait_until(lambda: "event" in names(pages[0], owners), SLOW_MS / 1000, "an event")
    for place, page in (("sightings", pages[1]), ("cameras", pages[1])):
        open_page(page, place)
        expect(page.get_by_text("Front door")).to_have_count(0)
    wait_until(lambda: bool(names(pages[1], guests)), SLOW_MS / 1000, "the guest to be greeted")
    assert names(pages[1], guests) == ["hello"]
    assert guests[0][1]["cameras"] == [cellar]
    for page in pages:
        page.context.close()
    site.call("DELETE", f"cameras/{cellar}")
