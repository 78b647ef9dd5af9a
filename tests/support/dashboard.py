"""The dashboard in headless Chromium, on the real server with an edge that sees real people."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import httpx2 as httpx
import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page, expect

from benchmarks.support.programs import Program, start_edge
from benchmarks.support.waiting import wait_until
from tests.support.paths import ROOT
from tests.support.server_process import ServerProcess

PASSWORD = "correct horse battery"
DESKTOP, PHONE = (1440, 900), (360, 740)
SLOW_MS = 90_000.0
"""How long anything may take before it counts as never: the machine may be busy."""
AXE = ROOT / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"
GO = """place => new Promise((done) => {
  if (location.hash === place) return done();
  addEventListener("hashchange", () => done(), {once: true});  // after the application's own
  location.hash = place;
})"""
RUN_AXE = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.map((one) => one.id + ": " + one.help + "\\n  " +
    one.nodes.map((node) => node.html.slice(0, 200) + " | " + node.failureSummary).join("\\n  "));
}"""


@dataclass
class Site:
    """A server with its dashboard, and an edge before which some people pass by."""

    server: ServerProcess
    folder: Path
    scene: Path
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return self.server.http_address

    def call(self, method: str, path: str, **options: Any) -> Any:
        """An answer of the API, asked as the administrator."""
        headers = {"Authorization": f"Bearer {self.token()}"}
        answer = httpx.request(
            method, f"{self.address}/api/v1/{path}", headers=headers, timeout=60.0, **options
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def first_password(self) -> str:
        return (self.folder / "data" / "first-password.txt").read_text().strip()

    def choose_password(self) -> None:
        """What a new user does first."""
        first = self.first_password()
        token = self._sign_in(first)
        httpx.put(
            f"{self.address}/api/v1/auth/password",
            json={"password": first, "new_password": PASSWORD},
            headers={"Authorization": f"Bearer {token}"},
            timeout=60.0,
        ).raise_for_status()

    def token(self) -> str:
        if "admin" not in self.tokens:
            self.tokens["admin"] = self._sign_in(PASSWORD)
        return self.tokens["admin"]

    def _sign_in(self, password: str, username: str = "admin") -> str:
        given = {"username": username, "password": password}
        answer = httpx.post(f"{self.address}/api/v1/auth/login", json=given, timeout=60.0)
        answer.raise_for_status()
        token: str = answer.json()["access_token"]
        return token

    def enrol(self, name: str, *photographs: Path) -> str:
        person: str = self.call("POST", "people", json={"name": name})["id"]
        files = [("files", (one.name, one.read_bytes(), "image/jpeg")) for one in photographs]
        if files:
            self.call("POST", f"people/{person}/samples", files=files)
        return person

    def strangers(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.call("GET", "unknown/people")["items"]
        return items

    def wait_for_strangers(self, count: int) -> None:
        wait_until(lambda: len(self.strangers()) >= count, 120.0, f"{count} unknown people")

    def edge(self, name: str = "Front door") -> Program:
        """An edge that shows the photographs of the scene one after another."""
        port = self.server.port
        return start_edge(self.folder, port, str(self.scene), "--camera-name", name)

    def add_plan(self) -> str:
        """A floor with two rooms, eighteen metres wide."""
        floor = np.full((600, 900, 3), 250, np.uint8)
        for first, last in (((60, 60), (840, 540)), ((60, 60), (420, 540))):
            cv2.rectangle(floor, first, last, (90, 90, 90), 4)
        _, png = cv2.imencode(".png", floor)
        form = {"name": "Ground floor", "width_m": "18"}
        files = {"file": ("floor.png", png.tobytes(), "image/png")}
        plan: str = self.call("POST", "plans", files=files, data=form)["id"]
        return plan

    def show(self, *photographs: Path) -> None:
        """Puts photographs before the camera, in place of those there."""
        for old in self.scene.iterdir():
            old.unlink()
        for photograph in photographs:
            shutil.copy(photograph, self.scene)


@contextlib.contextmanager
def open_site(folder: Path, *options: str) -> Iterator[Site]:
    scene = folder / "scene"
    scene.mkdir(parents=True)
    with ServerProcess(folder, "--detector", "yunet", *options, http=True) as server:
        yield Site(server, folder, scene)


def signed_in(
    browser: Browser,
    site: Site,
    username: str = "admin",
    *,
    address: str = "",
    context: BrowserContext | None = None,
    **options: Any,
) -> Page:
    """A page whose user has signed in already. address: of a proxy in front of the site. context:
    to open it in, else one of its own with these options."""
    if context is None:
        context = browser.new_context(base_url=f"{address or site.address}/", **options)
    page = context.new_page()
    page.set_default_timeout(SLOW_MS)
    page.goto("/")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("navigation").first.wait_for()
    return page


def open_page(page: Page, place: str) -> None:
    """Opens a page of the application that runs in `page`, and waits until it stands."""
    page.evaluate(GO, f"#/{place}")
    page.locator("main h1").wait_for()  # by its name alone: a dialog may cover it
    expect(page.get_by_text("Loading …")).to_have_count(0)
    # not wait_for_function: it would need an eval, which the policy does not allow
    loaded = "[...document.images].every((one) => one.complete)"
    wait_until(lambda: bool(page.evaluate(loaded)), SLOW_MS / 1000, "all pictures")


def violations(page: Page) -> list[str]:
    """What axe finds against this page. The policy lets no script in but the page's own, so axe
    comes through the debugger, not as an element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(f"() => {{ {AXE.read_text(encoding='utf-8')} }}")
    found: list[str] = page.evaluate(RUN_AXE)
    return found


def foreign_requests(page: Page) -> list[str]:
    """A list that grows by each request to another origin."""
    asked: list[str] = []
    origin = page.evaluate("location.origin")

    def note(url: str) -> None:
        if not url.startswith((origin, origin.replace("http", "ws", 1), "blob:", "data:")):
            asked.append(url)

    page.on("request", lambda request: note(request.url))
    page.on("websocket", lambda socket: note(socket.url))
    return asked
