"""The recognition server's entry: `python server/image_proc_socket.py`, or `python -m server`."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__" and not __package__:
    # run as a file, Python looks for modules in server/; they are beside it
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from lookout.server.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
