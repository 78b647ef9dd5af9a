"""The page of a federation: on a machine that coordinates one and takes part in it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.support.dashboard import AXE, PHONE, Site, open_page, violations
from tests.support.federated_machine import ADDRESS, found_federation

pytestmark = [pytest.mark.browser, pytest.mark.data, pytest.mark.slow]


def weight_file(folder: Path, people: int) -> Path:
    content = io.BytesIO()
    np.savez(content, w=np.array([1.0, 2.0]), people=np.array(people))
    file = folder / "lyon.npz"
    file.write_bytes(content.getvalue())
    return file


def test_a_federation_is_shown_where_there_is_one_and_led_from_its_page(
    page: Page, site: Site, tmp_path: Path
) -> None:
    """Before it was founded there is no such tab. Then: the last round and who was missing in it
    and why, an invitation, a member removed, a round taken back, weights averaged."""
    open_page(page, "system")
    expect(page.get_by_role("tab", name="Audit log")).to_be_visible()
    expect(page.get_by_role("tab", name="Federation")).to_have_count(0)
    members = found_federation(site.folder / "data" / "federated")
    page.reload()
    open_page(page, "system")
    page.get_by_role("tab", name="Federation").click()
    for words in ("Version 2", "Bristol: was silent", f"This machine coordinates, at {ADDRESS}."):
        expect(page.get_by_text(words).first).to_be_visible()
    expect(page.get_by_role("table", name="Rounds").get_by_role("row")).to_have_count(3)

    page.get_by_label("Name of the site").fill("Ghent")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Make the invitation").click()
    assert saved.value.suggested_filename == "Ghent.invitation"
    invitation = json.loads(saved.value.path().read_text())
    assert (invitation["name"], invitation["address"]) == ("Ghent", ADDRESS)
    ghent = members.admit(invitation["token"], bytes(range(32)))["site"]
    assert ghent in members.active()

    bristol = page.get_by_role("table", name="Who takes part").get_by_role("row", name="Bristol")
    bristol.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(bristol).to_contain_text("left")
    assert {one.name for one in members.all() if one.left is not None} == {"Bristol"}

    page.get_by_role("button", name="Go back").click()
    page.get_by_role("dialog").get_by_role("button", name="Go back").click()
    expect(page.get_by_text("Went back to what was before")).to_be_visible()

    page.get_by_label("Upload a file").set_input_files(weight_file(tmp_path, 4))
    expect(page.get_by_role("row", name="lyon.npz")).to_be_visible()
    page.get_by_role("button", name="Average them").click()
    expect(page.get_by_text("Averaged 1 file of 4 people.")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the average").click()
    with np.load(saved.value.path()) as average:
        assert average["w"].tolist() == [1.0, 2.0]


def test_the_page_of_a_federation_shuts_nobody_out(visited: Page, site: Site) -> None:
    if not AXE.exists():
        pytest.skip("axe is not here: `make dashboard` installs it")
    folder = site.folder / "data" / "federated"
    if not folder.exists():
        found_federation(folder)
    visited.reload()
    open_page(visited, "system")
    visited.get_by_role("tab", name="Federation").click()
    expect(visited.get_by_role("table", name="Rounds")).to_be_visible()
    for width, height in (PHONE, (1440, 900)):
        visited.set_viewport_size({"width": width, "height": height})
        assert violations(visited) == []
        beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert visited.evaluate(beyond) <= 0, "the page is wider than the screen"
