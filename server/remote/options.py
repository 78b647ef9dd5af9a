"""What a user can set of an engine elsewhere."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit


class EngineKind(StrEnum):
    """What serves the networks."""

    RAY = "ray"
    TRITON = "triton"


_SCHEMES = {
    "ray": (EngineKind.RAY, False),
    "rays": (EngineKind.RAY, True),
    "triton": (EngineKind.TRITON, False),
    "tritons": (EngineKind.TRITON, True),
}
_PORTS = {EngineKind.RAY: 8000, EngineKind.TRITON: 8001}


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """port: Ray Serve's of HTTP, Triton's of gRPC."""

    kind: EngineKind
    host: str
    port: int
    tls: bool = False

    def __str__(self) -> str:
        return f"{self.kind} at {self.host} port {self.port}"


def add_remote_options(add: Callable[..., object]) -> None:
    """`--engine`; `add` is a parser's `add_argument`."""
    add(
        "--engine",
        type=_engine,
        default=None,
        metavar="URL",
        help="let Ray Serve or Triton compute detector and encoder, like ray://host:8000 or "
        "triton://host:8001; rays and tritons are encrypted; while it is away they are computed "
        "here (none)",
    )


def read_remote(url: str) -> RemoteOptions:
    """An engine by its address. Raises ValueError with a line for people."""
    try:
        parts = urlsplit(url)
        kind, tls = _SCHEMES[parts.scheme]
        port = parts.port or _PORTS[kind]
    except (ValueError, KeyError):
        parts = None
    if parts is None or not parts.hostname or parts.username or parts.path not in ("", "/"):
        raise ValueError("give the engine as ray://host:8000 or triton://host:8001")
    return RemoteOptions(kind, parts.hostname, port, tls)


def _engine(text: str) -> RemoteOptions:
    try:
        return read_remote(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
