"""Live pictures, and what is not asked of a tab that nobody sees."""

from __future__ import annotations

from functools import partial

import pytest
from playwright.sync_api import Page, WebSocket, expect

from benchmarks.support.waiting import wait_until
from tests.support.dashboard import SLOW_MS, open_page

pytestmark = [pytest.mark.browser, pytest.mark.data, pytest.mark.slow]

SLOW_S = SLOW_MS / 1000
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
    wait_until(lambda: tile.screenshot() != first, SLOW_S, "a picture that differs")


def test_a_hidden_tab_watches_nothing(page: Page) -> None:
    sockets: list[WebSocket] = []
    pictures: list[WebSocket] = []

    def opened(socket: WebSocket) -> None:
        if not socket.url.endswith("/api/v1/cameras/live"):
            return
        sockets.append(socket)
        socket.on("framereceived", lambda _: pictures.append(socket))

    rest = partial(page.wait_for_timeout, 50.0)  # its events come in meanwhile
    page.on("websocket", opened)
    open_page(page, "now")
    expect(page.locator("canvas")).to_be_visible()
    for _ in range(2):
        page.evaluate(HIDE)
        wait_until(lambda: all(s.is_closed() for s in sockets), SLOW_S, "no live socket", rest)
        pictures.clear()
        page.evaluate(SHOW)
        wait_until(lambda: pictures, SLOW_S, "pictures again", rest)
