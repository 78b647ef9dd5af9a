"""The dashboard in headless Chromium: the real server, a real edge, photographs of real people."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, WebSocket, expect

from benchmarks.support.waiting import wait_until
from tests.support.dashboard import (
    AXE,
    PASSWORD,
    SLOW_MS,
    Site,
    foreign_requests,
    open_page,
    open_site,
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
    "cameras",
    "system",
    "system/jobs",
    "system/users",
    "system/keys",
    "system/audit",
    "welcome",
)
DESKTOP, PHONE = (1440, 900), (360, 740)


@pytest.fixture(scope="module")
def families(data: Path) -> Path:
    return data / "families"


@pytest.fixture(scope="module")
def site(weights: None, families: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Robert is known; he, a woman and a girl pass by the camera."""
    with open_site(tmp_path_factory.mktemp("dashboard")) as site:
        site.choose_password()
        site.show(*(families / f"Family1-{who}.jpg" for who in ("Dad3", "Mom1", "Daughter1")))
        site.enrol("Robert Hale", families / "Family1-Dad1.jpg", families / "Family1-Dad2.jpg")
        with site.edge():
            site.wait_for_strangers(2)
            yield site


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    expect.set_options(timeout=SLOW_MS)
    yield
    expect.set_options(timeout=5000.0)


@dataclass
class Watch:
    """What must not happen on a page: nothing fails, nothing is asked of anybody else, and nothing
    breaks the policy."""

    page: Page
    troubles: list[str]

    @classmethod
    def over(cls, page: Page) -> Watch:
        watch = cls(page, foreign_requests(page))
        page.on("pageerror", lambda error: watch.troubles.append(str(error)))
        page.on("console", watch._heard)
        return watch

    def _heard(self, said: ConsoleMessage) -> None:
        if "Content Security Policy" in said.text:
            self.troubles.append(said.text)


@pytest.fixture(scope="module")
def watch(browser: Browser, site: Site) -> Iterator[Watch]:
    """One page for all tests: to sign in and to load the application takes longer than they."""
    page = signed_in(browser, site, viewport={"width": 1440, "height": 900}, locale="en-GB")
    yield Watch.over(page)
    page.context.close()


@pytest.fixture
def visited(watch: Watch) -> Iterator[Page]:
    """The page as the test before has left it."""
    watch.page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    yield watch.page
    assert watch.troubles == []


@pytest.fixture
def page(visited: Page) -> Page:
    """The page loaded anew: no dialog is open, and nothing is asked."""
    visited.goto("about:blank")
    visited.goto("/")
    visited.get_by_role("navigation").first.wait_for()
    return visited


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


def clusters(site: Site) -> set[str]:
    return {stranger["cluster"] for stranger in site.strangers()}


HIDE = """() => {
  Object.defineProperty(document, "hidden", {value: true, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""
SHOW = """() => {
  Object.defineProperty(document, "hidden", {value: false, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_a_stranger_is_named_and_taken_back_by_the_keyboard_alone(page: Page, site: Site) -> None:
    open_page(page, "unknown")
    expect(page.get_by_role("status").filter(has_text="people without a name")).to_be_visible()
    before = clusters(site)
    page.keyboard.press("n")
    page.keyboard.type("Grace Hopper")
    expect(page.get_by_role("option", name="Grace Hopper")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("This is Grace Hopper.")).to_be_visible()
    assert len(before - clusters(site)) == 1
    page.locator("main h1").focus()
    page.keyboard.press("u")
    expect(page.get_by_text("This is Grace Hopper.")).to_be_hidden()
    wait_until(lambda: before <= clusters(site), SLOW_MS / 1000, "the stranger to be back")
    names = [person["name"] for person in site.call("GET", "people")["items"]]
    assert "Grace Hopper" not in names


def test_a_wrong_name_is_rejected_and_taken_back(page: Page, site: Site) -> None:
    sighting = site.call("GET", "sightings?state=known")["items"][-1]["id"]  # it is over
    open_page(page, f"sightings/{sighting}")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("votes up to here")).to_be_visible()
    dialog.get_by_role("button", name="Not Robert Hale").click()
    expect(dialog.get_by_role("heading", name="Unknown")).to_be_visible()
    assert site.call("GET", f"sightings/{sighting}")["person"] is None
    dialog.get_by_role("button", name="It was right after all").click()
    expect(dialog.get_by_role("heading", name="Robert Hale")).to_be_visible()
    assert site.call("GET", f"sightings/{sighting}")["name"] == "Robert Hale"


def test_a_face_is_found_by_a_photograph(page: Page, families: Path) -> None:
    open_page(page, "search")
    page.locator("input[type=file]").set_input_files(families / "Family1-Dad2.jpg")
    expect(page.get_by_text("of this face")).to_be_visible()
    expect(page.get_by_role("main").get_by_text("Front door").first).to_be_visible()


def test_a_person_comes_with_photographs_and_goes_for_good(
    page: Page, site: Site, families: Path
) -> None:
    open_page(page, "people")
    page.get_by_role("button", name="Add a person").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Zoë Ångström")
    dialog.locator("input[type=file]").set_input_files(families / "Family2-Lady1.jpg")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Zoë Ångström")).to_be_visible()
    expect(page.get_by_role("button", name="Photograph,")).to_have_count(1)
    page.get_by_role("button", name="Rename").click()
    dialog.get_by_label("Name").fill("Zoe Angstrom")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1, name="Zoe Angstrom")).to_be_visible()
    page.get_by_role("button", name="Forget").click()
    dialog.get_by_role("button", name="Forget").click()
    expect(page.get_by_role("heading", level=1, name="People")).to_be_visible()
    names = [person["name"] for person in site.call("GET", "people")["items"]]
    assert "Zoe Angstrom" not in names


