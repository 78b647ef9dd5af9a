"""`lookout backup`: everything that is kept, while a server runs."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path

from lookout.command_line import command_parser, fail, say
from lookout.paths import find_home
from lookout.server.storage.backup import BackupReport, Places, write_backup
from lookout.server.storage.errors import StorageError
from lookout.server.storage.master_key import FILENAME, VARIABLE

EPILOG = f"""\
examples:
  %(prog)s /mnt/usb/lookout-monday.tar
  %(prog)s /mnt/usb/lookout-monday --no-images
  lookout --home NEW restore /mnt/usb/lookout-monday.tar

The server may run meanwhile. The database and the crops are sealed, the gallery and the photographs
are not: keep the backup as safe as the machine. The master key is left out, because a backup with
its key is open to everybody who finds it: keep {FILENAME} (or {VARIABLE}) in
another place. Without it the backup cannot be read."""


def main(arguments: Sequence[str], prog: str = "lookout backup") -> int:
    """Runs the command; 0 if it was done, 2 with a line that says why it was not."""
    given = _parser(prog).parse_args(arguments)
    places = Places(given.data, given.encodings, given.images)
    try:
        report = write_backup(
            places,
            given.target,
            os.environ,
            time.time(),
            with_key=given.with_key,
            with_images=given.with_images,
        )
    except StorageError as error:
        return fail("backup", str(error), 2)
    say("\n".join(_lines(report, given.target)))
    return 0


def _lines(report: BackupReport, target: Path) -> list[str]:
    lines = [
        f"Saved {report.files} files, {report.size / 2**20:.1f} MiB, in {target}: "
        f"{'the database, ' if report.has_store else 'no database (none is there), '}"
        f"{report.crops} face crops, {report.photographs} photographs."
    ]
    if report.forgotten:
        lines.append(f"{report.forgotten} face crops were forgotten meanwhile and are not in it.")
    if report.has_key:
        lines.append("The master key is in it: whoever has this backup can read everything.")
    elif report.has_store:
        lines.append(
            f"The master key is NOT in it: keep {FILENAME} or {VARIABLE} in another place; "
            "without it the backup cannot be read."
        )
    return lines


def add_places(parser: argparse.ArgumentParser) -> None:
    """The options that say where everything lies."""
    home = find_home()
    add = parser.add_argument
    add(
        "--data", type=Path, default=home.store, metavar="DIR", help="the data folder (%(default)s)"
    )
    add("--encodings", type=Path, default=home.encodings, help="the gallery (%(default)s)")
    add("--images", type=Path, default=home.images, help="photographs (%(default)s)")


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(prog, __doc__, EPILOG)
    parser.add_argument(
        "target",
        type=Path,
        metavar="FILE|DIR",
        help="a new file whose name ends in .tar, or a new folder",
    )
    parser.add_argument("--with-key", action="store_true", help="save the master key, too")
    parser.add_argument(
        "--no-images",
        dest="with_images",
        action="store_false",
        help="leave the photographs out; the gallery knows everybody without them",
    )
    add_places(parser)
    return parser
