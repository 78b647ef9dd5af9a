"""One site with its dashboard for all tests of this folder: a server, an edge, real people."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browser.conftest import chromium
from tests.support.dashboard import (
    DESKTOP,
    SLOW_MS,
    Site,
    foreign_requests,
    open_site,
    signed_in,
)


@pytest.fixture(scope="package")
def weights(models: Path) -> Iterator[None]:
    """Programs that a test starts find the network weights, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOOKOUT_MODELS", str(models))
        yield


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def families(data: Path) -> Path:
    return data / "families"


@pytest.fixture(scope="package")
def site(weights: None, families: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Robert is known; he, a woman and a girl pass by the camera."""
    with open_site(tmp_path_factory.mktemp("dashboard")) as site:
        site.choose_password()
        site.show(*(families / f"Family1-{who}.jpg" for who in ("Dad3", "Mom1", "Daughter1")))
        site.enrol("Robert Hale", families / "Family1-Dad1.jpg", families / "Family1-Dad2.jpg")
        site.add_plan()
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
    said: list[str] = field(default_factory=list)

    @classmethod
    def over(cls, page: Page) -> Watch:
        watch = cls(page, foreign_requests(page))
        page.on("pageerror", lambda error: watch.troubles.append(str(error)))
        page.on("console", watch._heard)
        return watch

    def _heard(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.said.append(f"{said.text} {said.location.get('url', '')}")
        if "Content Security Policy" in said.text:
            self.troubles.append(said.text)


@pytest.fixture(scope="package")
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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What failed says what the page showed then, and what the browser said of it."""
    report = yield
    watch = getattr(item, "funcargs", {}).get("watch")
    if report.failed and call.when == "call" and isinstance(watch, Watch):
        shown = watch.page.locator("body").inner_text(timeout=5000.0)
        report.sections.append(("page", f"{watch.page.url}\n{shown}"))
        report.sections.append(("browser", "\n".join(watch.said)))
    return report


@pytest.fixture
def page(visited: Page) -> Page:
    """The page loaded anew: no dialog is open, and nothing is asked."""
    visited.goto("about:blank")
    visited.goto("/")
    visited.get_by_role("navigation").first.wait_for()
    return visited
