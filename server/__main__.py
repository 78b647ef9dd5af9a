"""`python -m server`; see `python -m server --help`."""

from __future__ import annotations

import sys

from lookout.env_file import with_env_file
from lookout.server.cli import main

if __name__ == "__main__":  # the detector's process imports this file, too
    sys.exit(with_env_file(main, sys.argv[1:], "python -m server"))
