"""The server's command line: serves until it is stopped, or runs one of the other commands."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from lookout.command_line import fail, log_to_stderr
from lookout.faces.errors import FacesError
from lookout.faces.memory import keep_large_blocks_apart
from lookout.server.app import serve
from lookout.server.commands import COMMANDS
from lookout.server.errors import ServerError
from lookout.server.settings import read_settings
from lookout.wire.errors import WireError
from lookout.wire.repeats import RepeatFilter

EXIT_CANNOT_START = 2


def main(arguments: Sequence[str], prog: str = "lookout server") -> int:
    """Serves until stopped; returns the exit status. `prog` is how it was called.

    Where the first argument is the name of another command, that is run, as ever.
    """
    keep_large_blocks_apart()
    if arguments and arguments[0] in COMMANDS:
        command = importlib.import_module(COMMANDS[arguments[0]])
        status: int = command.main(arguments[1:], f"{prog} {arguments[0]}")
        return status
    try:
        settings = read_settings(arguments, os.environ, prog)
        log_to_stderr(settings.log_level, RepeatFilter)
        status = asyncio.run(serve(settings))
    except (ServerError, FacesError, WireError) as error:
        status = fail("lookout server", str(error), EXIT_CANNOT_START)
    else:
        _leave(status)
    return status


def _leave(status: int) -> NoReturn:
    """Ends the process, in which everything has been closed: the usual way takes native libraries
    apart, for seconds on a busy machine, and two seconds are promised."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
