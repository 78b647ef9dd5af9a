"""The work that is done with the dashboard, and the whole story of a new user."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.support.waiting import wait_until
from tests.support.dashboard import PASSWORD, SLOW_MS, Site, open_page, open_site, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.data, pytest.mark.slow]


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


def clusters(site: Site) -> set[str]:
    return {stranger["cluster"] for stranger in site.strangers()}


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


def test_a_sighting_says_why_nobody_was_told_of_it(page: Page, site: Site) -> None:
    staff = site.call("POST", "watchlists", json={"name": "Staff", "kind": "allow"})["id"]
    body = {
        "name": "Only of the staff",
        "who": {"kind": "list", "lists": [staff]},
        "what": {"kind": "appears"},
    }
    rule = site.call("POST", "rules", json=body)["id"]
    sighting = site.call("GET", "sightings?state=known")["items"][-1]["id"]
    open_page(page, f"sightings/{sighting}")
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Why was I told, or not?").click()
    answer = dialog.get_by_role("listitem").filter(has_text="Only of the staff")
    expect(answer).to_contain_text("did not tell")
    (words,) = [
        one["words"]
        for one in site.call("GET", f"alerts/explain?sighting={sighting}")["rules"]
        if one["rule"] == rule
    ]
    expect(answer).to_contain_text(words)
    site.call("DELETE", f"rules/{rule}")
    site.call("DELETE", f"watchlists/{staff}")


def test_an_ignored_face_comes_back_before_it_is_done_and_after(page: Page, site: Site) -> None:
    open_page(page, "unknown")
    before = clusters(site)
    faces = page.get_by_role("article")
    expect(faces).to_have_count(len(before))
    count = len(before)
    ignore(page)
    expect(faces).to_have_count(count - 1)
    page.locator("main h1").focus()
    page.keyboard.press("u")
    expect(faces).to_have_count(count)
    assert before <= clusters(site)
    ignore(page)
    page.reload()  # what was to be done is done when the page is left
    wait_until(lambda: not before <= clusters(site), SLOW_MS / 1000, "one stranger less")
    page.goto("/#/unknown")
    page.get_by_text("1 ignored face").click()
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("No longer ignored.")).to_be_visible()
    assert [one for one in site.call("GET", "rejections") if one["ignored"]] == []


def ignore(page: Page) -> None:
    page.locator("main h1").focus()
    page.keyboard.press("x")
    page.get_by_role("dialog").get_by_role("button", name="Nobody I care about").click()


def test_two_entries_of_one_person_become_one_and_two_again(
    page: Page, site: Site, families: Path
) -> None:
    twice = site.enrol("Bobby Hale", families / "Family1-Dad3.jpg")
    open_page(page, f"people/{twice}")
    page.get_by_role("button", name="Merge").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="The same person as").fill("Robert")
    dialog.get_by_role("option", name="Robert Hale").click()
    dialog.get_by_role("button", name="They are the same person").click()
    expect(page.get_by_role("heading", level=1, name="Robert Hale")).to_be_visible()
    expect(page.get_by_role("button", name="Photograph,")).to_have_count(3)
    page.get_by_role("button", name="They are two people").click()
    expect(page.get_by_text("Bobby Hale is there again.")).to_be_visible()
    expect(page.get_by_role("button", name="Photograph,")).to_have_count(2)
    open_page(page, f"people/{twice}")
    expect(page.get_by_role("heading", level=1, name="Bobby Hale")).to_be_visible()
    site.call("DELETE", f"people/{twice}")


def test_somebody_who_is_looked_for_needs_one_photograph(
    page: Page, site: Site, families: Path
) -> None:
    missing = site.call("POST", "watchlists", json={"name": "Missing", "kind": "alert"})["id"]
    open_page(page, "alerts/watchlists")
    card = page.get_by_role("listitem").filter(
        has=page.get_by_role("heading", name="Missing", exact=True)
    )
    card.get_by_text("Somebody who is not known yet").click()
    card.get_by_label("Name").fill("Nora Lind")
    card.locator("input[type=file]").set_input_files(families / "Family2-Lady1.jpg")
    card.get_by_role("button", name="Put on the list").click()
    expect(page.get_by_text("Nora Lind is on the list.")).to_be_visible()
    expect(card.get_by_role("link", name="Nora Lind")).to_be_visible()
    (person,) = site.call("GET", "people?text=Nora")["items"]
    page.get_by_role("button", name="Undo").click()
    expect(card.get_by_role("link", name="Nora Lind")).to_have_count(0)
    assert site.call("GET", f"watchlists/{missing}")["people"] == []
    assert person["id"] not in [one["id"] for one in site.call("GET", "people")["items"]]
    site.call("DELETE", f"watchlists/{missing}")


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
    expect(page.get_by_text("Zoe Angstrom is forgotten.")).to_be_visible()
    assert page.url.endswith("/#/people")
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
    alert = site.call("GET", "alerts?state=acknowledged")["items"][0]
    page.goto(f"/alerts?alert={alert['id']}")  # as the link in a message leads
    expect(dialog.get_by_role("heading", name=alert["title"])).to_be_visible()
    expect(dialog.get_by_text("Anybody at all")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    site.show(*(families / path.name for path in passing))


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
    """First password → camera → rule → unknown person → named → recognized → alert → "Not Robert" →
    taken back → found by a photograph → forgotten."""
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
            want_to_be_told_of_everybody_known(page)
            open_page(page, "welcome")
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
            open_page(page, "alerts")
            told = page.get_by_role("article").filter(has_text="Robert").first
            expect(told).to_be_visible()
        # nobody is before the camera any more: what is put right now stays so
        told.get_by_role("link", name="Why?").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="Not Robert").click()
        expect(dialog.get_by_role("heading", name="Unknown")).to_be_visible()
        dialog.get_by_role("button", name="It was right after all").click()
        expect(dialog.get_by_role("heading", name="Robert")).to_be_visible()
        open_page(page, "search")
        page.locator("input[type=file]").set_input_files(families / "Family1-Dad2.jpg")
        expect(page.get_by_text("of this face")).to_be_visible()
        open_page(page, "people")
        page.get_by_role("link", name="Robert").click()
        page.get_by_role("button", name="Forget").click()
        dialog.get_by_role("button", name="Forget").click()
        expect(page.get_by_role("heading", level=1, name="People")).to_be_visible()
        assert site.call("GET", "people")["items"] == []
        assert site.call("GET", "sightings?state=known")["items"] == []
        page.close()


def want_to_be_told_of_everybody_known(page: Page) -> None:
    open_page(page, "alerts/rules")
    page.get_by_role("button", name="Add a rule").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Who comes")
    dialog.get_by_label("Who", exact=True).select_option("known")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Who comes")).to_be_visible()
