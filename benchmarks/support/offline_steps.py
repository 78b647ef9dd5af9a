"""What a fresh install does without a network; run by `benchmarks.fresh_install` inside it.

Nothing but the standard library is used, and `lookout` as a command. Prints JSON.
"""

from __future__ import annotations

import fcntl
import json
import os
import pickle
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

TIMEOUT_S = 120.0
NAME = "Eileen Collins"
_UP = 0x8914, 0x1  # SIOCSIFFLAGS, IFF_UP


def main(arguments: Sequence[str]) -> int:
    """arguments: the folder of this user, with `portrait.png`, and perhaps one with models."""
    folder = Path(arguments[0])
    bring_up_loopback()
    steps = {"default": fresh(folder / "default", folder / "portrait.png", {})}
    if len(arguments) > 1:
        models = {"LOOKOUT_MODELS": arguments[1]}
        steps["with the models folder"] = fresh(folder / "models", folder / "portrait.png", models)
    portable = folder / "default" / "share" / "utils" / "encodings.pkl"
    steps["an old gallery alone"] = old_gallery(folder / "old", folder / "portrait.png", portable)
    sys.stdout.write(json.dumps(steps, indent=2) + "\n")
    return 0


def fresh(home: Path, portrait: Path, environment: dict[str, str]) -> dict[str, Any]:
    """`lookout demo`, `lookout train` and the HTTP API of somebody who has nothing yet."""
    facts: dict[str, Any] = {}
    with_home = user(home) | environment
    began_s = time.monotonic()
    page, api, tcp = free_ports()
    demo = lookout(
        home,
        with_home,
        *("demo", "--camera", "demo", "--port", page, "--httpPort", api, "--serverPort", tcp),
    )
    try:
        until(lambda: names_of(page), demo, home)
        facts["demo: first name after s"] = round(time.monotonic() - began_s, 1)
        facts["demo: name"] = names_of(page)
    finally:
        end(demo)
    began_s = time.monotonic()
    end(lookout(home, with_home, "train"), wait=True)
    facts["train s"] = round(time.monotonic() - began_s, 1)
    return facts | http_name(home, with_home, portrait)


def old_gallery(home: Path, portrait: Path, portable: Path) -> dict[str, Any]:
    """The HTTP API where there are only encodings by dlib, in the form that all projects share."""
    with portable.open("rb") as stream:
        content = pickle.load(stream)  # noqa: S301 - made a moment ago
    utils = home / "share" / "utils"
    utils.mkdir(parents=True)
    with (utils / "encodings.pkl").open("wb") as stream:
        pickle.dump({"encodings": content["encodings"], "names": content["names"]}, stream)
    return http_name(home, user(home), portrait)


def http_name(home: Path, environment: dict[str, str], portrait: Path) -> dict[str, Any]:
    """The name that the HTTP API gives to the portrait, by which engines, and after how long."""
    _, api, tcp = free_ports()
    began_s = time.monotonic()
    server = lookout(
        home, environment, "server", "--port", tcp, "--http", "--no-auth", "--http-port", api
    )
    try:
        until(lambda: healthy(api), server, home)
        ready_s = time.monotonic() - began_s
        answer = recognized(api, portrait)
        named_s = time.monotonic() - began_s
    finally:
        end(server)
    log = (home / "log").read_text(encoding="utf-8")
    return {
        "server ready s": round(ready_s, 2),
        "named over HTTP after s": round(named_s, 2),
        "names": [(face.get("person") or {}).get("name") for face in answer["faces"]],
        "engines": re.findall(r"(?:detector|encoder): (\S+), on", log)[-2:],
    }


def recognized(port: str, portrait: Path) -> dict[str, Any]:
    """The answer of POST /api/v1/recognize."""
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    body = head.encode() + portrait.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/recognize",
        body,
        {"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
        document: dict[str, Any] = json.load(answer)
        return document


def names_of(port: str) -> list[str]:
    """The names on the page of the edge at this moment."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/status", timeout=2) as answer:
            return [face["name"] for face in json.load(answer)["faces"] if face.get("name")]
    except (urllib.error.URLError, OSError, KeyError):
        return []


def healthy(port: str) -> bool:
    """Whether the HTTP API is ready."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


def user(home: Path) -> dict[str, str]:
    """The environment of a user whose files are all in `home`."""
    home.mkdir(parents=True, exist_ok=True)
    nowhere = "http://127.0.0.1:9"
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LOOKOUT_HOME": str(home / "share"),
        "XDG_CACHE_HOME": str(home / "cache"),
        **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), nowhere),
    }


def lookout(home: Path, environment: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    """The command with these arguments; what it says goes to the file `log`."""
    command = shutil.which("lookout", path=str(Path(sys.executable).parent))
    with (home / "log").open("ab") as log:
        return subprocess.Popen(
            [str(command), *arguments], env=environment, cwd=home, stdout=log, stderr=log
        )


def end(process: subprocess.Popen[bytes], *, wait: bool = False) -> None:
    """Ends a program, or waits for its own end."""
    if not wait:
        process.send_signal(signal.SIGINT)
    process.wait(TIMEOUT_S)


def until(done: Callable[[], object], process: subprocess.Popen[bytes], home: Path) -> None:
    """Waits for it. Raises SystemExit with the log if the program ends or time is up."""
    end_s = time.monotonic() + TIMEOUT_S
    while not done():
        if process.poll() is not None or time.monotonic() > end_s:
            sys.exit((home / "log").read_text(encoding="utf-8"))
        time.sleep(0.02)


def free_ports() -> tuple[str, str, str]:
    """Three ports that nobody uses."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    ports = [str(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports[0], ports[1], ports[2]


def bring_up_loopback() -> None:
    """In a network namespace of one's own even 127.0.0.1 is down at first."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH14s", b"lo", _UP[1], b"")
        try:
            fcntl.ioctl(control, _UP[0], request)
        except PermissionError:
            return  # not in a namespace of our own: it is up


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
