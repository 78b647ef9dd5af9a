"""The shared secret of the socket, and the addresses that only this machine can reach."""

from __future__ import annotations

import argparse
import ipaddress
from collections.abc import Callable, Mapping
from pathlib import Path

TOKEN_VARIABLE = "LOOKOUT_TOKEN"  # noqa: S105 - the variable's name


class BadToken(ValueError):
    """The secret cannot be read; the message says why, and what to do."""


def add_token_options(add: Callable[..., object]) -> None:
    """`--token` and `--token-file`, for `read_token`; `add` is a parser's `add_argument`."""
    add(
        "--token",
        default=None,  # an empty one is a mistake, unlike none
        metavar="SECRET",
        help="the secret that server and edges share, or on an edge an API key with the right "
        f"`edge`; better in a file or in ${TOKEN_VARIABLE}, because everybody on this machine can "
        "read a command line",
    )
    add("--token-file", metavar="FILE", type=Path, help="a file that holds only the secret")


def read_token(given: argparse.Namespace, environment: Mapping[str, str]) -> str:
    """The secret of the command line, else of `environment`; empty if there is none.

    Raises BadToken.
    """
    token: str | None = given.token
    file: Path | None = given.token_file
    if token is not None and file is not None:
        raise BadToken("--token and --token-file exclude each other: give one of them")
    if file is not None:
        try:
            token = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadToken(f"--token-file {file} cannot be read: {error}") from error
    if token == "":
        raise BadToken("the token is empty; make one with: openssl rand -hex 32")
    return environment.get(TOKEN_VARIABLE, "") if token is None else token


def is_loopback(host: str) -> bool:
    """True when only programs on this machine can connect to this address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
