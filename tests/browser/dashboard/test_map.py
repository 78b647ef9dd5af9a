"""Cameras on a plan, fences on it, zones on a picture: by the pointer and by the keyboard alone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from benchmarks.support.waiting import wait_until
from tests.support.dashboard import SLOW_MS, Site, open_page

pytestmark = [pytest.mark.browser, pytest.mark.data, pytest.mark.slow]

CAMERA = "Front door"


def camera(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one for one in site.call("GET", "cameras") if one["name"] == CAMERA
    )
    return found


def pressed(target: Locator, key: str, times: int) -> None:
    for _ in range(times):
        target.press(key)


def test_a_camera_is_placed_by_keys_and_moved_by_dragging(page: Page, site: Site) -> None:
    open_page(page, "map")
    page.get_by_role("button", name="Place it").press("Enter")
    mark = page.get_by_role("button", name=f"{CAMERA}, at")
    expect(mark).to_have_accessible_name(
        f"{CAMERA}, at 50 % from the left and 50 % from the top, looks 0°"
    )
    pressed(mark, "ArrowRight", 3)
    pressed(mark, "PageDown", 2)
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("Front door is placed.")).to_be_visible()
    place = camera(site)["place"]
    assert (place["x"], place["y"]) == pytest.approx((0.52, 0.5), abs=1e-3)
    assert place["heading_deg"] == 10

    page.get_by_role("button", name="Move").click()
    box = mark.locator("circle").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] - 120, middle[1] + 40, steps=3)
    page.mouse.up()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    moved = camera(site)["place"]
    assert moved["x"] < place["x"] - 0.05
    assert moved["y"] > place["y"] + 0.02


def test_a_fence_is_drawn_by_the_keyboard_alone(page: Page, site: Site) -> None:
    open_page(page, "map/areas")
    page.get_by_role("button", name="Draw a fence").press("Enter")
    page.get_by_label("Name").fill("Living room")
    pressed(page.get_by_role("button", name="Corner 1:"), "Shift+ArrowLeft", 2)
    page.get_by_role("button", name="Another corner").press("Enter")
    expect(page.get_by_role("button", name="Corner 5:")).to_have_count(1)
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("Living room is drawn.")).to_be_visible()
    (fence,) = site.call("GET", "fences")["items"]
    ring = fence["geometry"]["coordinates"][0]
    assert len(ring) == 6
    assert ring[0] == ring[-1] == pytest.approx([0.35 - 2 * 0.05 * 600 / 900, 0.35], abs=1e-3)
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Delete the fence “Living room”?")).to_be_visible()
    dialog.get_by_role("button", name="Delete", exact=True).press("Enter")
    expect(page.get_by_text("Living room is deleted.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    wait_until(lambda: bool(site.call("GET", "fences")["items"]), SLOW_MS / 1000, "the fence")
    (again,) = site.call("GET", "fences")["items"]
    assert again["geometry"] == fence["geometry"]


def test_a_zone_is_drawn_on_the_picture_by_the_keyboard_alone(page: Page, site: Site) -> None:
    open_page(page, f"cameras/{camera(site)['id']}")
    expect(page.get_by_role("heading", level=1, name=CAMERA)).to_be_visible()
    page.get_by_role("button", name="Draw a zone").press("Enter")
    page.get_by_label("Name").first.fill("Door mat")
    corner = page.get_by_role("button", name="Corner 3:")
    pressed(corner, "ArrowDown", 4)
    corner.press("Delete")
    page.get_by_role("button", name="Save").first.press("Enter")
    expect(page.get_by_text("Door mat")).to_be_visible()
    (zone,) = site.call("GET", "zones")["items"]
    assert (zone["name"], zone["camera"]) == ("Door mat", camera(site)["id"])
    assert [tuple(point) for point in zone["polygon"]] == [(0.35, 0.35), (0.65, 0.35), (0.35, 0.65)]


def test_a_way_is_a_path_in_time(page: Page, site: Site) -> None:
    person = site.call("GET", "people?text=Robert")["items"][0]["id"]
    wait_until(
        lambda: bool(site.call("GET", f"movement/log?person={person}")["items"]),
        SLOW_MS / 1000,
        "a visit",
    )
    plan = site.call("GET", "plans")["items"][0]["id"]
    camera_id = camera(site)["id"]
    at = {"plan": plan, "x": 0.4, "y": 0.4, "heading_deg": 0, "fov_deg": 70}
    site.call("PATCH", f"cameras/{camera_id}", json={"place": at})
    open_page(page, f"map/ways?plan={plan}&person={person}")
    slider = page.get_by_label("Time of the day")
    expect(slider).to_be_visible()
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", f"{page_clock(page, slider)}, {CAMERA}")
    expect(page.get_by_text(f"at {CAMERA}").first).to_be_visible()


def page_clock(page: Page, slider: Locator) -> str:
    shown = "value => new Intl.DateTimeFormat('en-GB', {timeStyle: 'medium'}).format(value * 1000)"
    told: str = page.evaluate(shown, float(slider.input_value()))
    return told
