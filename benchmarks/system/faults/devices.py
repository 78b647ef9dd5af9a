"""The edge's own devices fail: its camera and its disk."""

from __future__ import annotations

import json
import signal
import time
import urllib.error
import urllib.request
from typing import Any

from benchmarks.support.programs import Program
from benchmarks.system.faults.disk import Disk
from benchmarks.system.faults.fault import Expected, Fault
from benchmarks.system.faults.stage import ASTRONAUT, PATIENCE_S, Setting, Stage

JPEG_ENDS = b"\xff\xd9"


class CameraGone(Fault):
    words = "network camera killed, started again"
    setting = Setting.CAMERA
    expected = Expected.CAMERA
    rounds = 2

    def strike(self, stage: Stage) -> None:
        camera = camera_of(stage)
        camera.kill()
        camera.stop()

    def mend(self, stage: Stage) -> float:
        return stage.start_camera()


class CameraSilent(Fault):
    words = "network camera falls silent (SIGSTOP), continues"
    setting = Setting.CAMERA
    expected = Expected.CAMERA
    rounds = 1
    hold_s = 7.0

    def strike(self, stage: Stage) -> None:
        camera_of(stage).signal(signal.SIGSTOP)

    def mend(self, stage: Stage) -> float:
        camera_of(stage).signal(signal.SIGCONT)
        return time.monotonic()


class DiskFull(Fault):
    """Capture with a full disk has to be refused in words and to leave nothing torn; with space it
    has to work at once."""

    words = "disk full at capture"
    setting = Setting.DISK
    hold_s = 0.0
    rounds = 2

    def strike(self, stage: Stage) -> None:
        disk = disk_of(stage)
        files = disk.files()
        disk.fill()
        code, answer = capture(stage)
        self.facts.append(f"{disk.kind}: {code} “{answer.get('error', answer)}”")
        if code != 507:
            self.failures.append(f"capture on a full disk answered {code}")
        if disk.files() != files:
            self.failures.append(f"the full disk holds {disk.files()}, before it held {files}")

    def mend(self, stage: Stage) -> float:
        disk = disk_of(stage)
        disk.free()
        freed_s = time.monotonic()
        code, answer = capture(stage)
        saved = disk.seen() / str(answer.get("path"))
        whole = code == 200 and saved.read_bytes().endswith(JPEG_ENDS)
        self.facts.append(f"then {'saved' if whole else code}")
        if not whole:
            self.failures.append(f"capture with space again answered {code} {answer}")
        return freed_s


def capture(stage: Stage) -> tuple[int, dict[str, Any]]:
    """Presses the button, and "keep anyway" for a poor shot; the answer's code and text."""
    code, answer = _post(stage, "/capture", {"name": ASTRONAUT})
    if code == 200 and answer["outcome"] == "poor":
        code, answer = _post(stage, f"/capture/{answer['id']}/keep", {})
    return code, answer


def _post(stage: Stage, path: str, content: dict[str, str]) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{stage.edge.port}{path}",
        json.dumps(content).encode(),
        {"content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def camera_of(stage: Stage) -> Program:
    if stage.camera is None:
        raise RuntimeError("this fault needs a stage with a network camera")
    return stage.camera


def disk_of(stage: Stage) -> Disk:
    if stage.disk is None:
        raise RuntimeError("this fault needs a stage with a disk")
    return stage.disk
