"""Live pictures, and what is not asked of a tab that nobody sees."""

from __future__ import annotations

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
    open_page(page, "now")
    expect(page.locator("canvas")).to_be_visible()
    with page.expect_websocket(of_live_pictures) as opened:
        page.evaluate(HIDE)
        page.evaluate(SHOW)
    opened.value.wait_for_event("framereceived", timeout=SLOW_MS)  # there is one every second
    with opened.value.expect_event("close", timeout=SLOW_MS):
        page.evaluate(HIDE)
    with page.expect_websocket(of_live_pictures):
        page.evaluate(SHOW)


def of_live_pictures(socket: WebSocket) -> bool:
    return socket.url.endswith("/api/v1/cameras/live")
