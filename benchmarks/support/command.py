"""The command line of a benchmark."""

from __future__ import annotations

import argparse

from lookout import command_line


def command_parser(
    name: str, description: str | None, epilog: str | None = None
) -> argparse.ArgumentParser:
    """A parser for `python -m benchmarks.NAME` that keeps the line breaks of its texts."""
    return command_line.command_parser(f"python -m benchmarks.{name}", description, epilog)
