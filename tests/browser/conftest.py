"""Headless Chromium for the tests of the page."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Fails where it is missing in CI, skips elsewhere."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        message = "no Chromium: apt-get install chromium"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=SWITCHES)
        yield browser
        browser.close()


def another(browser: Browser, *switches: str) -> Browser:
    """A second Chromium beside this one, with further switches."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    return browser.browser_type.launch(executable_path=found, args=[*SWITCHES, *switches])


@pytest.fixture(scope="module")  # not longer: it leaves an event loop running in this thread
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser
