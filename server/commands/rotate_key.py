"""`lookout rotate-key`: changes the master key that locks everything that is stored."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from lookout.command_line import command_parser, fail, say
from lookout.paths import find_home
from lookout.server.storage.errors import MasterKeyError, StorageError
from lookout.server.storage.master_key import FILENAME, VARIABLE, checked_key
from lookout.server.storage.opening import has_store
from lookout.server.storage.rotation import rotate_master_key

NEW_VARIABLE = "LOOKOUT_NEW_MASTER_KEY"

EPILOG = f"""\
Stop the server first: the command refuses while it runs. Do this after somebody may have seen the
key, or the disk that it was on.

Where the key is the file {FILENAME} a new one takes its place. Where it is in {VARIABLE},
put the new one into {NEW_VARIABLE}, run the command, and then set
{VARIABLE} to it:

  %(prog)s
  {NEW_VARIABLE}=$(openssl rand -base64 32 | tr +/ -_) %(prog)s

Whenever this is cut off, one of the two keys opens everything, and the next start sees which. The
old key still opens copies of the folder that were made before: delete those, or keep the old key as
safe as the new one. Back the new key up, apart from the folder: without it nothing can be read."""


def main(arguments: Sequence[str], prog: str = "lookout rotate-key") -> int:
    """Runs the command; 0 if it was done, 2 with a line that says why it was not."""
    options = _parser(prog).parse_args(arguments)
    try:
        say(rotate(options.data, os.environ))
    except StorageError as error:
        return fail("rotate-key", str(error), 2)
    return 0


def rotate(folder: Path, environment: Mapping[str, str]) -> str:
    """Changes the key; returns a summary. Raises StorageError."""
    if not has_store(folder):
        raise StorageError(f"nothing is stored in {folder} yet, so there is no key to change")
    new_key = environment.get(NEW_VARIABLE, "").encode() or None
    if new_key is not None:
        new_key = checked_key(new_key, NEW_VARIABLE)
    elif environment.get(VARIABLE):
        raise MasterKeyError(
            f"the master key is in {VARIABLE}: put the new one into {NEW_VARIABLE}"
        )
    count = rotate_master_key(folder, environment, new_key)
    where = (
        f"set {VARIABLE} to what {NEW_VARIABLE} holds before the next start"
        if new_key
        else f"it is in {folder / FILENAME}; back it up"
    )
    return f"The master key was changed: {count} data keys are locked with the new one; {where}."


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(prog, __doc__, EPILOG)
    parser.add_argument(
        "--data", type=Path, default=find_home().store, metavar="DIR", help="(%(default)s)"
    )
    return parser
