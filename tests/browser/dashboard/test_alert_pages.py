"""The alert behind a link, and alerts that a browser shows where no page of Lookout is open."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.support.waiting import wait_until
from tests.support.dashboard import SLOW_MS, Site, open_page, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.data, pytest.mark.slow]

SHOWN = """async () => {
  const registration = await navigator.serviceWorker.ready;
  const shown = await registration.getNotifications();
  return shown.map((one) => [one.title, one.body, one.tag, one.data.alert]);
}"""
OF_THE_MAKER = """() => {
  PushManager.prototype.subscribe = async ({applicationServerKey}) => {
    window.keyBytes = applicationServerKey.length;
    return {toJSON: () => ({
      endpoint: "https://fcm.googleapis.com/fcm/send/nobody",
      expirationTime: null,
      keys: {p256dh: "B" + "A".repeat(86), auth: "A".repeat(22)},
    })};
  };
}"""
"""In place of the browser maker's server, which cannot be reached from here."""


def test_a_link_to_no_alert_says_so_and_leads_to_the_list(page: Page) -> None:
    page.goto("/alerts?alert=alr_gone")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="There is no such alert")).to_be_visible()
    assert page.url.endswith("/#/alerts?alert=alr_gone")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("heading", level=1, name="Alerts")).to_be_visible()
    assert page.url.endswith("/#/alerts")


def test_a_browser_is_asked_by_the_words_of_the_server_and_listed(
    browser: Browser, site: Site
) -> None:
    channel = {
        "name": "Browsers",
        "kind": "webpush",
        "settings": {"subject": "mailto:admin@example.org"},
        "leaves": {"name": False, "picture": False},
    }
    made = site.call("POST", "channels", json={**channel, "enabled": True})["id"]
    page = signed_in(browser, site, locale="en-GB")
    page.context.grant_permissions(["notifications"])
    page.evaluate(OF_THE_MAKER)
    page.get_by_role("button", name="admin").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Alerts on this device").click()
    words = site.call("GET", "push")["words"]
    expect(dialog.get_by_text(words)).to_be_visible()
    dialog.get_by_label("What this device is called").fill("Kitchen tablet")
    dialog.get_by_role("button", name="Show alerts here").click()
    kept = dialog.get_by_role("listitem").filter(has_text="Kitchen tablet")
    expect(kept).to_contain_text("fcm.googleapis.com")
    assert page.evaluate("window.keyBytes") == 65
    (subscription,) = site.call("GET", "push/subscriptions")["items"]
    assert (subscription["channel"], subscription["name"]) == (made, "Kitchen tablet")
    kept.get_by_role("button", name="Remove Kitchen tablet").click()
    expect(kept).to_have_count(0)
    assert site.call("GET", "push/subscriptions")["items"] == []
    page.context.close()
    site.call("DELETE", f"channels/{made}")


def test_the_worker_shows_what_it_is_told_and_opens_the_alert(browser: Browser, site: Site) -> None:
    page = signed_in(browser, site, locale="en-GB")
    page.context.grant_permissions(["notifications"])
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    debugger = page.context.new_cdp_session(page)
    registered: list[str] = []

    def note(told: dict[str, Any]) -> None:
        registered.extend(one["registrationId"] for one in told["registrations"])

    debugger.on("ServiceWorker.workerRegistrationUpdated", note)
    debugger.send("ServiceWorker.enable")
    wait_until(lambda: page.evaluate("0") == 0 and registered, SLOW_MS / 1000, "the worker")
    message = {"title": "Ada, door", "body": "Ada appears.", "tag": "t1", "alert": "alr_7"}
    told = {"origin": site.address, "registrationId": registered[0]}
    for title in ("Somebody, door", "Ada, door"):  # more precise later, in the place of the first
        data = json.dumps({**message, "title": title, "notice": "told", "timestamp": 1.0})
        debugger.send("ServiceWorker.deliverPushMessage", {**told, "data": data})
        wait_until(
            lambda title=title: [one[0] for one in page.evaluate(SHOWN)] == [title],  # type: ignore[misc]
            SLOW_MS / 1000,
            "the message",
        )
    assert page.evaluate(SHOWN) == [["Ada, door", "Ada appears.", "t1", "alr_7"]]
    open_page(page, "search")
    (worker,) = page.context.service_workers
    worker.evaluate("openAlert('alr_7').catch(() => undefined)")  # no click: it may take no focus
    expect(page.get_by_role("heading", name="There is no such alert")).to_be_visible()
    page.context.close()
