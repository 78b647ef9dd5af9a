"""An update under a running page, and a server that goes away and comes back under an open one."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Browser, Page, Route, WebSocket, expect

from benchmarks.support.fault_proxy import FaultProxy, Mode
from benchmarks.support.waiting import wait_until
from lookout.server.api.routes.dashboard import FILES, HEADERS
from tests.support.dashboard import SLOW_MS, Site, open_page, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.data, pytest.mark.slow]

WORDS = "The server does not answer. What is here is old"
OFF_AND_ON = """words => {
  window.told = [];
  new MutationObserver(() => {
    const away = document.querySelector("main").textContent.includes(words);
    if ((window.told.at(-1)?.away ?? false) !== away) {
      window.told.push({away, at: performance.now()});
    }
  }).observe(document.body, {childList: true, subtree: true});
}"""
"""Notes when the page says that the server is away, and when it no longer does."""


@pytest.fixture
def proxied(browser: Browser, site: Site) -> Iterator[tuple[Page, FaultProxy]]:
    """A page of its own, whose connections a proxy can cut."""
    proxy = FaultProxy(urlparse(site.address).port or 0)
    away = Site(site.server, site.folder, site.scene)
    page = signed_in(browser, away, address=f"http://127.0.0.1:{proxy.port}", locale="en-GB")
    yield page, proxy
    page.context.close()
    proxy.set(Mode.CUT)


def test_a_server_that_comes_back_is_live_within_two_seconds(
    proxied: tuple[Page, FaultProxy],
) -> None:
    page, proxy = proxied
    pictures = live_pictures(page)
    open_page(page, "now")
    page.evaluate(OFF_AND_ON, WORDS)
    proxy.set(Mode.CUT)
    expect(page.get_by_text(WORDS)).to_be_visible()
    expect(page.get_by_role("img", name="Live picture of Front door")).to_be_visible()
    pictures.clear()
    with page.expect_response(lambda a: a.url.endswith("/api/v1/cameras") and a.status == 200):
        proxy.set(Mode.PASS)
        back = page.evaluate("performance.now()")
    expect(page.get_by_text(WORDS)).to_have_count(0)
    wait_until(lambda: shown(page, pictures), SLOW_MS / 1000, "a live picture")
    told = page.evaluate("window.told")
    assert [one["away"] for one in told] == [True, False]
    assert told[-1]["at"] - back < 2000


def live_pictures(page: Page) -> list[int]:
    """A list that grows by the size of each live picture."""
    sizes: list[int] = []

    def listen(socket: WebSocket) -> None:
        if socket.url.endswith("/cameras/live"):
            socket.on("framereceived", lambda frame: sizes.append(len(frame)))

    page.on("websocket", listen)
    page.reload()
    return sizes


def shown(page: Page, pictures: list[int]) -> bool:
    page.evaluate("0")  # Playwright tells of what has happened while it is asked
    return bool(pictures)


@pytest.fixture
def previous_build(tmp_path: Path) -> Path:
    """A build like the one of now whose parts have other names."""
    names = {file.name: f"{file.stem}-before{file.suffix}" for file in (FILES / "assets").iterdir()}
    (tmp_path / "assets").mkdir()
    for file in (*(FILES / "assets").iterdir(), FILES / "index.html"):
        text = file.read_text(encoding="utf-8")
        for new, old in names.items():
            text = text.replace(new, old)
        place = tmp_path / file.relative_to(FILES).parent / names.get(file.name, file.name)
        place.write_text(text, encoding="utf-8")
    return tmp_path


def test_an_update_under_a_running_page_brings_the_new_one(
    browser: Browser, site: Site, previous_build: Path
) -> None:
    """A page of the build before asks for a part that is gone: 404, and no white page."""

    def before(route: Route) -> None:
        path = urlparse(route.request.url).path.lstrip("/") or "index.html"
        kind = mimetypes.guess_type(path)[0]
        body = (previous_build / path).read_bytes()
        route.fulfill(body=body, headers={**HEADERS, "Content-Type": kind or ""})

    context = browser.new_context(base_url=f"{site.address}/", locale="en-GB")
    old = (f"{site.address}/", f"{site.address}/assets/*")
    for address in old:
        context.route(address, before)
    page = signed_in(browser, site, context=context)
    assert "-before" in page.content()
    for address in old:
        context.unroute(address)
    missing: list[int] = []
    page.on("response", lambda a: missing.append(a.status) if "-before" in a.url else None)
    with page.expect_event("load"):
        page.get_by_role("link", name="Search").click()
    expect(page.get_by_role("heading", level=1, name="Search")).to_be_visible()
    assert 404 in missing
    assert "-before" not in page.content()
    context.close()
