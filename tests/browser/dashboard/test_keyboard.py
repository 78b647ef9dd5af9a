"""Where the focus is: in a dialog, after it, and on a tab that was chosen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.dashboard import Site, open_page

pytestmark = [pytest.mark.browser, pytest.mark.data, pytest.mark.slow]

LEFT = "field => field.dispatchEvent(new Event('cancel', {bubbles: true}))"
"""What a browser tells a field for files whose window was closed without a choice."""


def robert(site: Site) -> str:
    person: str = site.call("GET", "people?text=Robert")["items"][0]["id"]
    return person


def test_escape_closes_the_uppermost_dialog_alone_and_the_focus_goes_back(
    page: Page, site: Site
) -> None:
    open_page(page, f"people/{robert(site)}")
    photograph = page.get_by_role("button", name="Photograph,").first
    photograph.press("Enter")
    dialogs = page.get_by_role("dialog")
    delete = dialogs.get_by_role("button", name="Delete", exact=True)
    delete.press("Enter")
    expect(page.get_by_role("heading", name="Delete this photograph?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialogs).to_have_count(1)
    expect(delete).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialogs).to_have_count(0)
    expect(photograph).to_be_focused()


def test_a_dialog_stays_open_when_no_file_was_chosen(page: Page) -> None:
    open_page(page, "people")
    page.get_by_role("button", name="Add a person").first.press("Enter")
    page.get_by_label("Name").fill("Grace Hopper")
    page.get_by_role("dialog").locator("input[type=file]").evaluate(LEFT)
    expect(page.get_by_label("Name")).to_have_value("Grace Hopper")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_what_is_told_over_a_dialog_is_taken_back_there(page: Page, site: Site) -> None:
    """And Escape closes a list of names first, not the dialog that it is in."""
    sighting = site.call("GET", "sightings?state=known")["items"][-1]["id"]  # it is over
    open_page(page, f"sightings/{sighting}")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Not Robert Hale").click()
    expect(dialog.get_by_role("heading", name="Unknown")).to_be_visible()
    dialog.get_by_role("button", name="Undo").click()
    expect(dialog.get_by_role("heading", name="Robert Hale")).to_be_visible()
    assert site.call("GET", f"sightings/{sighting}")["name"] == "Robert Hale"
    field = dialog.get_by_role("combobox", name="No, this is …")
    field.press_sequentially("Qx")
    expect(dialog.get_by_role("option", name="Qx")).to_be_visible()
    field.press("Escape")
    expect(dialog.get_by_role("listbox")).to_be_hidden()
    expect(field).to_be_focused()


def test_a_tab_that_was_chosen_keeps_the_focus_and_a_page_gives_it_to_its_heading(
    page: Page,
) -> None:
    open_page(page, "alerts")
    tab = page.get_by_role("tab", name="Rules")
    tab.press("Enter")
    expect(page.get_by_role("button", name="Add a rule")).to_be_visible()
    expect(tab).to_be_focused()
    page.get_by_role("link", name="Cameras", exact=True).press("Enter")
    expect(page.get_by_role("heading", level=1, name="Cameras")).to_be_focused()
