"""Starts the servers that are measured: Lookout with its HTTP API, and the bare route."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.support.programs import Program
from benchmarks.system.http.bare import PATH as BARE_PATH
from lookout.server.accounts.accounts import Accounts
from lookout.server.accounts.scopes import NO_AUTH, Scope
from lookout.server.storage.sqlite.store import open_store

LISTENS = re.compile(r"listening on \S+ port (\d+)")
HTTP_LISTENS = re.compile(r"HTTP API on \S+ port (\d+)")
LOOKOUT_PATH = "/api/v1/recognize"


@dataclass(frozen=True, slots=True)
class Target:
    """A server under load: where it takes photographs, and with what headers."""

    name: str
    program: Program
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def rss_mb(self) -> float:
        """Resident memory of the process and its children."""
        return sum(float(process.memory_info().rss) for process in self._family()) / 2**20

    def cpu_s(self) -> float:
        """Processor time of the process and its children so far."""
        times = [process.cpu_times() for process in self._family()]
        return sum(float(process.user + process.system) for process in times)

    def _family(self) -> list[psutil.Process]:
        process = psutil.Process(self.program.pid)
        return [process, *process.children(recursive=True)]


def bare(ends: ExitStack, encodings: Path) -> Target:
    """The bare route, once it listens; it ends with the stack."""
    program = ends.enter_context(
        Program("-m", "benchmarks.http.bare", "--known", str(encodings), listens=LISTENS)
    )
    return Target("bare", program, f"http://127.0.0.1:{program.port}{BARE_PATH}")


def lookout(
    ends: ExitStack, folder: Path, encodings: Path, detector: str, encoder: str = "auto"
) -> Target:
    """Lookout with these engines and a store of its own, once it listens; likewise."""
    data = folder / f"data-{detector}-{encoder}"
    key = _first_key(data)
    program = ends.enter_context(
        Program(
            *("-m", "server", "--port", "0", "--http", "--http-port", "0", "--data", str(data)),
            *("--encodings", str(encodings), "--images", str(folder / "images")),
            *("--detector", detector, "--encoder", encoder),
            listens=HTTP_LISTENS,
        )
    )
    url = f"http://127.0.0.1:{program.port}{LOOKOUT_PATH}"
    return Target(f"Lookout, {detector}, {encoder}", program, url, {"x-api-key": key})


def _first_key(data: Path) -> str:
    """The key of a program that may recognize, made before the server opens its store."""
    with open_store(data, {}) as store:
        accounts, now_s = Accounts(store), time.time()
        accounts.first_admin(now_s)
        return accounts.keys.create("benchmark", {Scope.RECOGNIZE}, NO_AUTH, now_s)[1]
