"""The folder of real photographs and clips."""

from __future__ import annotations

import os
import sys
from pathlib import Path

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"


def test_data() -> Path:
    """The folder that LOOKOUT_TEST_DATA names, else `../shared/data`; ends the program if neither
    is there."""
    folder = Path(os.environ.get("LOOKOUT_TEST_DATA", BESIDE)).resolve()
    if not folder.is_dir():
        sys.exit(f"there is no test data at {folder}: set LOOKOUT_TEST_DATA to its folder")
    return folder
