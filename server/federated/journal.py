"""What happened in the federation, a line of JSON for each event: the audit log of a site, or of
the coordinator. Only the end of a line that a power cut left is lost."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lookout.faces.atomic_file import make_private_folder
from lookout.json_document import BadJson, read_json

MAX_LINE = 16 * 2**10
MAX_BYTES = 4 * 2**20
"""A journal that is larger becomes `journal.1.jsonl`, in the place of the one before."""


class RoundJournal:
    """One file. Any process: each line is one write."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._file = folder / "journal.jsonl"
        self._clock = clock

    def note(self, what: str, **detail: object) -> None:
        """Adds a line. Raises OSError."""
        make_private_folder(self._file.parent)
        if self._file.exists() and self._file.stat().st_size > MAX_BYTES:
            self._file.replace(self._file.with_suffix(".1.jsonl"))
        line = json.dumps({"at": self._clock(), "what": what, **detail}) + "\n"
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, line.encode())
        finally:
            os.close(handle)

    def latest(self, limit: int) -> list[Mapping[str, Any]]:
        """The last lines, newest first. Raises OSError."""
        if not self._file.exists():
            return []
        found: list[Mapping[str, Any]] = []
        for line in reversed(self._file.read_bytes().splitlines()[-limit:]):
            try:
                entry = read_json(line, MAX_LINE)
            except BadJson:
                continue
            if isinstance(entry, dict):
                found.append(entry)
        return found
