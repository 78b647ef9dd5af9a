"""What the dashboard costs the browser: size, start, long lists, nine tiles, an hour of them.

    python -m benchmarks.dashboard
    python -m benchmarks.dashboard --json results/dashboard.json
    python -m benchmarks.dashboard --pictures 3000           # a shorter hour

The built dashboard runs in headless Chromium on a double of the server, which answers at once with
as much as is asked for: the server has benchmarks of its own. Chromium draws by the processor here,
without a graphics card, so that frames and shares are upper bounds.
"""

from __future__ import annotations

import argparse
import gzip
import re
import shutil
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks.support.command import command_parser
from benchmarks.support.dashboard_double import (
    DashboardDouble,
    LiveFeed,
    live_picture,
    portrait,
)
from benchmarks.support.report import table, write_json
from lookout.server.api.routes.dashboard import FILES

SLOWER = 4
SCROLL_S, TILES_S = 5.0, 10.0
TILES, FPS = 9, 10
HEAD = ["what", "today", "aim"]
SHOWN_WITHIN_S = 30.0
HOUR_PICTURES = 9 * 3600
"""Nine tiles at their usual picture a second, sent as fast as they are shown."""
MB = 1e6
FRAMES = """seconds => new Promise((done) => {
  const times = [];
  const end = performance.now() + seconds * 1000;
  let last = performance.now();
  const step = (now) => {
    times.push(now - last);
    last = now;
    window.scrollBy(0, 120);
    if (now < end) requestAnimationFrame(step);
    else done({times: times.slice(1), shown: window.scrollY});
  };
  requestAnimationFrame(step);
})"""


@dataclass(frozen=True, slots=True)
class Scrolling:
    """Frames while a list is scrolled by 120 pixels a frame; milliseconds, and pixels in all."""

    items: int
    frames: int
    median_ms: float
    p95_ms: float
    pixels: float


def script_kb() -> float:
    """The compressed script of the first load, in kB of 1,000."""
    page = (FILES / "index.html").read_text(encoding="utf-8")
    names = set(re.findall(r'(?:src|href)="\./(assets/[^"]+\.js)"', page))
    return sum(len(gzip.compress((FILES / name).read_bytes())) for name in names) / 1000


@contextmanager
def opened(browser: Browser, double: DashboardDouble, slower: int = 1) -> Iterator[Page]:
    context = browser.new_context(
        base_url=f"{double.address}/", viewport={"width": 1440, "height": 900}, locale="en-GB"
    )
    page = context.new_page()
    if slower > 1:
        session = context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    yield page
    context.close()


def interactive_s(browser: Browser) -> float:
    """From the address to a page that answers a click, on a processor slowed four times."""
    with DashboardDouble() as double, opened(browser, double, SLOWER) as page:
        begun = time.monotonic()
        page.goto("/")
        page.get_by_role("link", name="People").click()
        page.get_by_role("heading", level=1, name="People").wait_for()
        return time.monotonic() - begun


def scrolling(browser: Browser, place: str, **sizes: int) -> Scrolling:
    with DashboardDouble(**sizes) as double, opened(browser, double) as page:
        page.goto(f"/#/{place}")
        page.locator("main ul li").first.wait_for()
        seen: dict[str, Any] = page.evaluate(FRAMES, SCROLL_S)
    times = sorted(seen["times"])
    return Scrolling(
        items=sum(sizes.values()),
        frames=len(times),
        median_ms=statistics.median(times),
        p95_ms=times[int(0.95 * len(times))],
        pixels=seen["shown"],
    )


@contextmanager
def tiles(browser: Browser) -> Iterator[tuple[Page, LiveFeed]]:
    with DashboardDouble(TILES) as double, opened(browser, double) as page:
        page.goto("/")
        page.locator("canvas").nth(TILES - 1).wait_for()
        if not double.live.watched.wait(SHOWN_WITHIN_S):
            raise TimeoutError("the page asks for no live pictures")
        yield page, double.live


