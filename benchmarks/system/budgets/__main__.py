"""Attacks servers, this checkout's and others', and prints what it costs; see the package."""

from __future__ import annotations

import argparse
import contextlib
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from benchmarks.support.camera_load import Camera
from benchmarks.support.command import command_parser
from benchmarks.support.data import test_data
from benchmarks.support.programs import ROOT, SERVER_LISTENS, Program
from benchmarks.support.report import table, write_json
from benchmarks.system import budgets
from benchmarks.system.budgets.attacks import ATTACKS, LATEST_S, Attack, Ports
from benchmarks.system.budgets.honest import HonestClient, longest_pause_s
from benchmarks.system.cameras import clip_jpegs

CAMERAS, PER_S = 2, 5.0
WARM_UP_S = 5.0
AFTER_S = 4.0
"""After the attack, before what is left of it is read."""
LOOK_S = 0.02
AS_SYSTEMD = ("sh", "-c", 'ulimit -Sn 1024 && exec "$@"', "sh")

HEAD = (
    *("attack", "checkout", "longest pause of a camera s", "honest picture s", "refused"),
    *("memory MiB: before", "most", "after", "descriptors", "log KiB", "note"),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What an attack cost. pause_s: the longest time in which a camera got no answer. honest_s:
    the longest wait of an honest picture; refused: how many of them got no 200."""

    attack: str
    checkout: str
    pause_s: float
    honest_s: float
    refused: int
    before_mib: float
    most_mib: float
    after_mib: float
    descriptors: int
    log_kib: float
    note: str


class Watch:
    """Reads a process's memory and descriptors, again and again, until the with-block ends."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self.before_mib = self.most_mib = self.mib()
        self.descriptors = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def mib(self) -> float:
        return float(self._process.memory_info().rss) / 2**20

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(5.0)

    def _run(self) -> None:
        while not self._ended.wait(LOOK_S):
            with contextlib.suppress(psutil.Error):
                self.most_mib = max(self.most_mib, self.mib())
                self.descriptors = max(self.descriptors, self._process.num_fds())


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    jpegs = clip_jpegs(options.video or test_data() / "video" / "signers.mp4")
    checkouts = [*(options.checkout or []), ROOT]
    costs = []
    for name in options.attack or list(ATTACKS):
        for checkout in checkouts:
            costs.append(suffer(checkout, ATTACKS[name], jpegs))
            print(_table(costs[-1:]).splitlines()[-1], file=sys.stderr)
    print(_table(costs))
    write_json(options.json, "budgets", {"results": [asdict(cost) for cost in costs]})
    return 0


def suffer(checkout: Path, attack: Attack, jpegs: Sequence[bytes]) -> Cost:
    """Attacks a new server of this checkout."""
    with contextlib.ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        program, ports = _server(checkout.resolve(), folder, opened)
        cameras = [
            opened.enter_context(
                Camera(ports.wire, f"camera {n}", jpegs, PER_S, n / CAMERAS, LATEST_S)
            )
            for n in range(CAMERAS)
        ]
        client = opened.enter_context(HonestClient(ports.http, jpegs[0]))
        time.sleep(WARM_UP_S)
        client.forget()
        logged = program.logged_bytes
        with Watch(program.pid) as watch:
            from_s = time.monotonic()
            note = attack.run(ports)
            time.sleep(AFTER_S)
            to_s = time.monotonic()
        return Cost(
            attack.words,
            checkout.name,
            longest_pause_s(cameras, from_s, to_s),
            client.longest_s,
            client.failed,
            watch.before_mib,
            watch.most_mib,
            watch.mib(),
            watch.descriptors,
            (program.logged_bytes - logged) / 1024,
            note,
        )


def _server(checkout: Path, folder: Path, opened: contextlib.ExitStack) -> tuple[Program, Ports]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        http = int(free.getsockname()[1])
    program = opened.enter_context(
        Program(
            *("-m", "server", "--port", "0", "--http", "--http-port", str(http), "--no-auth"),
            *("--data", str(folder / "data"), "--images", str(folder / "images")),
            *("--encodings", str(folder / "encodings.pkl")),
            listens=SERVER_LISTENS,
            within=AS_SYSTEMD,
            root=checkout,
        )
    )
    return program, Ports(http, program.port)


def _table(costs: Sequence[Cost]) -> str:
    rows = [
        (
            *(cost.attack, cost.checkout, f"{cost.pause_s:.1f}", f"{cost.honest_s:.1f}"),
            *(cost.refused, f"{cost.before_mib:.0f}", f"{cost.most_mib:.0f}"),
            *(f"{cost.after_mib:.0f}", cost.descriptors, f"{cost.log_kib:.0f}", cost.note),
        )
        for cost in costs
    ]
    return table(HEAD, rows)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("budgets", budgets.__doc__)
    add = parser.add_argument
    add("--checkout", action="append", type=Path, help="attack this one, too; may be repeated")
    add("--attack", action="append", choices=tuple(ATTACKS), help="only this; may be repeated")
    add("--video", type=Path, help="a clip of 30 frames a second (LOOKOUT_TEST_DATA's signers)")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
