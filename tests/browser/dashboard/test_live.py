"""Live pictures, and what is not asked of a tab that nobody sees."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocket, expect

from benchmarks.support.waiting import wait_until
from tests.support.dashboard import SLOW_MS, open_page

pytestmark = [pytest.mark.browser, pytest.mark.data, pytest.mark.slow]

HIDE = """() => {
  Object.defineProperty(document, "hidden", {value: true, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""
SHOW = """() => {
  Object.defineProperty(document, "hidden", {value: false, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_tile_shows_moving_pictures_with_names(page: Page) -> None:
    open_page(page, "now")
    tile = page.get_by_role("img", name="Live picture of Front door")
    expect(tile).to_be_visible()
    expect(page.locator("main li", has_text="Robert Hale").first).to_be_visible()
    first = tile.screenshot()
    wait_until(lambda: tile.screenshot() != first, SLOW_MS / 1000, "a picture that differs")


def test_a_hidden_tab_watches_nothing(page: Page) -> None:
    sockets: list[WebSocket] = []
    pictures: list[WebSocket] = []

    def opened(socket: WebSocket) -> None:
        if not socket.url.endswith("/api/v1/cameras/live"):
            return
        sockets.append(socket)
        socket.on("framereceived", lambda _: pictures.append(socket))

    page.on("websocket", opened)
    open_page(page, "now")
    expect(page.locator("canvas")).to_be_visible()
    for _ in range(2):
        page.evaluate(HIDE)
        until(page, lambda: all(socket.is_closed() for socket in sockets), "no live socket")
        pictures.clear()
        page.evaluate(SHOW)
        until(page, lambda: bool(pictures), "pictures again")


def until(page: Page, condition: Callable[[], bool], what: str) -> None:
    """Like `wait_until`, but lets the page's events come in."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() < started + SLOW_MS / 1000, f"not within {SLOW_MS / 1000} s: {what}"
        page.wait_for_timeout(50.0)
