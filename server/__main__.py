"""`python -m server`; see `python -m server --help`."""

from __future__ import annotations

import sys

from server.cli import main

sys.exit(main(sys.argv[1:]))