def tile_share(browser: Browser) -> tuple[float, float]:
    """The share of a core that nine tiles take, and the pictures a second that were shown."""
    jpeg = portrait(480)
    with tiles(browser) as (page, feed):
        page.wait_for_timeout(1000)
        processes = _chromium()
        before, begun, first = _cpu_s(processes), time.monotonic(), feed.acknowledged
        seq = 0
        while (now := time.monotonic() - begun) < TILES_S:
            while seq < now * TILES * FPS:
                feed.send(live_picture(seq, TILES, jpeg))
                seq += 1
            page.wait_for_timeout(10)
        elapsed = time.monotonic() - begun
        return (_cpu_s(processes) - before) / elapsed, (feed.acknowledged - first) / elapsed


def heap_mb(browser: Browser, pictures: int) -> list[float]:
    """The script's memory after so many pictures, in ten steps, collected first."""
    jpeg = portrait(320)
    with tiles(browser) as (page, feed):
        session = page.context.new_cdp_session(page)
        heaps = []
        seq = 0
        for step in range(1, 11):
            while seq < pictures * step // 10:
                for _ in range(TILES):
                    feed.send(live_picture(seq, TILES, jpeg))
                    seq += 1
                _wait_until_shown(page, feed, seq)
            heaps.append(_heap_mb(session))
        return heaps


def _wait_until_shown(page: Page, feed: LiveFeed, pictures: int) -> None:
    until = time.monotonic() + SHOWN_WITHIN_S
    while feed.acknowledged < pictures:
        if time.monotonic() > until:
            raise TimeoutError(f"{feed.acknowledged} of {pictures} pictures were shown")
        page.wait_for_timeout(1)


def _heap_mb(session: CDPSession) -> float:
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / MB


def _chromium() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if "chrom" in child.name().lower()
    ]


def _cpu_s(processes: Sequence[psutil.Process]) -> float:
    return sum(one.cpu_times().user + one.cpu_times().system for one in processes)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("dashboard", __doc__)
    parser.add_argument(
        "--pictures", type=int, default=HOUR_PICTURES, help="of the hour (default: %(default)s)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE")
    return _run(parser.parse_args(arguments))


def _run(options: argparse.Namespace) -> int:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    results: dict[str, object] = {}
    print(table(HEAD, []), flush=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        for row, figures in _measured(browser, options.pictures):
            print("| " + " | ".join(row) + " |", flush=True)
            results |= figures
        browser.close()
    write_json(options.json, "dashboard", results)
    return 0


def _measured(
    browser: Browser, pictures: int
) -> Iterator[tuple[tuple[str, str, str], dict[str, object]]]:
    """A row of the table and what of it is kept, one after the other as they are done."""
    kb = script_kb()
    yield ("compressed script of the first load, kB", f"{kb:.0f}", "250"), {"script_kb": kb}
    starts = [interactive_s(browser) for _ in range(3)]
    median = f"{statistics.median(starts):.2f}"
    yield (f"interactive at {SLOWER}× slower, s", median, "2"), {"interactive_s": starts}
    lists = []
    for place, items in (("sightings", 100_000), ("people", 5000)):
        lists.append(scrolling(browser, place, **{place: items}))
        row = (f"{items:,} {place} scrolled, ms a frame (p95)", _frame(lists[-1]), "16.7")
        yield row, {"scrolling": [asdict(one) for one in lists]}
    share, rate = tile_share(browser)
    row = (f"nine tiles, {rate:.0f} pictures/s in all, % of a core", f"{100 * share:.0f}", "30")
    yield row, {"tiles_share": share, "tiles_pictures_per_s": rate}
    heaps = heap_mb(browser, pictures)
    flat = f"{heaps[0]:.1f} → {heaps[-1]:.1f}"
    yield (f"memory after {pictures:,} pictures, MB", flat, "flat"), {"heap_mb": heaps}


def _frame(seen: Scrolling) -> str:
    return f"{seen.median_ms:.1f} ({seen.p95_ms:.1f})"


if __name__ == "__main__":
    sys.exit(main())
