"""Says in one line whether this Python can run Lookout; used by the Makefile before anything else."""

import sys

OLDEST, NEWEST = (3, 11), (3, 13)

if not OLDEST <= sys.version_info[:2] <= NEWEST:
    sys.exit(
        f"Lookout needs Python 3.11, 3.12 or 3.13; `{sys.executable}` is "
        f"{sys.version_info[0]}.{sys.version_info[1]}. Name another one: make demo PYTHON=python3.12"
    )
