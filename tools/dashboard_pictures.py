"""Pictures of every page of the dashboard, of `lookout demo`, at three widths, light and dark.

    python tools/dashboard_pictures.py FOLDER
    python tools/dashboard_pictures.py FOLDER --language de --schemes light

starts the demo in an empty home (its camera shows the astronaut of scikit-image, who is in the
public domain), writes something on each page, and puts PAGE-WIDTH-light.png and -dark.png into the
folder; what the demo says is in demo.log there. It needs Chromium and Playwright.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import httpx2 as httpx
import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.support.waiting import wait_until
from tests.support.federated_machine import found_federation

ROOT = Path(__file__).resolve().parent.parent
SIZES = ((1440, 900), (768, 1024), (360, 740))
PLACES = (
    *("now", "people", "people/{person}", "unknown", "sightings", "sightings/{sighting}"),
    *("alerts", "alerts?alert={alert}", "alerts/rules", "alerts/watchlists", "alerts/channels"),
    *("search", "map", "map/areas", "map/ways", "map/heat", "map/flow", "cameras"),
    *("cameras/{camera}", "system", "system/jobs", "system/users", "system/keys", "system/audit"),
    *("system/federation", "welcome"),
)
EDIT = {"en": "Change", "de": "Ändern"}
SCHEMES = ("light", "dark")
ANSWER_S, SIGHT_S, STOP_S = 300.0, 180.0, 10.0
"""How long the demo may take to answer, to see somebody, and to end, on a busy machine."""


def say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


@dataclass(frozen=True, slots=True)
class Demo:
    """`lookout demo` of an empty home. It asks for no sign-in."""

    process: subprocess.Popen[bytes]
    home: Path
    log: Path
    address: str

    def call(self, method: str, path: str, **options: Any) -> Any:
        url = f"{self.address}/api/v1/{path}"
        answer = httpx.request(method, url, timeout=60.0, **options)
        if answer.is_error:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def wait_for_answer(self) -> None:
        self._wait(self._answers, ANSWER_S, "the demo to answer")

    def wait_for(self, path: str) -> Any:
        """The first item of a list of the API, once there is one."""
        self._wait(lambda: self._items(path), SIGHT_S, f"something at {path}")
        return self._items(path)[0]

    def _wait(self, condition: Any, timeout_s: float, what: str) -> None:
        say(f"waiting for {what} ({timeout_s:.0f} s at most)")

        def done() -> object:
            if self.process.poll() is not None:
                last = self.log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"the demo ended by itself; its last words:\n{last}")
            return condition()

        wait_until(done, timeout_s, what)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/readyz", timeout=5.0).is_success
        except httpx.HTTPError:
            return False

    def _items(self, path: str) -> list[Any]:
        found = self.call("GET", path)
        items: list[Any] = found if isinstance(found, list) else found["items"]
        return items


@contextmanager
def started(folder: Path) -> Iterator[Demo]:
    """The demo, its programs a process group of their own that has ended at the end for sure."""
    home = Path(tempfile.mkdtemp(prefix="lookout-pictures-"))
    page, server, dashboard = free_ports(3)
    ports = ("--port", f"{page}", "--serverPort", f"{server}", "--httpPort", f"{dashboard}")
    log = folder / "demo.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "lookout", "demo", "--camera", "demo", *ports],
            env={**os.environ, "LOOKOUT_HOME": str(home), "PYTHONPATH": str(ROOT)},
            cwd=home,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield Demo(process, home, log, f"http://127.0.0.1:{dashboard}")
    finally:
        end(process)
        shutil.rmtree(home, ignore_errors=True)


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as opened:
        sockets = [opened.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and all that it has started: kindly, then at once."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)


def something_to_see(demo: Demo) -> dict[str, str]:
    """A plan, rules, a list, a channel, a federation; the ids that places name."""
    demo.wait_for_answer()
    camera = demo.wait_for("cameras")["id"]
    demo.call(
        "PATCH", f"cameras/{camera}", json={"name": "Front door", "place": place_on_plan(demo)}
    )
    waits = {"kind": "stays", "seconds": 5}  # she is before the camera already, and does not leave
    for rule in (
        {"name": "Somebody waits at the door", "who": {"kind": "anyone"}, "what": waits},
        {
            "name": "Strangers at night",
            "who": {"kind": "unknown"},
            "where": {"cameras": [camera]},
            "when": {"intervals": [{"days": ["fri", "sat"], "from": "22:00", "to": "06:00"}]},
            "what": {"kind": "stays", "seconds": 30},
            "severity": "critical",
        },
    ):
        demo.call("POST", "rules", json=rule)
    demo.call("POST", "channels", json={"name": "Log", "kind": "file", "settings": {}})
    person = demo.wait_for("people")["id"]
    enrol_portrait(demo, person)
    watchlist = {"name": "Family", "kind": "mute", "people": [person]}
    sighting = demo.wait_for("sightings?state=known")["id"]
    alert = demo.wait_for("alerts")["id"]
    demo.call("POST", "watchlists", json=watchlist)
    found_federation(demo.home / "data" / "federated")
    return {"camera": camera, "person": person, "sighting": sighting, "alert": alert}


def enrol_portrait(demo: Demo, person: str) -> None:
    """Her portrait as a photograph that pages can show; the gallery's file has none."""
    (portrait,) = demo.home.glob("utils/images/*/portrait.jpg")
    files = {"files": (portrait.name, portrait.read_bytes(), "image/jpeg")}
    demo.call("POST", f"people/{person}/samples", files=files)


