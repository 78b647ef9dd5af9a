"""The real nginx and Caddy, with the examples of docs/reverse-proxy.md."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.support.paths import ROOT

NGINX = shutil.which("nginx") or ("/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else None)
CADDY = shutil.which("caddy")

Start = Callable[[int], AbstractContextManager[int]]
"""Starts a proxy in front of a program at this port; its own port."""

needs_nginx = pytest.mark.skipif(NGINX is None, reason="no nginx: apt-get install nginx-light")
needs_caddy = pytest.mark.skipif(CADDY is None, reason="no caddy: apt-get install caddy")

NGINX_CONFIGURATION = """
daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; {locations} }}
}}
"""


def example(number: int, language: str = "nginx") -> str:
    """The block of this number, from 0, in the documentation."""
    text = (ROOT / "docs" / "reverse-proxy.md").read_text(encoding="utf-8")
    return str(re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)[number])


def free_port() -> int:
    with socket.socket() as finder:
        finder.bind(("127.0.0.1", 0))
        return int(finder.getsockname()[1])


def nginx(folder: Path, locations: str, documented: int = 8001) -> Start:
    """`documented` is the port of the program in the example."""

    @contextmanager
    def start(behind: int) -> Iterator[int]:
        port, file = free_port(), folder / "nginx.conf"
        there = locations.replace(f"127.0.0.1:{documented}", f"127.0.0.1:{behind}")
        text = NGINX_CONFIGURATION.format(folder=folder, port=port, locations=there)
        file.write_text(text, encoding="utf-8")
        with program([NGINX or "", "-e", str(folder / "error.log"), "-c", str(file)], port):
            yield port

    return start


def caddy(folder: Path, example: str, documented: int = 8001) -> Start:
    """The example's site at a free port of loopback instead of its name, without encryption."""

    @contextmanager
    def start(behind: int) -> Iterator[int]:
        port, file = free_port(), folder / "Caddyfile"
        site = example.replace(f"127.0.0.1:{documented}", f"127.0.0.1:{behind}")
        site = site.replace("home.example.org", f"http://:{port}", 1)
        options = "{\n admin off\n default_bind 127.0.0.1\n}\n"
        file.write_text(options + site, encoding="utf-8")
        command = [CADDY or "", "run", "--adapter", "caddyfile", "--config", str(file)]
        with program(command, port, XDG_DATA_HOME=str(folder), XDG_CONFIG_HOME=str(folder)):
            yield port

    return start


@contextmanager
def program(command: list[str], port: int, **environment: str) -> Iterator[None]:
    with subprocess.Popen(
        command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL
    ) as running:
        try:
            end = time.monotonic() + 20.0
            while not listens(port):
                assert time.monotonic() < end, f"{command[0]} does not listen"
                assert running.poll() is None, f"{command[0]} has ended"
                threading.Event().wait(0.02)
            yield
        finally:
            running.terminate()
            running.wait(10.0)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
