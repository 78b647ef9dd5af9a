"""`make demo` in a clone; the same as `lookout demo`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

clone = Path(__file__).resolve().parent.parent
os.chdir(clone)
sys.path[0] = str(clone)

from lookout.demo import main  # noqa: E402 - found by the line above

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], "make demo"))