def place_on_plan(demo: Demo) -> dict[str, Any]:
    """A floor with two rooms, and where the camera hangs on it."""
    floor = np.full((600, 900, 3), 250, np.uint8)
    for first, last in (((60, 60), (840, 540)), ((60, 60), (420, 540))):
        cv2.rectangle(floor, first, last, (90, 90, 90), 4)
    _, png = cv2.imencode(".png", floor)
    files = {"file": ("floor.png", png.tobytes(), "image/png")}
    form = {"name": "Ground floor", "width_m": "18"}
    plan = demo.call("POST", "plans", files=files, data=form)["id"]
    return {"plan": plan, "x": 0.15, "y": 0.15, "heading_deg": 135, "fov_deg": 70, "range_m": 9}


def shoot(page: Page, place: str, target: Path) -> None:
    page.evaluate("place => { location.hash = place }", f"#/{place}")
    page.locator("main h1").wait_for()
    page.wait_for_timeout(300.0)
    page.locator("main [role=status] .animate-spin").first.wait_for(state="detached")
    page.wait_for_timeout(700.0)  # pictures and canvases
    page.screenshot(path=target)


def shoot_all(
    page: Page, places: Sequence[str], ids: dict[str, str], target: Path, scheme: str
) -> None:
    target.mkdir(exist_ok=True)
    for place in places:
        say(f"{scheme}: {place}")
        name = place.partition("?")[0].replace("/", "-").replace("{", "").replace("}", "")
        name += "-one" if "?" in place else ""
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            shoot(page, place.format(**ids), target / f"{name}-{width}-{scheme}.png")


def shoot_rule_editor(demo: Demo, page: Page, language: str, target: Path, scheme: str) -> None:
    """The editor of the second rule."""
    page.goto(f"{demo.address}/#/alerts/rules")
    page.get_by_role("button", name=EDIT[language], exact=True).last.click()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=target / f"alerts-rule-editor-{width}-{scheme}.png")


def opened(browser: Browser, demo: Demo, language: str, scheme: str) -> Page:
    locale = {"en": "en-GB", "de": "de-DE"}[language]
    dark: Literal["dark", "light"] = "dark" if scheme == "dark" else "light"
    page = browser.new_page(locale=locale, color_scheme=dark)
    page.goto(demo.address)
    page.get_by_role("navigation").first.wait_for()
    return page


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--language", choices=sorted(EDIT), default="en")
    parser.add_argument("--schemes", nargs="+", choices=SCHEMES, default=SCHEMES)
    given = parser.parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with started(given.folder) as demo, sync_playwright() as playwright:
        ids = something_to_see(demo)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        pages = {one: opened(browser, demo, given.language, one) for one in given.schemes}
        for scheme, page in pages.items():
            shoot_all(page, PLACES, ids, given.folder, scheme)
            shoot_rule_editor(demo, page, given.language, given.folder, scheme)
        demo.call("DELETE", f"people/{ids['person']}")  # now she is somebody unknown
        demo.wait_for("unknown/people")
        for scheme, page in pages.items():
            shoot_all(page, ["now", "unknown"], {}, given.folder / "unknown", scheme)
        browser.close()


if __name__ == "__main__":
    main()
