"""The command `lookout`: one page of help, and a command's code loaded only when it is run.

An edge has no dlib and a server no Flask, so no more than the chosen command may be imported.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lookout import __version__
from lookout.env_file import with_env_file
from lookout.paths import HOME_VARIABLE, WHERE_DATA_LIES
from lookout.server.commands import COMMANDS as SERVER_COMMANDS

EXIT_MISUSED = 2
CONFIG = "config"

HELP = f"""\
usage: lookout [--home DIR] COMMAND [options]     lookout COMMAND --help explains one command

Self-hosted face recognition: a camera's machine streams, one machine names the faces, and a live
page shows them. No face leaves your machines.

to begin
  demo         a named face in your browser within a minute; no camera is needed
  server       names the faces in what edges send; runs on the machine with the GPU, if there is one
  edge         streams this machine's camera and shows the live page, on port 8001

who is known
  train        learn the people in utils/images/<name>/
  cameras      add, list, test, find and remove cameras that the server fetches itself
  people       list, rename, merge, split and remove people; undo that
  import       bring in a registry of people from a spreadsheet
  import-gallery   bring in the people of another program's encodings file
  cluster      sort the faces of folders and videos into people whom nobody named yet
  pose         a photograph as if the face looked elsewhere
  recognize    who is in these pictures, folders, videos and streams? No server is needed
  plans        floor plans on which cameras have their places
  movement     where somebody was, with whom, and when a place is busy
  frigate      write names on the events of Frigate, as Double Take did
  alerts       who was told of what and why; the rules as one file; silences

keeping it well
  config       which setting has which value, and where that comes from
  doctor       is this machine as fast as it could be, and is everything there?
  models       list and fetch networks; `lookout models install yunet` fetches the fast detector
  calibrate    measure which threshold suits the people who are enrolled
  encoders     measure the strangers of an encoder that you added
  backup       save everything in one file or folder, while the server runs
  restore      put a backup into an empty home
  rotate-key   change the key that seals everything that is stored

beyond one machine
  consume      recognize the pictures that wait in Apache Kafka
  topics       make its topics, and see how far behind the consumers are
  storage      copy everything that is kept from SQLite into MongoDB, or back
  keys         keep the data keys of several servers on one MongoDB
  engine       compute the networks of several servers, on Ray Serve
  federated    calibrate with other sites; sums leave this machine, never a face

on two machines
  lookout server --host 0.0.0.0 --token SECRET
  lookout edge --serverIP 192.168.1.20 --token SECRET     then open http://<this machine>:8001/

{WHERE_DATA_LIES}
--home DIR stands for the first. A file `.env` in it holds settings for all commands: the option
--http-port is LOOKOUT_HTTP_PORT there and in the environment. Networks are cached in
$XDG_CACHE_HOME/lookout, usually ~/.cache/lookout; your own entries of models are in
~/.config/lookout/models.toml.

  --version    the version of Lookout
"""


@dataclass(frozen=True, slots=True)
class Command:
    """The module whose `main(arguments, prog)` runs a command, and the extras that it needs."""

    module: str
    extras: str


_SEALING = ("alerts", "backup", "cameras", "import", "movement", "plans", "restore", "rotate-key")
_EXTRAS = {
    "consume": "server,api,kafka",
    "topics": "server,api,kafka",
    "storage": "server,api,mongo",
    "keys": "server,api,mongo",
    "engine": "server,ray",
    "frigate": "server,frigate",
    "federated": "server,api",
    **dict.fromkeys(_SEALING, "server,api"),
}
COMMANDS: Mapping[str, Command] = {
    "demo": Command("lookout.demo", "server,edge,demo"),
    "server": Command("lookout.server.cli", "server"),
    "edge": Command("lookout.edge.cli", "edge"),
    "train": Command("lookout.train", "server"),
    "config": Command("lookout.config", "server"),
    "models": Command("lookout.faces.models.__main__", "server"),
    "calibrate": Command("lookout.faces.calibrate.__main__", "server"),
    "encoders": Command("lookout.faces.calibrate.encoders", "server"),
    **{
        name: Command(module, _EXTRAS.get(name, "server"))
        for name, module in SERVER_COMMANDS.items()
    },
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command of `lookout`; returns its exit status, 2 where it cannot be run."""
    rest = list(sys.argv[1:] if arguments is None else arguments)
    if rest[:1] == ["--home"]:
        if len(rest) < 2:
            return _fail("--home needs a folder: lookout --home DIR COMMAND")
        os.environ[HOME_VARIABLE] = str(Path(rest[1]).absolute())
        rest = rest[2:]
    if not rest or rest[0] in ("-h", "--help", "help"):
        sys.stdout.write(HELP)
        return 0 if rest else EXIT_MISUSED
    if rest[0] == "--version":
        sys.stdout.write(f"lookout {__version__}\n")
        return 0
    command = COMMANDS.get(rest[0])
    if command is None:
        return _fail(f"there is no command {rest[0]!r}; available: {', '.join(COMMANDS)}")
    return _run(command, rest[0], rest[1:])


def _run(command: Command, name: str, arguments: Sequence[str]) -> int:
    try:
        module = importlib.import_module(command.module)
        if name == CONFIG:  # it looks at `.env` and the environment apart
            status: int = module.main(arguments, f"lookout {name}")
        else:
            status = with_env_file(module.main, arguments, f"lookout {name}")
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "lookout"):
            raise
        return _fail(
            f"{name} needs the package {package}, which is not installed. In a clone of Lookout: "
            f"pip install '.[{command.extras}]'"
        )
    return status


def _fail(text: str) -> int:
    sys.stderr.write(f"lookout: {text}\n")
    return EXIT_MISUSED
