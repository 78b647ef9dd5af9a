"""The options of the command line that say who may reach the page, and their environment."""

from __future__ import annotations

import argparse
import ipaddress
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lookout.command_line import base_path
from lookout.edge.page_access import Network, PageAccess

PASSWORD_VARIABLE = "LOOKOUT_PAGE_PASSWORD"  # noqa: S105 - the variable's name
LONGEST_PASSWORD = 1024

_ORIGIN = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")


class BadPageOption(ValueError):
    """An option that cannot be used; the message says why and what to do."""


def add_page_options(add: Callable[..., object]) -> None:
    """The options, for `take_page_options`; `add` is a parser's `add_argument`."""
    add(
        "--page-password-file",
        metavar="FILE",
        type=Path,
        help=f"a file that holds only the password of the page (or ${PASSWORD_VARIABLE}); browsers "
        "ask for it, with any user name",
    )
    add(
        "--watch-without-password",
        action="store_true",
        help="ask for the password only for Capture and corrections",
    )
    add(
        "--base-path",
        metavar="PATH",
        type=base_path,
        default="",
        help="the path under which a reverse proxy serves the page, such as /lookout; needed only "
        "where the proxy passes the path on",
    )
    add(
        "--trusted-proxy",
        metavar="ADDRESS",
        type=_network,
        action="append",
        default=[],
        help="address or network of a reverse proxy whose X-Forwarded-Host, -Proto, -For and "
        "-Prefix are believed; repeatable",
    )
    add(
        "--allow-embedding",
        metavar="ORIGIN",
        type=_origin,
        action="append",
        default=[],
        help="a site that may show the page in a frame, such as http://homeassistant.local:8123; "
        "repeatable",
    )


def take_page_options(values: dict[str, Any], environ: Mapping[str, str]) -> PageAccess:
    """Takes the options of `add_page_options` out of a parser's `values`. Raises BadPageOption."""
    password = _password(values.pop("page_password_file"), environ)
    watch_freely = values.pop("watch_without_password")
    if watch_freely and not password:
        raise BadPageOption(
            "--watch-without-password needs a password for the rest: --page-password-file FILE"
        )
    return PageAccess(
        base_path=values.pop("base_path"),
        trusted_proxies=tuple(values.pop("trusted_proxy")),
        embedding_origins=tuple(values.pop("allow_embedding")),
        password=password,
        watch_freely=watch_freely,
    )


def _password(file: Path | None, environ: Mapping[str, str]) -> str:
    if file is None:
        password = environ.get(PASSWORD_VARIABLE, "")
    else:
        try:
            password = file.read_text(encoding="utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise BadPageOption(f"--page-password-file {file} cannot be read: {reason}") from error
        if not password.strip():
            raise BadPageOption(f"--page-password-file {file} is empty: write the password into it")
    if len(password) > LONGEST_PASSWORD:
        raise BadPageOption(f"the page's password is longer than {LONGEST_PASSWORD} characters")
    return password


def _network(value: str) -> Network:
    try:
        return ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{value!r} is not an address or network such as 127.0.0.1 or 172.16.0.0/12"
        ) from None


def _origin(value: str) -> str:
    origin = value.removesuffix("/")
    if not _ORIGIN.fullmatch(origin):
        raise argparse.ArgumentTypeError(
            f"{value!r} is not an origin such as http://homeassistant.local:8123"
        )
    return origin
