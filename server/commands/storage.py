"""`lookout storage`: the store as a whole, and its copy into another database."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from lookout.command_line import command_parser, fail, say
from lookout.server.storage.copying import copy_store, share_crops
from lookout.server.storage.errors import StorageError

EPILOG = """\
SOURCE and TARGET are sqlite:FOLDER and mongo:FOLDER, one of each. FOLDER is a data folder, as
--data of the server is: the keys and the pictures of a store in MongoDB lie there, too. The records
are in the database that MONGO_URI (or the file that MONGO_URI_FILE names) and MONGO_DB_NAME say.

  MONGO_URI=mongodb://127.0.0.1:27017/?replicaSet=rs0 \\
      lookout storage copy sqlite:data mongo:data-mongo
  lookout storage copy mongo:data-mongo sqlite:data-copy     a copy that `lookout backup` can save

Stop the server first. Everything is copied as it lies there, sealed; the master key goes along
where it is a file. Cut off, the same command goes on where it was. At the end the number of rows
and a SHA-256 of each table are compared, and every picture. The source stays: delete it, or what
is forgotten in the copy can still be read there."""


def main(arguments: Sequence[str], prog: str = "lookout storage") -> int:
    """Runs the command; 0 if it was done, 2 with a line that says why it was not."""
    options = _parser(prog).parse_args(arguments)
    if options.command == "share":
        return _share(options.folder)
    (kind, source), (other, target) = options.source, options.target
    if kind == other:
        return fail("storage", "one of the two is sqlite:FOLDER, the other mongo:FOLDER", 2)
    try:
        copied = copy_store(
            source,
            target,
            os.environ,
            into_mongo=other == "mongo",
            tell=lambda table: say(f"copied {table}"),
        )
    except (StorageError, OSError) as error:
        return fail("storage", str(error), 2)
    for table, count in copied.rows.items():
        say(f"{table:18} {count:10,} the same on both sides")
    say(f"{'data keys':18} {copied.keys:10,}")
    say(f"{'pictures':18} {copied.crops:10,}")
    say(f"{source} has stayed as it was: delete it once the server runs on {target}")
    return 0


def _share(folder: Path) -> int:
    try:
        count = share_crops(folder, os.environ)
    except (StorageError, OSError) as error:
        return fail("storage", str(error), 2)
    say(f"{count:,} pictures are in MongoDB; keys.db and the master key have stayed in {folder}:")
    say(f"start lookout keys serve --folder {folder}, and the servers with --keys-url")
    return 0


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(prog, "The store as a whole.")
    commands = parser.add_subparsers(
        title="commands", required=True, metavar="COMMAND", dest="command"
    )
    copy = commands.add_parser(
        "copy",
        help="copy everything from SQLite into MongoDB, or back",
        description="Copies a whole store from SQLite into MongoDB, or back.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    copy.add_argument("source", type=_end, metavar="SOURCE", help="sqlite:FOLDER or mongo:FOLDER")
    copy.add_argument("target", type=_end, metavar="TARGET", help="mongo:FOLDER or sqlite:FOLDER")
    share = commands.add_parser(
        "share",
        help="move the pictures of a store in MongoDB there, too, for several servers",
        description="Moves the pictures of a store in MongoDB from its folder into the database, "
        "which several servers can have open then, with a key service (lookout keys serve). Stop "
        "the server first.",
    )
    share.add_argument("folder", type=Path, metavar="FOLDER", help="the data folder with keys.db")
    return parser


def _end(text: str) -> tuple[str, Path]:
    kind, _, folder = text.partition(":")
    if kind not in ("sqlite", "mongo") or not folder:
        raise argparse.ArgumentTypeError(f"a store is sqlite:FOLDER or mongo:FOLDER, not {text!r}")
    return kind, Path(folder)
