"""The live page in headless Chromium, with the real server and the real edge behind it.

The camera is the built-in demo: it pans over the public-domain portrait of Eileen Collins.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from playwright.sync_api import Browser, Page, expect

from lookout.edge.cameras.demo import portrait
from tests.support.programs import FPS, Edge, Server, enrol, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.data, pytest.mark.usefixtures("weights")]

EILEEN = "Eileen Collins"
BANNER_WITHIN_S = 10.0
NAMES_WITHIN_S = 20.0
"""On a quiet machine 0.3 s and 0.6 s; `benchmarks.faults` holds them to 1 s and 2 s. Here, with
Chromium and whatever else on two cores, a page is looked for that does not notice at all."""
SLOW_MS = 60_000.0


@pytest.fixture(scope="module")
def server(weights: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has learnt Eileen Collins from the still portrait."""
    server = enrol(tmp_path_factory.mktemp("server"), EILEEN)
    server.listen()
    yield server
    server.end()


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Iterator[Edge]:
    edge = Edge(tmp_path_factory.mktemp("edge"), "demo", server.port)
    edge.serve()
    yield edge
    edge.end()


@pytest.fixture
def page(browser: Browser, edge: Edge) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 480, "height": 800})
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(edge.address)
    assert page.url.endswith("/video_feed_page")
    yield page
    page.close()
    assert troubles == []


def names(page: Page) -> list[str]:
    return page.locator("#faces .who").all_inner_texts()


def test_the_page_shows_moving_pictures_with_a_name(page: Page) -> None:
    feed = page.locator("#feed")
    expect(page.locator("#faces .known .who")).to_have_text(EILEEN, timeout=SLOW_MS)
    expect(page.locator("#banner")).to_be_hidden()
    first = feed.screenshot()
    wait_for(lambda: feed.screenshot() != first, 10.0, "a picture that differs")


@pytest.mark.data
def test_the_button_makes_a_file_of_the_plain_picture(
    browser: Browser, server: Server, tmp_path: Path, data: Path
) -> None:
    scene = tmp_path / "scene"
    scene.mkdir()
    picture = cv2.imread(str(data / "families" / "Family1-Dad1.jpg"))
    assert picture is not None
    cv2.imwrite(str(scene / "dad.png"), picture)
    edge = Edge(tmp_path, str(scene), server.port)
    edge.serve()
    page = browser.new_page()
    try:
        page.goto(edge.address)
        wait_for(lambda: edge.status()["server"]["online"], 30.0, "the server")
        page.get_by_label("Name").fill("  Zoë  Müller ")
        page.get_by_role("button", name="Capture").click()
        expect(page.locator("#verdict-words")).to_contain_text("Zoë Müller", timeout=SLOW_MS)
        files = list((edge.images / "Zoë Müller").iterdir())
        assert [file.suffix for file in files] == [".jpg"]
        photograph = cv2.imread(str(files[0]))
        assert photograph is not None
        assert photograph.shape == picture.shape
    finally:
        page.close()
        edge.end()


def test_the_same_picture_again_is_explained(page: Page) -> None:
    expect(page.locator("#banner")).to_be_hidden(timeout=SLOW_MS)
    page.get_by_label("Name").fill(EILEEN)
    page.get_by_role("button", name="Capture").click()
    expect(page.locator("#verdict-reasons li").first).to_contain_text(
        "almost the same photograph", timeout=SLOW_MS
    )


def test_a_name_that_cannot_be_is_explained(page: Page) -> None:
    page.get_by_label("Name").fill("../up")
    page.get_by_role("button", name="Capture").click()
    expect(page.locator("#verdict-words")).to_contain_text("cannot contain /", timeout=SLOW_MS)


def test_a_poor_shot_is_explained_and_kept_only_when_asked_for(
    browser: Browser, server: Server, tmp_path: Path
) -> None:
    scene = tmp_path / "scene"
    scene.mkdir()
    suit_without_face = cv2.resize(portrait()[320:500, 0:240], (640, 480))
    cv2.imwrite(str(scene / "suit.png"), suit_without_face)
    edge = Edge(tmp_path, str(scene), server.port)
    edge.serve()
    page = browser.new_page()
    try:
        page.goto(edge.address)
        wait_for(lambda: edge.status()["server"]["online"], 30.0, "the server")
        page.get_by_label("Name").fill("Ann")
        page.get_by_role("button", name="Capture").click()
        expect(page.locator("#verdict-reasons li").first).to_contain_text(
            "no face", ignore_case=True, timeout=SLOW_MS
        )
        assert not edge.images.exists()
        page.get_by_role("button", name="Keep anyway").click()
        expect(page.locator("#verdict-words")).to_contain_text("as you asked", timeout=SLOW_MS)
        wait_for(
            lambda: [p.name.endswith("Z.jpg") for p in edge.images.rglob("*.jpg")] == [True],
            30.0,
            "the server to take the photograph",
        )
    finally:
        page.close()
        edge.end()


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP], ids=lambda blow: blow.name)
def test_the_banner_comes_when_the_server_goes_and_goes_when_it_comes(
    page: Page, server: Server, edge: Edge, blow: signal.Signals
) -> None:
    expect(page.locator("#faces .known .who")).to_have_text(EILEEN, timeout=SLOW_MS)
    banner = page.locator("#banner")
    expect(banner).to_be_hidden(timeout=SLOW_MS)

    server.signal(blow)
    gone = time.monotonic()
    banner.wait_for(state="visible", timeout=SLOW_MS)
    banner_s = time.monotonic() - gone
    expect(banner).to_contain_text("Recognition offline")
    wait_for(
        lambda: edge.status()["view"]["fps"] > 0.5 * FPS, 60.0, "the plain picture at full rate"
    )
    assert names(page) == []

    if blow is signal.SIGKILL:
        server.listen()
    else:
        server.signal(signal.SIGCONT)
    back = time.monotonic()
    page.locator("#faces .known .who").wait_for(timeout=SLOW_MS)
    names_s = time.monotonic() - back
    expect(banner).to_be_hidden(timeout=SLOW_MS)
    expect(page.locator("#faces .known .who")).to_have_text(EILEEN, timeout=SLOW_MS)
    sys.stdout.write(f"\n{blow.name}: banner after {banner_s:.2f} s, names after {names_s:.2f} s\n")
    assert banner_s < BANNER_WITHIN_S
    assert names_s < NAMES_WITHIN_S
