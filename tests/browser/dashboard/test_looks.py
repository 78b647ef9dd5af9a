"""What people set up in their browser or system: twice the size, no motion, right to left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from benchmarks.support.waiting import wait_until
from tests.support.dashboard import DESKTOP, GO, PHONE, SLOW_MS, open_page

pytestmark = [pytest.mark.browser, pytest.mark.data, pytest.mark.slow]

PLACES = ("now", "people", "unknown", "sightings", "alerts", "alerts/rules", "search", "map/heat",
          "cameras", "system", "system/users")  # fmt: skip
ZOOMED = (DESKTOP[0] // 2, DESKTOP[1] // 2)
"""A browser's 200 % halves what the page has to stand in."""
BEYOND = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CUT = """() => [...document.querySelectorAll("body *")].filter((one) => {
  const style = getComputedStyle(one);
  const clips = /hidden|clip/.test(style.overflowX) || /hidden|clip/.test(style.overflowY);
  if (!clips || style.position === "absolute" || style.textOverflow === "ellipsis") return false;
  return one.innerText?.trim() && (one.scrollWidth > one.clientWidth + 1 ||
    one.scrollHeight > one.clientHeight + 1);
}).map((one) => one.outerHTML.slice(0, 200))"""
"""Elements that hide a part of their words. Left out: names that end in dots, which may be of any
length, and words for screen readers."""
MOVING = """document.getAnimations().filter((one) =>
  one.playState === "running" && one.effect.getComputedTiming().duration > 1).length"""
"""Animations that can be seen: to whoever asks for less motion, changes take a hundredth of a
millisecond."""


def resized(page: Page, place: str, size: tuple[int, int]) -> None:
    """Gives the page another size, and waits until nothing stands out at its side: lists measure
    themselves anew only after that."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    fits = f"{place} to be no wider than {size[0]} pixels"
    wait_until(lambda: page.evaluate(BEYOND) <= 0, SLOW_MS / 1000, fits)


@pytest.fixture
def mirrored(visited: Page) -> Iterator[Page]:
    """The page as a language that is written from right to left would have it."""
    visited.evaluate("document.documentElement.dir = 'rtl'")
    yield visited
    visited.evaluate("document.documentElement.removeAttribute('dir')")


def test_at_twice_the_size_no_page_scrolls_sideways_or_cuts_words(visited: Page) -> None:
    for place in PLACES:
        open_page(visited, place)
        resized(visited, place, ZOOMED)
        wait_until(lambda: visited.evaluate(CUT) == [], SLOW_MS / 1000, f"{place} to cut no words")


def test_written_from_right_to_left_no_page_scrolls_sideways(mirrored: Page) -> None:
    for place in PLACES:
        open_page(mirrored, place)
        for size in (DESKTOP, PHONE):
            resized(mirrored, place, size)


def test_written_from_right_to_left_the_pages_are_at_the_right(mirrored: Page) -> None:
    open_page(mirrored, "now")
    pages = mirrored.get_by_role("navigation", name="Pages").bounding_box()
    content = mirrored.locator("main").bounding_box()
    assert pages is not None
    assert content is not None
    assert pages["x"] >= content["x"] + content["width"] - 1


def test_nothing_moves_where_less_motion_is_asked_for(page: Page) -> None:
    """While a list is awaited a ring turns; not so for whoever asks for less motion."""
    held: list[Route] = []
    page.route("**/api/v1/audit*", lambda route: held.append(route))
    page.evaluate(GO, "#/system/audit")
    expect(page.get_by_text("Loading …")).to_be_visible()
    assert page.evaluate(MOVING) > 0
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(MOVING) == 0
    for route in held:
        route.continue_()
    page.unroute("**/api/v1/audit*")
    for place in ("now", "alerts", "map"):
        open_page(page, place)
        assert page.evaluate(MOVING) == 0, place
    page.emulate_media(reduced_motion="no-preference")
