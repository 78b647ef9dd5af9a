"""The command line: serves until it is stopped, or runs one of the other commands."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import sys
from collections.abc import Mapping, Sequence

from lookout.faces.errors import FacesError
from lookout.server.app import serve
from lookout.server.errors import ServerError
from lookout.server.settings import read_settings
from lookout.wire.errors import WireError

COMMANDS: Mapping[str, str] = {
    "doctor": "lookout.server.commands.doctor",
    "import": "lookout.server.commands.import_registry",
    "people": "lookout.server.commands.people",
    "recognize": "lookout.server.commands.recognize",
    "rotate-key": "lookout.server.commands.rotate_key",
}
"""A command's name and the module whose `main(arguments) -> int` runs it."""

EXIT_CANNOT_START = 2


def main(arguments: Sequence[str]) -> int:
    """Runs `python -m server` with these arguments; returns the exit status."""
    if arguments and arguments[0] in COMMANDS:
        command = importlib.import_module(COMMANDS[arguments[0]])
        status: int = command.main(arguments[1:])
        return status
    try:
        settings = read_settings(arguments, os.environ)
        logging.basicConfig(
            level=settings.log_level,
            format="%(asctime)s %(levelname)-7s %(message)s",
            stream=sys.stderr,
        )
        return asyncio.run(serve(settings))
    except (ServerError, FacesError, WireError) as error:
        sys.stderr.write(f"lookout server: {error}\n")
        return EXIT_CANNOT_START
