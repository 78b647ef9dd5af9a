"""Every fault by the name that the command line takes, in the order of the table."""

from __future__ import annotations

from benchmarks.system.faults.devices import CameraGone, CameraSilent, DiskFull
from benchmarks.system.faults.fault import Fault
from benchmarks.system.faults.lost_server import Cut, HalfOpen, Killed, Stopped
from benchmarks.system.faults.people import Malicious, Renamed, Truncated
from benchmarks.system.faults.strangers import (
    AbsurdSizes,
    Http,
    Noise,
    Silence,
    SlowReader,
    TlsHello,
)

FAULTS: dict[str, type[Fault]] = {
    "killed": Killed,
    "stopped": Stopped,
    "noise": Noise,
    "sizes": AbsurdSizes,
    "http": Http,
    "tls": TlsHello,
    "slow-reader": SlowReader,
    "truncated": Truncated,
    "malicious": Malicious,
    "renamed": Renamed,
    "half-open": HalfOpen,
    "cut": Cut,
    "silence": Silence,
    "camera-gone": CameraGone,
    "camera-silent": CameraSilent,
    "disk-full": DiskFull,
}
