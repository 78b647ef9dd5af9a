"""What all command lines share: the parser, a line said, a line that says why not, the log."""

from __future__ import annotations

import argparse
import logging
import re
import sys
from collections.abc import Callable
from typing import Any

_BASE_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")
"""Never two slashes at the start: a browser would take what follows for another machine."""
LEVELS = ("debug", "info", "warning", "error")


def command_parser(
    prog: str, description: str | None, epilog: str | None = None, *, allow_abbrev: bool = True
) -> argparse.ArgumentParser:
    """A parser that keeps the line breaks of its texts."""
    return argparse.ArgumentParser(
        prog=prog,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=allow_abbrev,
    )


def add_log_level(add: Callable[..., Any], usual: str = "%(default)s") -> None:
    """The option for how much is logged; `add` is the parser's `add_argument`."""
    add(
        "--log-level",
        type=str.upper,
        choices=tuple(level.upper() for level in LEVELS),
        metavar="|".join(LEVELS),
        help=f"({usual})",
    )


def base_path(value: str) -> str:
    """The value of `--base-path`: a path such as `/lookout`, without a slash at its end.

    Raises argparse.ArgumentTypeError."""
    path = value.rstrip("/")
    if path and not is_base_path(path):
        raise argparse.ArgumentTypeError(f"{value!r} is not a path such as /lookout")
    return path


def is_base_path(text: str) -> bool:
    """True for a path such as `/lookout` under which a reverse proxy may serve a program."""
    return bool(_BASE_PATH.fullmatch(text)) and not {".", ".."} & set(text.split("/"))


def log_to_stderr(level: str, make_filter: Callable[[], logging.Filter]) -> None:
    """Writes the log of this process to the standard error, through a filter."""
    logging.basicConfig(
        level=level, format="%(asctime)s %(levelname)-7s %(message)s", stream=sys.stderr
    )
    for handler in logging.getLogger().handlers:
        handler.addFilter(make_filter())


def say(text: str, *, to_error: bool = False) -> None:
    """Writes a line to the standard output, or to the standard error."""
    (sys.stderr if to_error else sys.stdout).write(text + "\n")


def fail(who: str, text: str, status: int) -> int:
    """Writes to the standard error why it cannot be done; returns the exit status."""
    say(f"{who}: {text}", to_error=True)
    return status
