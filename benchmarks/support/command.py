"""The command line of a benchmark."""

from __future__ import annotations

import argparse


def command_parser(
    name: str, description: str | None, epilog: str | None = None
) -> argparse.ArgumentParser:
    """A parser for `python -m benchmarks.NAME` that keeps the line breaks of its texts."""
    return argparse.ArgumentParser(
        prog=f"python -m benchmarks.{name}",
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
