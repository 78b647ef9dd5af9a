"""The challenge on the page of a camera: asked before a photograph, shown in words and pictures."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from lookout.edge.link import LinkSettings
from lookout.edge.pages import create_app
from lookout.edge.station import Station
from lookout.edge.web_server import WebServer
from lookout.server.enrolment.photo_handler import Deliver
from lookout.server.live.frame_job import Answer, FrameJob, Outcome, Source
from lookout.wire.challenge import WireChallenge, WireChallengeState
from lookout.wire.records import PhotoInfo, Result, Verdict, VerdictReason
from tests.support.edge_fakes import PacedCamera
from tests.support.service import RunningService

pytestmark = pytest.mark.browser

SLOW_MS = 60_000.0
UNPROVED = VerdictReason("unproved", "This needs proof that the person is here.")
LEFT = WireChallenge(
    1, 1, WireChallengeState.WAITING, "turn_left", "Turn your head to your left.", 0, 2, 6.0
)
BLINK = WireChallenge(
    1, 1, WireChallengeState.WAITING, "blink", "Look into the camera and blink.", 1, 2, 6.0
)
PASSED = WireChallenge(1, 1, WireChallengeState.PASSED, None, "Thank you, that was it.", 2, 2)


@dataclass
class ServerOfTheTest:
    """Tells of the challenge that the test has set, once frames ask for one; learns nobody before
    it was passed."""

    challenge: WireChallenge | None = None
    asked: bool = False

    def run(self, jobs: Sequence[FrameJob]) -> list[Outcome]:
        return [self._answer(job) for job in jobs]

    def _answer(self, job: FrameJob) -> Answer:
        self.asked = self.asked or job.info.challenge
        told = self.challenge if self.asked else None
        info = job.info
        result = Result(info.camera, info.number, info.captured_at, challenge=told)
        return Answer(result, job.jpeg)

    def forget(self, source: Source) -> None:
        pass

    def offer(self, photo: PhotoInfo, jpeg: bytes, deliver: Deliver) -> None:
        proved = self.challenge is PASSED
        deliver(Verdict(photo.request, () if proved else (UNPROVED,), kept=proved))


@pytest.fixture
def server() -> ServerOfTheTest:
    return ServerOfTheTest(LEFT)


@pytest.fixture
def page(browser: Browser, server: ServerOfTheTest, tmp_path: Path) -> Iterator[Page]:
    with contextlib.ExitStack() as opened:
        service = opened.enter_context(RunningService(server, server))
        host, port = service.address
        station = Station(PacedCamera(15), LinkSettings(host, port, camera="door"), tmp_path)
        web = WebServer(create_app(station), "127.0.0.1", 0, 4)
        thread = threading.Thread(target=web.run, name="web under test")
        station.start()
        opened.callback(station.stop)
        thread.start()
        opened.callback(thread.join, 10.0)
        opened.callback(web.stop)
        page = browser.new_page(viewport={"width": 480, "height": 800})
        opened.callback(page.close)
        page.goto(f"http://127.0.0.1:{web.port}")
        expect(page.locator("#server")).to_have_text("online", timeout=SLOW_MS)
        yield page


def test_a_photograph_is_taken_once_the_person_has_done_what_the_page_asks(
    page: Page, server: ServerOfTheTest
) -> None:
    words = page.locator("#challenge-words")
    expect(page.locator("#challenge")).to_be_hidden()
    page.locator("#name").fill("Ada")
    page.locator("#take").click()
    expect(words).to_have_text(LEFT.words, timeout=SLOW_MS)
    expect(page.locator("#challenge-picture")).to_have_attribute("src", "static/turn_left.svg")
    expect(page.locator("#challenge-steps li.done")).to_have_count(0)
    server.challenge = BLINK
    expect(words).to_have_text(BLINK.words, timeout=SLOW_MS)
    expect(page.locator("#challenge-picture")).to_have_attribute("src", "static/blink.svg")
    expect(page.locator("#challenge-steps li.done")).to_have_count(1)
    server.challenge = PASSED
    expect(words).to_have_text(PASSED.words, timeout=SLOW_MS)
    expect(page.locator("#verdict.good #verdict-words")).to_contain_text("Ada", timeout=SLOW_MS)
