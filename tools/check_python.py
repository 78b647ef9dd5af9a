"""Says in one line whether this Python can run Lookout; the Makefile asks before anything else."""

import sys

OLDEST, NEWEST = (3, 11), (3, 13)

if not OLDEST <= sys.version_info[:2] <= NEWEST:
    found = ".".join(str(part) for part in sys.version_info[:2])
    sys.exit(
        f"Lookout needs Python 3.11, 3.12 or 3.13; {sys.executable} is {found}. "
        "Name another one: make demo PYTHON=python3.12"
    )
