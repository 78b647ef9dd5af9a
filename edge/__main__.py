"""`python -m edge`; see `python -m edge --help`."""

from __future__ import annotations

import sys

from lookout.edge.cli import main

sys.exit(main(sys.argv[1:], "python -m edge"))
