"""Pictures of every page of the dashboard, of `lookout demo`, at three widths, light and dark.

python tools/dashboard_pictures.py FOLDER: starts the demo in an empty home (its camera shows the
astronaut of scikit-image, who is in the public domain), writes something on each page, and puts
PAGE-WIDTH-light.png and -dark.png into the folder. It needs Chromium and Playwright.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PORTS = {"--httpPort": "8970", "--port": "8971", "--serverPort": "8972"}
ADDRESS = f"http://127.0.0.1:{PORTS['--httpPort']}"
SIZES = ((1440, 900), (768, 1024), (360, 740))
PLACES = (
    *("now", "people", "people/{person}", "unknown", "sightings", "sightings/{sighting}"),
    *("alerts", "alerts?alert={alert}", "alerts/rules", "alerts/watchlists", "alerts/channels"),
    *("search", "map", "map/areas", "map/ways", "map/heat", "map/flow", "cameras"),
    *("cameras/{camera}", "system", "system/jobs", "system/users", "system/keys", "system/audit"),
    "welcome",
)
PATIENCE_S = 240.0


def call(method: str, path: str, body: object = None) -> Any:
    """An answer of the demo's API, which asks for no sign-in."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{ADDRESS}/api/v1/{path}",
        data,
        {"Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=30.0) as answer:  # noqa: S310
        return json.load(answer)


def waited_for(path: str) -> list[Any]:
    """The items of a list of the API, once there are any."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            found = call("GET", path)
        except OSError:
            found = []
        items: list[Any] = found if isinstance(found, list) else found["items"]
        if items:
            return items
        time.sleep(1.0)
    raise TimeoutError(f"nothing came of {path} within {PATIENCE_S:.0f} s")


@contextmanager
def demo() -> Iterator[None]:
    """`lookout demo` in an empty home."""
    home = Path(tempfile.mkdtemp(prefix="lookout-pictures-"))
    options = [word for pair in PORTS.items() for word in pair]
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "lookout", "demo", *options],
        env={**os.environ, "LOOKOUT_HOME": str(home), "PYTHONPATH": str(ROOT)},
        cwd=home,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30.0)
        shutil.rmtree(home)


def something_to_see() -> dict[str, str]:
    """Rules, a list and a channel; the ids that places name."""
    camera = waited_for("cameras")[0]["id"]
    for rule in (
        {"name": "Anybody at the door", "who": {"kind": "anyone"}, "what": {"kind": "appears"}},
        {
            "name": "Strangers at night",
            "who": {"kind": "unknown"},
            "where": {"cameras": [camera]},
            "when": {"intervals": [{"days": [], "from": "22:00", "to": "06:00"}]},
            "what": {"kind": "stays", "seconds": 30},
            "severity": "critical",
        },
    ):
        call("POST", "rules", rule)
    person = waited_for("people")[0]["id"]
    call("POST", "watchlists", {"name": "Family", "kind": "mute", "people": [person]})
    call("POST", "channels", {"name": "Log", "kind": "file", "settings": {}})
    sighting = waited_for("sightings?state=known")[0]["id"]
    alert = waited_for("alerts")[0]["id"]
    return {"camera": camera, "person": person, "sighting": sighting, "alert": alert}


def shoot(page: Page, place: str, target: Path) -> None:
    page.goto(f"{ADDRESS}/#/{place}")
    page.locator("main h1").wait_for()
    page.get_by_text("Loading …").first.wait_for(state="detached")
    page.wait_for_timeout(700.0)  # pictures and canvases
    page.screenshot(path=target)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    with demo(), sync_playwright() as playwright:
        ids = something_to_see()
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            page = browser.new_page(locale="en-GB", color_scheme=scheme)
            page.goto(ADDRESS)
            for place in PLACES:
                for width, height in SIZES:
                    page.set_viewport_size({"width": width, "height": height})
                    name = place.partition("?")[0].replace("/", "-").replace("{", "").rstrip("}")
                    name += "-one" if "?" in place else ""
                    shoot(page, place.format(**ids), folder / f"{name}-{width}-{scheme}.png")
            page.get_by_role("navigation").first.wait_for()
            page.goto(f"{ADDRESS}/#/alerts/rules")
            page.get_by_role("button", name="Add a rule").click()
            for width, height in SIZES:
                page.set_viewport_size({"width": width, "height": height})
                page.screenshot(path=folder / f"alerts-rule-editor-{width}-{scheme}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
