"""`python -m lookout`, the same as `lookout`."""

from __future__ import annotations

import sys

from lookout.cli import main

if __name__ == "__main__":  # the detector's process imports this file, too
    sys.exit(main())
