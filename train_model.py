#!/usr/bin/env python3
"""Learns the people in utils/images/<name>/; the same as `lookout train`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("LOOKOUT_HOME", str(Path(__file__).resolve().parent))

from lookout.env_file import with_env_file
from lookout.train import main

if __name__ == "__main__":
    sys.exit(with_env_file(main, sys.argv[1:], "train_model.py"))
