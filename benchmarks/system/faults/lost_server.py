"""The server goes away, and comes back."""

from __future__ import annotations

import signal
import time

from benchmarks.support.tap import Tap
from benchmarks.support.waiting import wait_until
from benchmarks.system.faults.fault import Expected, Fault
from benchmarks.system.faults.stage import PATIENCE_S, Setting, Stage


class Killed(Fault):
    words = "server killed (SIGKILL), started again"
    expected = Expected.PLAIN
    grows = ("edge",)  # each round has a new server

    def strike(self, stage: Stage) -> None:
        stage.laboratory.kill_server()

    def mend(self, stage: Stage) -> float:
        return stage.laboratory.start_server()


class Stopped(Fault):
    words = "server stopped (SIGSTOP), continued"
    expected = Expected.PLAIN

    def strike(self, stage: Stage) -> None:
        stage.laboratory.server.signal(signal.SIGSTOP)

    def mend(self, stage: Stage) -> float:
        stage.laboratory.server.signal(signal.SIGCONT)
        return time.monotonic()


class HalfOpen(Fault):
    words = "half-open connection (every byte lost), plugged in again"
    setting = Setting.TAPPED
    expected = Expected.PLAIN

    def strike(self, stage: Stage) -> None:
        tap_of(stage).unplug()

    def mend(self, stage: Stage) -> float:
        tap_of(stage).plug()
        return time.monotonic()


class Cut(Fault):
    """Twenty times, to see whether reconnecting leaves anything in memory. Recovery counts from the
    first plain picture: what was on its way may still be shown after the cut."""

    words = "connection cut, the server is there"
    setting = Setting.TAPPED
    expected = Expected.BACK
    hold_s = 0.0
    rounds = 20

    def strike(self, stage: Stage) -> None:
        self._plain_s = cut(stage)

    def mend(self, stage: Stage) -> float:  # noqa: ARG002
        return self._plain_s


def cut(stage: Stage) -> float:
    """Ends the edge's connection; the moment when the viewer saw the first plain picture."""
    cut_s = time.monotonic()
    tap_of(stage).cut()
    wait_until(lambda: stage.viewer.plain_since(cut_s) is not None, PATIENCE_S)
    return stage.viewer.plain_since(cut_s) or cut_s


def tap_of(stage: Stage) -> Tap:
    if stage.tap is None:
        raise RuntimeError("this fault needs a stage with a tap")
    return stage.tap
