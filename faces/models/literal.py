"""Reads a model that a package carries as a bytes literal of a Python file, without running it."""

from __future__ import annotations

import ast
from pathlib import Path

from lookout.faces.errors import ModelDamaged

MOST_BYTES = 64 * 1024**2


def bytes_literal(path: Path) -> bytes:
    """The value of the one assignment of a bytes literal that is the whole of the file.

    Raises ModelDamaged for any other file, OSError where it cannot be read.
    """
    if path.stat().st_size > MOST_BYTES:
        raise ModelDamaged(f"{path} has more than {MOST_BYTES} bytes and was not read")
    try:
        (statement,) = ast.parse(path.read_bytes()).body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            value = statement.value.value
            if isinstance(value, bytes):
                return value
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    raise ModelDamaged(f"{path} is not the Python file of one bytes literal that was expected")
