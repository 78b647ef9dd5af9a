"""The programs of a coordinator and of a site, and the orders that a coordinator is given."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lookout.faces.atomic_file import replace_file
from lookout.json_document import read_json
from lookout.server.federated.errors import NotJoined, RoundFailed
from lookout.server.federated.flower.environment import COORDINATOR, SITE, Flower
from lookout.server.federated.flower.programs import Programs
from lookout.server.federated.gate import Gate, Watch
from lookout.server.federated.joining import Tunnel, load_site
from lookout.server.federated.members import Members

POLL_S = 0.2
START_S = 60.0
MAX_BYTES = 2**20
_APP = {
    "LICENSE": "MIT\n",
    "round_bundle.py": """\
from lookout.server.federated.flower import round_app

app = round_app.app
nothing = round_app.nothing
""",
    "pyproject.toml": """\
[project]
name = "lookout-round"
version = "1.0.0"
description = "Starts a round; sites run nothing of this bundle."
license = { file = "LICENSE" }
dependencies = []

[tool.flwr.app]
publisher = "lookout"

[tool.flwr.app.components]
serverapp = "round_bundle:app"
clientapp = "round_bundle:nothing"
""",
}


async def coordinate(
    flower: Flower,
    members: Members,
    host: str,
    port: int,
    stop: asyncio.Event,
    watch: Watch | None = None,
    on_ready: Callable[[int], None] = lambda _port: None,
) -> None:
    """A SuperLink on this machine, and the gate before it, until `stop`.

    Raises OSError if the port cannot be had, FederatedError if the SuperLink ends.
    """
    folder = members.folder
    flower.prepare(folder)
    link_port = _free_port()
    with Programs(flower.variables(folder, COORDINATOR), folder / "flower") as programs:
        programs.start("superlink", [
            flower.program("flower-superlink"), "--insecure", "--host", "127.0.0.1",
            "--port", str(link_port), "--disable-runtime-dependency-installation",
        ])  # fmt: skip
        await _listening(link_port, programs)
        gate = Gate(members, link_port) if watch is None else Gate(members, link_port, watch)
        bound = await gate.start(host, port)
        replace_file(folder / "serving.json", json.dumps({"link_port": link_port}).encode())
        try:
            on_ready(bound)
            while not stop.is_set():
                programs.check()
                await _pause(stop)
        finally:
            (folder / "serving.json").unlink(missing_ok=True)
            await gate.close()


async def take_part(
    flower: Flower,
    folder: Path,
    stop: asyncio.Event,
    every: Callable[[], None] = lambda: None,
    on_ready: Callable[[int], None] = lambda _pid: None,
) -> None:
    """A SuperNode and the tunnel that it speaks through, until `stop`.

    every: called several times a second; it takes over what the site has adopted.
    Raises NotJoined, FederatedError if the SuperNode ends.
    """
    record = load_site(folder)
    flower.prepare(folder)
    tunnel = Tunnel(folder, record.address)
    port = await tunnel.start()
    with Programs(flower.variables(folder, SITE), folder / "flower") as programs:
        pid = programs.start("supernode", [
            flower.program("flower-supernode"), "--insecure", "--superlink", f"127.0.0.1:{port}",
            "--host", "127.0.0.1", "--port", str(_free_port()),
        ])  # fmt: skip
        try:
            on_ready(pid)
            while not stop.is_set():
                programs.check()
                every()
                await _pause(stop)
        finally:
            await tunnel.close()


def ordered(
    flower: Flower, members: Members, order: Mapping[str, Any], timeout_s: float
) -> Mapping[str, Any]:
    """Has the coordinator that serves here carry out an order; returns what came of it.

    Raises NotJoined if none serves, RoundFailed with the reason if nothing came of it.
    """
    folder = members.folder
    try:
        serving: Any = read_json((folder / "serving.json").read_bytes(), MAX_BYTES)
    except FileNotFoundError as error:
        raise NotJoined("the coordinator is not running: lookout federated serve") from error
    number = secrets.token_hex(8)
    replace_file(folder / "order.json", json.dumps({**order, "order": number}).encode())
    address = f"127.0.0.1:{serving['link_port']}"
    config = (
        f'[superlink]\ndefault = "here"\n[superlink.here]\naddress = "{address}"\ninsecure = true\n'
    )
    for name, content in _APP.items():
        replace_file(folder / "flower" / "app" / name, content.encode())
    replace_file(folder / "flower" / "config.toml", config.encode())
    with Programs(flower.variables(folder, COORDINATOR), folder / "flower") as programs:
        app = str(folder / "flower" / "app")
        programs.run("run", [flower.program("flwr"), "run", app, "here"], START_S)
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        outcome = _outcome(folder)
        if outcome.get("order") == number:
            if "error" in outcome:
                raise RoundFailed(str(outcome["error"]))
            return outcome
        time.sleep(POLL_S)
    raise RoundFailed(f"nothing came of the order within {timeout_s:g} s; see the log of superlink")


def _outcome(folder: Path) -> Mapping[str, Any]:
    file = folder / "outcome.json"
    content = read_json(file.read_bytes(), MAX_BYTES) if file.is_file() else {}
    return content if isinstance(content, dict) else {}


async def _listening(port: int, programs: Programs) -> None:
    async with asyncio.timeout(START_S):
        while True:
            programs.check()
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(POLL_S)
                continue
            writer.close()
            return


async def _pause(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(POLL_S):
            await stop.wait()
    except TimeoutError:
        return


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
