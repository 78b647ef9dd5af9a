"""Installs the clients, starts the server, and goes through the life cycle of each."""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import benchmarks.system.clients as described
from benchmarks.support.command import command_parser
from benchmarks.support.data import test_data
from benchmarks.support.programs import ROOT, SERVER_LISTENS, Program
from benchmarks.support.report import RESULTS, table, write_json
from benchmarks.system.clients.life_cycle import STEPS
from lookout.server.api.services.first_password import FILENAME as FIRST_PASSWORD

_EPILOG = """example:
  python -m benchmarks.clients --json clients.json

Each client lives in an environment of its own under --folder, installed from PyPI or npm. Those
with a key reach the server on the loopback address, which is not trusted. Those without a key reach
it at this machine's own address, which --trust names, as a client in a container would.
"""

HTTP = re.compile(r"HTTP API on (\S+) port (\d+)")
SETUP = "127.0.0.2"
"""The address that the benchmark itself asks from, trusted as an administrator."""
PASSWORD = "of the clients' benchmark"  # noqa: S105 - of a server that lives for minutes
TIMEOUT_S = 240
PICTURES = ("Family1-Dad1.jpg", "Family1-Dad2.jpg", "Family1-Dad3.jpg", "Family2-Man1.jpg")


@dataclass(frozen=True, slots=True)
class ClientCase:
    """One client. script: a module or a .mjs file, with arguments; packages: from PyPI or npm."""

    name: str
    script: tuple[str, ...]
    packages: tuple[str, ...] = ()
    keyless: bool = False


# urllib3<2 and Pillow: the packages need them and do not say so
CASES = (
    ClientCase("compreface-sdk", ("compreface_sdk",), ("compreface-sdk==0.6.0", "urllib3<2")),
    ClientCase("compreface-js-sdk", ("compreface_js.mjs",), ("@exadel/compreface-js-sdk@1.0.0",)),
    ClientCase("deepstack-sdk", ("deepstack_sdk",), ("deepstack-sdk==0.2.1",)),
    ClientCase("deepstack-python", ("keyed_by_form",), ("deepstack-python==0.9", "Pillow")),
    ClientCase(
        "deepstack-python, no key", ("keyed_by_form",), ("deepstack-python==0.9", "Pillow"), True
    ),
    ClientCase(
        "codeproject-ai-api", ("keyed_by_form",), ("codeproject-ai-api==0.1", "Pillow"), True
    ),
    ClientCase("Double Take, CompreFace", ("double_take.mjs", "compreface")),
    ClientCase("Double Take, DeepStack", ("double_take.mjs", "deepstack")),
    ClientCase("Double Take, no key", ("double_take.mjs", "deepstack"), (), True),
)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    here = own_address()
    pictures = [test_data() / "families" / name for name in PICTURES]
    results: dict[str, dict[str, str]] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        _server(Path(folder), here, options.encoder) as server,
    ):
        assert server.port  # waits until it listens  # noqa: S101
        (port,) = {int(found[2]) for line in server.log() if (found := HTTP.search(line))}
        key = _key(port, (Path(folder) / "data" / FIRST_PASSWORD).read_text().strip())
        for case in CASES:
            if case.name not in (options.only or [case.name]):
                continue
            host = here if case.keyless else "127.0.0.1"
            _ask(port, "DELETE", "/api/v1/recognition/subjects")
            given = [host, str(port), "" if case.keyless else key, *map(str, pictures)]
            results[case.name] = told = run(case, given, options.folder)
            print(f"{case.name}: {sum(not fault for fault in told.values())} of {len(STEPS)} steps")
    print(table(("client", *STEPS), [(name, *_cells(told)) for name, told in results.items()]))
    for name, told in results.items():
        for step, fault in told.items():
            if fault:
                print(f"{name}, {step}: {fault}")
    write_json(options.json, "clients", {"encoder": options.encoder, "results": results})
    return int(any(fault for told in results.values() for fault in told.values()))


def run(case: ClientCase, given: list[str], folder: Path) -> dict[str, str]:
    """The fault of each step, empty where it passed."""
    script, *more = case.script
    place = folder / re.sub(r"[^A-Za-z0-9.]+", "-", "-".join([script, *case.packages[:1]]))
    if script.endswith(".mjs"):
        command = [_tool("node"), str(Path(__file__).with_name(script)), *more, *given]
    else:
        module = f"{described.__name__}.{script}"
        command = [str(place / "bin" / "python"), "-m", module, *more, *given]
    _install(case, place)
    ended = subprocess.run(
        command,
        cwd=place if script.endswith(".mjs") else ROOT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    lines = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith('{"step"')]
    found = {line["step"]: line["fault"] for line in lines}
    return {step: found.get(step, ended.stderr[-300:] or "not reached") for step in STEPS}


def own_address() -> str:
    """This machine's address in its network; no packet is sent. Raises OSError without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect(("192.0.2.1", 9))
        address: str = asking.getsockname()[0]
        return address


def _server(folder: Path, here: str, encoder: str) -> Program:
    return Program(
        *("-m", "server", "--port", "0", "--detector", "yunet", "--encoder", encoder),
        *("--http", "--http-port", "0", "--http-host", "0.0.0.0"),  # noqa: S104
        *("--data", str(folder / "data"), "--encodings", str(folder / "encodings.pkl")),
        *("--images", str(folder / "images")),
        *("--trust", f"{SETUP}=admin", "--trust", f"{here}=operator"),
        listens=SERVER_LISTENS,
        output=folder / "output.txt",
    )


def _key(port: int, first_password: str) -> str:
    """A new API key with an operator's rights, made by the first user: a trusted address makes
    none."""
    bearer = _sign_in(port, first_password)
    changed = {"password": first_password, "new_password": PASSWORD}
    _ask(port, "PUT", "/api/v1/auth/password", changed, **bearer)
    rights = {"name": "clients", "rights": ["recognize", "people:read", "people:write"]}
    key: str = _ask(port, "POST", "/api/v1/keys", rights, **_sign_in(port, PASSWORD))["key"]
    return key


def _sign_in(port: int, password: str) -> dict[str, str]:
    given = {"username": "admin", "password": password}
    token = _ask(port, "POST", "/api/v1/auth/login", given)["access_token"]
    return {"authorization": f"Bearer {token}"}


def _ask(port: int, method: str, path: str, body: object = None, **headers: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, 60, source_address=(SETUP, 0))
    headers["content-type"] = "application/json"
    with contextlib.closing(connection):
        connection.request(method, path, json.dumps(body), headers)
        return json.loads(connection.getresponse().read() or "null")


def _install(case: ClientCase, place: Path) -> None:
    if case.script[0].endswith(".mjs"):
        place.mkdir(parents=True, exist_ok=True)
        if case.packages and not (place / "node_modules").exists():
            _call(_tool("npm"), "install", "--prefix", str(place), *case.packages)
    elif not (place / "bin" / "python").exists():
        venv.create(place, with_pip=True)
        _call(str(place / "bin" / "python"), "-m", "pip", "install", "-q", *case.packages)


def _call(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _tool(name: str) -> str:
    return shutil.which(name) or sys.exit(f"{name} is not installed")


def _cells(told: dict[str, str]) -> list[str]:
    return ["FAILED" if told[step] else "pass" for step in STEPS]


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("clients", described.__doc__, _EPILOG)
    parser.add_argument("--encoder", default="auto", help="the server's (%(default)s)")
    parser.add_argument("--only", action="append", choices=[case.name for case in CASES])
    parser.add_argument("--folder", type=Path, default=(RESULTS / "clients").resolve())
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
