"""The server goes away, and comes back."""

from __future__ import annotations

import signal
import time

from benchmarks.faults.fault import Expected, Fault
from benchmarks.faults.stage import Setting, Stage
from benchmarks.tap import Tap


class Killed(Fault):
    words = "server killed (SIGKILL), started again"
    expected = Expected.PLAIN

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
    """Twenty times, to see whether reconnecting leaves anything in memory."""

    words = "connection cut, the server is there"
    setting = Setting.TAPPED
    expected = Expected.BACK
    hold_s = 0.0
    rounds = 20

    def strike(self, stage: Stage) -> None:
        tap_of(stage).cut()


def tap_of(stage: Stage) -> Tap:
    if stage.tap is None:
        raise RuntimeError("this fault needs a stage with a tap")
    return stage.tap
