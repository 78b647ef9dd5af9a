"""`lookout demo`: the server with its dashboard and the edge with its page, on this machine, with a
person to recognize.

With the built-in demo camera, the astronaut in its picture is enrolled first, from the still
photograph, exactly as a user would do it: a file in utils/images/<name>/ and `lookout train`. A
first rule, as of `lookout alerts import`, has an alert on the dashboard when she comes.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import cv2

from lookout.command_line import command_parser, fail
from lookout.edge.cameras import CameraError, open_camera
from lookout.edge.cameras.demo import DemoCamera, portrait
from lookout.paths import WHERE_DATA_LIES, find_home

ASTRONAUT = "Eileen Collins"
FIRST_RULE = """
[[rule]]
name = "somebody you know comes"
who = { kind = "known" }
what = { kind = "appears" }
"""
FACE_BOTTOM = 330  # rows of the portrait; below is a mission patch that HOG takes for a face
START_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 5.0
LOOKOUT = (sys.executable, "-m", "lookout")


def main(arguments: Sequence[str], prog: str = "lookout demo") -> int:
    """Runs both programs until one of them ends, ctrl-C or SIGTERM; returns the exit status."""
    parser = command_parser(prog, __doc__, WHERE_DATA_LIES)
    parser.add_argument("--camera", default="auto", help="as for lookout edge (%(default)s)")
    parser.add_argument("--port", type=int, default=8001, help="of the page (%(default)s)")
    parser.add_argument("--serverPort", type=int, default=8002, help="(%(default)s)")
    parser.add_argument("--httpPort", type=int, default=8000, help="of the dashboard (%(default)s)")
    given = parser.parse_args(arguments)
    try:
        demo_camera = isinstance(open_camera(given.camera), DemoCamera)
    except CameraError as error:
        return fail(prog, str(error), 2)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what is started here ends, too
    dashboard = has_dashboard()
    if demo_camera:
        enrol_astronaut()
        if dashboard and not find_home().store.exists():
            make_first_rule()
    with DemoProcesses(prog) as processes:
        http = ("--http", "--no-auth", "--http-port", str(given.httpPort))
        processes.start(
            "server", *(http if dashboard else ("--no-http",)), "--port", str(given.serverPort)
        )
        processes.start(
            "edge",
            *("--host", "127.0.0.1", "--port", str(given.port)),
            *("--serverPort", str(given.serverPort), "--camera", given.camera),
        )
        page = f"http://127.0.0.1:{given.port}/"
        pages = [page, *([f"http://127.0.0.1:{given.httpPort}/"] if dashboard else [])]
        if not processes.run_until(lambda: all(map(is_healthy, pages)), START_TIMEOUT_S):
            where = " or ".join(pages)
            return processes.report_end(
                f"nothing answers at {where} after {START_TIMEOUT_S:.0f} s", 1
            )
        sys.stdout.write(f"\n    Open  {page}  in a browser.  Ctrl-C ends the demo.\n")
        if dashboard:
            sys.stdout.write(f"    The dashboard is at  http://127.0.0.1:{given.httpPort}/\n")
        sys.stdout.write("\n")
        sys.stdout.flush()
        processes.run_until(lambda: False, timeout_s=None)
        return processes.report_end("stopped", 0)


def enrol_astronaut() -> None:
    """Puts her photograph where photographs go and trains, unless that was done before."""
    photograph = find_home().images / ASTRONAUT / "portrait.jpg"
    if not photograph.exists():
        photograph.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(photograph), portrait()[:FACE_BOTTOM], [cv2.IMWRITE_JPEG_QUALITY, 95])
    subprocess.run([*LOOKOUT, "train"], check=True)  # noqa: S603 - our own program


def make_first_rule() -> None:
    """Makes the store with one rule in it; who has a store has rules of their own. Without it the
    demo is a demo, too: the command has said why."""
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder, "alerts.toml")
        rules.write_text(FIRST_RULE, encoding="utf-8")
        subprocess.run([*LOOKOUT, "alerts", "import", str(rules)], check=False)  # noqa: S603 - ours


def has_dashboard() -> bool:
    """Whether what the HTTP API needs is installed: the extra `api`."""
    return find_spec("fastapi") is not None


def is_healthy(page: str) -> bool:
    """True if the server of the page answers."""
    try:
        with urllib.request.urlopen(page + "healthz", timeout=2.0):  # noqa: S310 - our own page
            return True
    except (urllib.error.URLError, OSError):
        return False


class DemoProcesses:
    """The processes of the demo: all end when one of them does, or with the with-block."""

    def __init__(self, prog: str) -> None:
        self._prog = prog
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> DemoProcesses:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, command: str, *arguments: str) -> None:
        """Starts one of our commands."""
        self._running[command] = subprocess.Popen([*LOOKOUT, command, *arguments])  # noqa: S603

    def run_until(self, done: Callable[[], bool], timeout_s: float | None) -> bool:
        """Waits until `done()`; False when a process ended, time ran out, or on ctrl-C."""
        end_s = None if timeout_s is None else time.monotonic() + timeout_s
        try:
            while end_s is None or time.monotonic() < end_s:
                if any(process.poll() is not None for process in self._running.values()):
                    return False
                if done():
                    return True
                time.sleep(0.2)
        except KeyboardInterrupt:
            pass
        return False

    def report_end(self, otherwise: str, status: int) -> int:
        """Writes why the demo ended; returns the failed process's status, or `status`."""
        for command, process in self._running.items():
            if process.returncode:
                return fail(
                    self._prog, f"the {command} ended; its last line says why", process.returncode
                )
        return fail(self._prog, otherwise, status)
