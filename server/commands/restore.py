"""`lookout restore`: a backup into an empty home."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lookout.command_line import command_parser, fail, say
from lookout.server.commands.backup import add_places
from lookout.server.storage.backup import Places
from lookout.server.storage.errors import StorageError
from lookout.server.storage.master_key import FILENAME, VARIABLE
from lookout.server.storage.restore import RestoreReport, restore_backup

CONFIRMATION = "replace"

EPILOG = f"""\
examples:
  lookout --home NEW restore lookout-monday.tar --key /safe/place/{FILENAME}
  %(prog)s lookout-monday.tar --force

Every file is compared with its checksum before anything is moved into place. The server must not be
running. Where something is there already, the command refuses; --force asks, and moves it aside."""


def main(arguments: Sequence[str], prog: str = "lookout restore") -> int:
    """Runs the command; 0 if it was done, 2 with a line that says why it was not."""
    given = _parser(prog).parse_args(arguments)
    if given.force and not _confirmed():
        return fail("restore", "not confirmed; nothing was changed", 2)
    places = Places(given.data, given.encodings, given.images)
    try:
        report = restore_backup(
            given.source, places, os.environ, key_file=given.key, replace=given.force
        )
    except StorageError as error:
        return fail("restore", str(error), 2)
    say("\n".join(_lines(report, places)))
    return 0


def _confirmed() -> bool:
    sys.stdout.write(
        "What is there is moved aside and the backup takes its place.\n"
        f"Type {CONFIRMATION} to go on: "
    )
    sys.stdout.flush()
    return sys.stdin.readline().strip() == CONFIRMATION


def _lines(report: RestoreReport, places: Places) -> list[str]:
    lines = [f"Restored {report.files} files; every checksum is right."]
    lines += [f"What was there before is now {path}." for path in report.aside]
    if report.opened:
        lines.append("The store opens with its master key.")
    elif report.has_store:
        lines.append(
            f"The master key is still missing: put it into {places.store / FILENAME} (mode 0600) "
            f"or {VARIABLE} before the server starts."
        )
    return lines


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(prog, __doc__, EPILOG)
    parser.add_argument("source", type=Path, metavar="FILE|DIR", help="what `lookout backup` made")
    parser.add_argument("--key", type=Path, metavar="FILE", help="the master key, if it is apart")
    parser.add_argument("--force", action="store_true", help="replace what is there; asks first")
    add_places(parser)
    return parser
