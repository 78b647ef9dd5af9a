#!/usr/bin/python3
"""The command `lookout` of the package: its own libraries first, then those of apt (picamera2)."""

import sys

sys.path[0] = "/usr/lib/lookout-edge"

from lookout.cli import main  # noqa: E402 - found there

sys.exit(main())
