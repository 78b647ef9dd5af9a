"""Says in one line whether this Python can run Lookout; the Makefile asks before anything else."""

import sys

OLDEST = (3, 11)

if sys.version_info < OLDEST:
    found = ".".join(str(part) for part in sys.version_info[:2])
    sys.exit(
        f"Lookout needs Python 3.11 or newer (tried: to 3.14); {sys.executable} is {found}. "
        "Name another one: make demo PYTHON=python3.12"
    )