def test_a_rule_is_written_tried_and_tells(page: Page, site: Site, families: Path) -> None:
    open_page(page, "alerts/rules")
    page.get_by_role("button", name="Add a rule").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Anybody at all")
    dialog.get_by_label("Who", exact=True).select_option("anyone")
    expect(dialog.get_by_text("Anybody appears.")).to_be_visible()
    dialog.get_by_role("button", name="Try on the last 7 days").click()
    expect(dialog.get_by_text("It would have told you")).to_be_visible()
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Anybody at all")).to_be_visible()
    passing = [site.scene / path.name for path in site.scene.iterdir()]
    site.show(families / "Family2-Lady2.jpg")  # somebody new comes
    page.get_by_role("tab", name="Alerts").click()
    seen = page.get_by_role("button", name="I have seen it").first
    seen.press("Enter", timeout=SLOW_MS)
    expect(page.get_by_text("seen by admin").first).to_be_visible()
    site.show(*(families / path.name for path in passing))


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


def test_the_sign_in_lasts_for_a_new_tab_and_ends_in_all_of_them(
    browser: Browser, site: Site
) -> None:
    with contextlib.closing(signed_in(browser, site).context) as context:
        other = context.new_page()
        other.goto("/")
        expect(other.get_by_role("heading", level=1, name="Now")).to_be_visible()
        assert other.evaluate("document.cookie") == ""
        other.get_by_role("button", name="admin").click()
        other.get_by_role("button", name="Sign out", exact=True).click()
        expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
        other.reload()
        expect(other.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_new_user_finds_the_way(
    browser: Browser, families: Path, tmp_path: Path, weights: None
) -> None:
    """First password → camera → unknown person → named → recognized → forgotten."""
    with open_site(tmp_path) as site:
        site.show(families / "Family1-Dad1.jpg", families / "Family1-Dad3.jpg")
        page = browser.new_page(base_url=f"{site.address}/")
        page.set_default_timeout(SLOW_MS)
        page.goto("/")
        page.get_by_label("User name").fill("admin")
        page.get_by_label("Password").fill(site.first_password())
        page.get_by_role("button", name="Sign in").click()
        page.get_by_label("Password so far").fill(site.first_password())
        page.get_by_label("New password", exact=True).fill(PASSWORD)
        page.get_by_label("New password, once more").fill(PASSWORD)
        page.get_by_role("button", name="Change the password").click()
        expect(page.get_by_role("heading", level=1, name="Welcome to Lookout")).to_be_visible()
        with site.edge():
            expect(page.get_by_text("A camera sends pictures.")).to_be_visible()
            page.get_by_role("link", name="Name a face that was seen").click()
            field = page.get_by_label("Who is this?").first
            field.fill("Robert")
            page.get_by_role("option", name="Robert").click()
            expect(page.get_by_text("This is Robert.")).to_be_visible()
            open_page(page, "people")
            page.get_by_role("link", name="Robert").click()
            expect(page.get_by_role("heading", level=1, name="Robert")).to_be_visible()
            expect(page.get_by_role("button", name="Photograph,").first).to_be_visible()
            open_page(page, "now")
            expect(page.locator("canvas + ul li", has_text="Robert")).to_be_visible()
        page.close()
