"""The edge's entry: `python edge/webapp.py --serverIP 192.168.1.20`, or `python -m edge`."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__" and not __package__:
    # run as a file, Python looks for modules in edge/; they are beside it
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from lookout.edge.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
