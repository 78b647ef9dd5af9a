"""Saying "this is not Ada" and "ignore this person", by the buttons and by the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from benchmarks.support.programs import Program, status_of
from benchmarks.system.faults.stage import Laboratory
from tests.support.page import address_of, start_page

pytestmark = [pytest.mark.browser, pytest.mark.data]

ADA = "Ada Lovelace"  # under which the demo's portrait is enrolled, and who it is not
SLOW_MS = 60_000.0
NOT_ADA = "Not Ada? This is not Ada Lovelace."
TOUCH_PX = 44


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("corrections")


@pytest.fixture(scope="module")
def edge(weights: None, folder: Path) -> Iterator[Program]:
    with (
        Laboratory(folder, ("--detector", "yunet"), ADA) as server,
        start_page(folder / "edge", server.server.port) as edge,
    ):
        yield edge


@pytest.fixture(autouse=True)
def nothing_said(folder: Path) -> Iterator[None]:
    yield
    (folder / "encodings.negatives.json").unlink(missing_ok=True)


@contextmanager
def opened(browser: Browser, edge: Program, width: int) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": width, "height": 844}, has_touch=width < 500)
    try:
        page.goto(address_of(edge))
        yield page
    finally:
        page.close()


def shown(page: Page, state: str, words: str) -> None:
    expect(page.locator(f"#faces .{state} .who")).to_have_text(words, timeout=SLOW_MS)


def test_a_wrong_name_goes_and_undo_brings_it_back(browser: Browser, edge: Program) -> None:
    held: list[Route] = []
    with opened(browser, edge, width=390) as page:
        shown(page, "known", ADA)
        button = page.get_by_role("button", name=NOT_ADA)
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= TOUCH_PX

        page.route("**/correction", lambda route: held.append(route), times=1)
        button.tap()
        expect(page.locator("#note-words")).to_have_text("Telling the server…", timeout=SLOW_MS)
        # a second tap must not hit the button that takes the place of the first
        expect(page.locator("#faces button:visible")).to_have_count(0, timeout=SLOW_MS)
        held[0].continue_()

        note = page.get_by_role("status").filter(has_text=f"this is not {ADA}")
        expect(note).to_be_visible(timeout=SLOW_MS)
        expect(note).to_contain_text("people remove 'Ada Lovelace' portrait.jpg")
        shown(page, "unknown", "Unknown")
        assert {face["name"] for face in status_of(edge.port)["faces"]} <= {None}

        page.get_by_role("button", name="Undo").tap()
        expect(page.locator("#note-words")).to_contain_text("Taken back", timeout=SLOW_MS)
        expect(page.get_by_role("button", name="Undo")).to_be_hidden()
        shown(page, "known", ADA)


def test_a_stranger_is_ignored_by_the_keyboard_alone(browser: Browser, edge: Program) -> None:
    with opened(browser, edge, width=1280) as page, opened(browser, edge, width=1280) as other:
        shown(page, "known", ADA)
        page.get_by_role("button", name=NOT_ADA).press("Enter", timeout=SLOW_MS)
        expect(page.get_by_role("button", name="Undo")).to_be_focused(timeout=SLOW_MS)

        other.get_by_role("button", name="Ignore: Unknown").press("Enter", timeout=SLOW_MS)
        expect(other.get_by_role("button", name="Undo")).to_be_focused(timeout=SLOW_MS)
        shown(other, "ignored", "Ignored")
        expect(other.locator("#faces button:visible")).to_have_count(0)
        other.keyboard.press("Enter")
        shown(other, "unknown", "Unknown")


def test_when_there_is_no_answer_the_person_is_told(browser: Browser, edge: Program) -> None:
    with opened(browser, edge, width=1280) as page:
        page.route("**/correction", lambda route: route.abort())
        page.get_by_role("button", name=NOT_ADA).click(timeout=SLOW_MS)
        expect(page.locator("#note-words")).to_contain_text("No answer", timeout=SLOW_MS)
        expect(page.get_by_role("button", name="Undo")).to_be_hidden()
        shown(page, "known", ADA)
