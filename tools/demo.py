"""`make demo`: the server and the edge on this machine, with somebody to recognise.

With the built-in demo camera, the astronaut in its picture is enrolled first, from the still
photograph, exactly as a user would do it: a file in utils/images/<name>/ and train_model.py.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import cv2

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lookout.edge.cameras import CameraError, open_camera  # noqa: E402
from lookout.edge.cameras.demo import DemoCamera, portrait  # noqa: E402

ASTRONAUT = "Eileen Collins"
FACE_BOTTOM = 330  # rows of the portrait; below is a mission patch that HOG takes for a face
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 5.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--camera", default="auto", help="as for python -m edge (%(default)s)")
    parser.add_argument("--port", type=int, default=8001, help="of the page (%(default)s)")
    parser.add_argument("--serverPort", type=int, default=8002, help="(%(default)s)")
    given = parser.parse_args()
    try:
        demo_camera = isinstance(open_camera(given.camera), DemoCamera)
    except CameraError as error:
        sys.stderr.write(f"make demo: {error}\n")
        return 2
    if demo_camera:
        enrol_astronaut()
    with Programs() as programs:
        programs.start("server", "--no-http", "--port", str(given.serverPort))
        programs.start(
            "edge",
            *("--host", "127.0.0.1", "--port", str(given.port)),
            *("--serverPort", str(given.serverPort), "--camera", given.camera),
        )
        page = f"http://127.0.0.1:{given.port}/"
        if not programs.run_until(lambda: answers(page + "healthz"), START_TIMEOUT_S):
            return programs.why(f"nothing answers at {page} after {START_TIMEOUT_S:.0f} s", 1)
        sys.stdout.write(f"\n    Open  {page}  in a browser.  Ctrl-C ends the demo.\n\n")
        sys.stdout.flush()
        programs.run_until(lambda: False, timeout_s=None)
        return programs.why("stopped", 0)


def enrol_astronaut() -> None:
    """Put her photograph where photographs go and train, unless that was done before."""
    photograph = ROOT / "utils" / "images" / ASTRONAUT / "portrait.jpg"
    if not photograph.exists():
        photograph.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(photograph), portrait()[:FACE_BOTTOM], [cv2.IMWRITE_JPEG_QUALITY, 95])
    subprocess.run([sys.executable, "train_model.py"], cwd=ROOT, check=True)


def answers(url: str) -> bool:
    """Whether the page is up."""
    try:
        with urllib.request.urlopen(url, timeout=2.0):  # noqa: S310 - our own page
            return True
    except (urllib.error.URLError, OSError):
        return False


class Programs:
    """The processes of the demo: all end when one of them does, or with the with-block."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Programs:
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

    def start(self, room: str, *arguments: str) -> None:
        command = [sys.executable, "-m", room, *arguments]
        self._running[room] = subprocess.Popen(command, cwd=ROOT)  # noqa: S603

    def run_until(self, done: Callable[[], bool], timeout_s: float | None) -> bool:
        """Wait until `done()`; False when a process ended, time ran out, or on ctrl-C."""
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

    def why(self, otherwise: str, status: int) -> int:
        """Say why it ended; the exit status of the process that ended by itself, else `status`."""
        for room, process in self._running.items():
            if process.returncode:
                sys.stderr.write(f"make demo: the {room} ended; its last line says why\n")
                return process.returncode
        sys.stderr.write(f"make demo: {otherwise}\n")
        return status


if __name__ == "__main__":
    sys.exit(main())
