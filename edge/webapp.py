"""`python edge/webapp.py` in a clone: the same as `lookout edge`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

if __name__ == "__main__" and not __package__:
    # run as a file, Python looks for modules in edge/; they are beside it
    clone = Path(__file__).resolve().parent.parent
    sys.path[0] = str(clone)
    os.environ.setdefault("LOOKOUT_HOME", str(clone))

from lookout.edge.cli import main
from lookout.env_file import with_env_file

if __name__ == "__main__":
    sys.exit(with_env_file(main, sys.argv[1:], "python edge/webapp.py"))
