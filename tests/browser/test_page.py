"""The live page in headless Chromium, with the real server and the real edge behind it.

The camera is the built-in demo: it pans over the public-domain portrait of Eileen Collins.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.support.programs import Program, status_of
from benchmarks.support.waiting import wait_until
from benchmarks.system.faults.stage import ASTRONAUT, Laboratory
from lookout.edge.cameras.demo import portrait
from tests.support.page import FPS, address_of, start_page
from tests.support.portraits import read_image

pytestmark = [pytest.mark.browser, pytest.mark.data, pytest.mark.usefixtures("weights")]

SLOW_MS = 60_000.0
"""How long anything may take before it counts as never; `benchmarks.faults` holds the times."""


@pytest.fixture(scope="module")
def server(weights: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """A server that has learnt Eileen Collins from the still portrait."""
    with Laboratory(tmp_path_factory.mktemp("server"), ("--detector", "yunet")) as server:
        yield server


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory, server: Laboratory) -> Iterator[Program]:
    with start_page(tmp_path_factory.mktemp("edge"), server.server.port) as edge:
        yield edge


@pytest.fixture
def page(browser: Browser, edge: Program) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 480, "height": 800})
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(address_of(edge))
    assert page.url.endswith("/video_feed_page")
    yield page
    page.close()
    assert troubles == []


def names(page: Page) -> list[str]:
    return page.locator("#faces .who").all_inner_texts()


def test_the_page_shows_moving_pictures_with_a_name(page: Page) -> None:
    feed = page.locator("#feed")
    expect(page.locator("#faces .known .who")).to_have_text(ASTRONAUT, timeout=SLOW_MS)
    expect(page.locator("#banner")).to_be_hidden()
    first = feed.screenshot()
    wait_until(lambda: feed.screenshot() != first, 60.0, "a picture that differs")


@pytest.mark.data
def test_the_button_makes_a_file_of_the_plain_picture(
    browser: Browser, server: Laboratory, tmp_path: Path, data: Path
) -> None:
    scene = tmp_path / "scene"
    scene.mkdir()
    picture = read_image(data / "families" / "Family1-Dad1.jpg")
    cv2.imwrite(str(scene / "dad.png"), picture)
    page = browser.new_page()
    with (
        contextlib.closing(page),
        start_page(tmp_path, server.server.port, str(scene)) as edge,
    ):
        page.goto(address_of(edge))
        wait_until(lambda: status_of(edge.port)["server"]["online"], 60.0, "the server")
        page.get_by_label("Name").fill("  Zoë  Müller ")
        page.get_by_role("button", name="Capture").click()
        expect(page.locator("#verdict-words")).to_contain_text("Zoë Müller", timeout=SLOW_MS)
        files = list(((tmp_path / "images") / "Zoë Müller").iterdir())
        assert [file.suffix for file in files] == [".jpg"]
        photograph = read_image(files[0])
        assert photograph.shape == picture.shape


def test_the_same_picture_again_is_explained(
    browser: Browser, server: Laboratory, tmp_path: Path
) -> None:
    scene = tmp_path / "scene"
    scene.mkdir()
    cv2.imwrite(str(scene / "still.png"), portrait())  # what was learnt; the demo moves and zooms
    page = browser.new_page()
    with (
        contextlib.closing(page),
        start_page(tmp_path, server.server.port, str(scene)) as edge,
    ):
        page.goto(address_of(edge))
        expect(page.locator("#faces .known .who")).to_have_text(ASTRONAUT, timeout=SLOW_MS)
        wait_until(
            lambda: judged(page, ASTRONAUT), SLOW_MS / 1000, "the server to judge a photograph"
        )
        expect(page.locator("#verdict-reasons li").first).to_contain_text(
            "almost the same photograph"
        )


def judged(page: Page, name: str) -> bool:
    """Captures a photograph; False where a busy server has not judged it in time."""
    page.get_by_label("Name").fill(name)
    with page.expect_response(lambda one: one.request.method == "POST", timeout=SLOW_MS) as answer:
        page.get_by_role("button", name="Capture").click()
    outcome: str = answer.value.json()["outcome"]
    return outcome != "unchecked"


def test_a_name_that_cannot_be_is_explained(page: Page) -> None:
    page.get_by_label("Name").fill("../up")
    page.get_by_role("button", name="Capture").click()
    expect(page.locator("#verdict-words")).to_contain_text("cannot contain /", timeout=SLOW_MS)


def test_a_poor_shot_is_explained_and_kept_only_when_asked_for(
    browser: Browser, server: Laboratory, tmp_path: Path
) -> None:
    scene = tmp_path / "scene"
    scene.mkdir()
    suit_without_face = cv2.resize(portrait()[320:500, 0:240], (640, 480))
    cv2.imwrite(str(scene / "suit.png"), suit_without_face)
    page = browser.new_page()
    with (
        contextlib.closing(page),
        start_page(tmp_path, server.server.port, str(scene)) as edge,
    ):
        page.goto(address_of(edge))
        wait_until(lambda: status_of(edge.port)["server"]["online"], 60.0, "the server")
        page.get_by_label("Name").fill("Ann")
        page.get_by_role("button", name="Capture").click()
        expect(page.locator("#verdict-reasons li").first).to_contain_text(
            "no face", ignore_case=True, timeout=SLOW_MS
        )
        assert not (tmp_path / "images").exists()
        page.get_by_role("button", name="Keep anyway").click()
        expect(page.locator("#verdict-words")).to_contain_text("as you asked", timeout=SLOW_MS)
        wait_until(
            lambda: len(list((tmp_path / "images").rglob("*Z.jpg"))) == 1,
            60.0,
            "the server to take the photograph",
        )


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP], ids=lambda blow: blow.name)
def test_the_banner_comes_when_the_server_goes_and_goes_when_it_comes(
    page: Page, server: Laboratory, edge: Program, blow: signal.Signals
) -> None:
    expect(page.locator("#faces .known .who")).to_have_text(ASTRONAUT, timeout=SLOW_MS)
    banner = page.locator("#banner")
    expect(banner).to_be_hidden(timeout=SLOW_MS)

    stopped = server.server
    stopped.signal(blow)
    banner.wait_for(state="visible", timeout=SLOW_MS)
    expect(banner).to_contain_text("Recognition offline")
    wait_until(
        lambda: status_of(edge.port)["view"]["fps"] > 0.5 * FPS,
        60.0,
        "the plain picture at full rate",
    )
    assert names(page) == []

    if blow is signal.SIGKILL:
        stopped.stop()
        server.start_server()
    else:
        stopped.signal(signal.SIGCONT)
    page.locator("#faces .known .who").wait_for(timeout=SLOW_MS)
    expect(banner).to_be_hidden(timeout=SLOW_MS)
    expect(page.locator("#faces .known .who")).to_have_text(ASTRONAUT, timeout=SLOW_MS)
