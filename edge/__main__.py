"""`python -m edge`; see `python -m edge --help`."""

from __future__ import annotations

import sys

from lookout.edge.cli import main
from lookout.env_file import with_env_file

sys.exit(with_env_file(main, sys.argv[1:], "python -m edge"))
