"""`lookout keys`: the data keys of several servers on one MongoDB."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from lookout.command_line import add_log_level, command_parser, fail, log_to_stderr
from lookout.paths import find_home
from lookout.server.errors import ServerError
from lookout.server.options import port_number
from lookout.server.storage.key_address import read_key_token
from lookout.wire.errors import WireError
from lookout.wire.repeats import RepeatFilter

EPILOG = """\
MongoDB cannot destroy anything, so the keys whose destruction is deletion are never there. Several
servers on one MongoDB ask this service for them; they are locked with the master key, which the
servers have and the service does not.

  openssl rand -hex 32 > keys-token; chmod 600 keys-token
  %(prog)s --token-file keys-token                              on one machine
  MONGO_URI=… LOOKOUT_KEYS_TOKEN_FILE=keys-token \\
      lookout server --keys-url http://127.0.0.1:8010           each server, with its own --data

Over a network give --tls-cert and --tls-key, or put a reverse proxy with TLS before it. Whoever has
the secret can destroy keys, and with them what is kept; whoever has the folder, the database and
the master key can read it. Back the folder up, apart from the master key: it is small, and without
it nothing can be read. See docs/mongodb.md."""


def main(arguments: Sequence[str], prog: str = "lookout keys") -> int:
    """Runs the command; 2 with a line that says why it cannot be done."""
    given = _parser(prog).parse_args(arguments)
    log_to_stderr(given.log_level, RepeatFilter)
    if (given.tls_cert is None) != (given.tls_key is None):
        return fail(prog, "--tls-cert and --tls-key go together: give both or neither", 2)
    try:
        # imported here, for it needs the extra `api`, and the help does not
        from lookout.server.keys.serving import KeyServiceSettings, serve_keys

        settings = KeyServiceSettings(
            given.folder,
            read_key_token(os.environ, given.token_file),
            given.host,
            given.port,
            given.tls_cert,
            given.tls_key,
        )
        asyncio.run(serve_keys(settings))
    except (ServerError, WireError, OSError) as error:
        return fail(prog, str(error), 2)
    return 0


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(prog, "The data keys of several servers on one MongoDB.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    serve = commands.add_parser(
        "serve",
        help="keep the keys, and destroy them, for the servers that know a secret",
        description="Keeps the data keys of several servers on one MongoDB, until stopped.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = serve.add_argument
    add(
        "--folder",
        type=Path,
        default=find_home().folder / "keys",
        metavar="DIR",
        help="where keys.db lies; no server's --data (%(default)s)",
    )
    add("--host", default="127.0.0.1", help="address; 0.0.0.0 is all of them (%(default)s)")
    add("--port", type=port_number, default=8010, help="TCP port (%(default)s)")
    add(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="a file (mode 0600) that holds only the secret; the variable LOOKOUT_KEYS_TOKEN does "
        "the same",
    )
    add("--tls-cert", type=Path, metavar="FILE", help="certificate (PEM) for encrypted connections")
    add("--tls-key", type=Path, metavar="FILE", help="its private key (PEM)")
    add_log_level(add)
    serve.set_defaults(log_level="INFO")
    return parser
