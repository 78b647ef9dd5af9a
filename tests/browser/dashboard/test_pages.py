"""No page of the dashboard shuts anybody out, and none offers what would be refused."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.dashboard import (
    AXE,
    DESKTOP,
    PASSWORD,
    PHONE,
    Site,
    open_page,
    signed_in,
    violations,
)

pytestmark = [pytest.mark.browser, pytest.mark.data, pytest.mark.slow]

PLACES = (
    "now",
    "people",
    "unknown",
    "sightings",
    "alerts",
    "alerts/rules",
    "alerts/watchlists",
    "alerts/channels",
    "search",
    "map",
    "map/areas",
    "map/ways",
    "map/heat",
    "map/flow",
    "cameras",
    "system",
    "system/jobs",
    "system/users",
    "system/keys",
    "system/audit",
    "welcome",
)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("place", PLACES)
def test_no_page_shuts_anybody_out(visited: Page, place: str, size: tuple[int, int]) -> None:
    if not AXE.exists():
        pytest.skip("axe is not here: `make dashboard` installs it")
    visited.set_viewport_size({"width": size[0], "height": size[1]})
    open_page(visited, place)
    assert violations(visited) == []
    beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert visited.evaluate(beyond) <= 0, "the page is wider than the screen"


def test_a_viewer_is_offered_nothing_that_would_be_refused(browser: Browser, site: Site) -> None:
    given = {"username": "vera", "password": PASSWORD, "role": "viewer"}
    site.call("POST", "users", json=given)
    page = signed_in(browser, site, username="vera")
    refused: list[str] = []
    page.on(
        "response",
        lambda answer: refused.append(answer.url) if answer.status == 403 else None,
    )
    person = site.call("GET", "people")["items"][0]["id"]
    sighting = site.call("GET", "sightings")["items"][0]["id"]
    for place in (*PLACES[:6], f"people/{person}", f"sightings/{sighting}", "cameras", "system"):
        open_page(page, place)
        for words in ("Add a person", "Forget", "Rename", "Delete", "Nobody I care about", "Add"):
            expect(page.get_by_role("button", name=words, exact=True)).to_have_count(0)
    assert refused == []
    page.context.close()
