"""The folder of the results: every file is written in one step, no foreign file is replaced."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from lookout.faces.atomic_file import replace_file
from lookout.server.recognize.errors import OutputRefused
from lookout.server.recognize.serialization import (
    FACE_COLUMNS,
    TIMELINE_COLUMNS,
    Row,
    face_rows,
    timeline_rows,
)

RESULTS_JSON, RESULTS_CSV, TIMELINE_CSV = "results.json", "results.csv", "timeline.csv"
ANNOTATED, CROPS = "annotated", "crops"
MADE_BY = "python -m server recognize"
LONGEST_STEM = 80
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class OutputFolder:
    """Writes results; every file is readable by its owner alone."""

    def __init__(self, folder: Path, *, overwrite: bool = False) -> None:
        """Raises OutputRefused if the folder is not empty, unless `overwrite` allows results of the
        same names to be replaced; other files stay in any case."""
        self.folder = folder
        self._taken: set[str] = set()
        try:
            if folder.is_dir() and any(folder.iterdir()) and not overwrite:
                raise OutputRefused(
                    f"{folder} is not empty: name another folder, or add --overwrite to replace "
                    "the results of an earlier run; other files in it stay"
                )
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise OutputRefused(f"cannot write to {folder}: {error.strerror}") from error

    def stem(self, name: str) -> str:
        """A file name for one input that no other input of this run has."""
        plain = re.sub(r"[^\w.-]+", "-", Path(name).stem).strip("-.")[:LONGEST_STEM] or "input"
        stem, number = plain, 2
        while stem.casefold() in self._taken:
            stem, number = f"{plain}-{number}", number + 1
        self._taken.add(stem.casefold())
        return stem

    def path(self, relative: str) -> Path:
        return self.folder / relative

    def write(self, relative: str, content: bytes) -> str:
        """Writes a file; returns `relative`. Raises OutputRefused."""
        try:
            replace_file(self.path(relative), content)
        except OSError as error:
            raise OutputRefused(f"cannot write {self.path(relative)}: {error.strerror}") from error
        return relative

    def read(self, relative: str) -> bytes:
        """The content that `write` wrote. Raises OutputRefused."""
        try:
            return self.path(relative).read_bytes()
        except OSError as error:
            raise OutputRefused(f"cannot read {self.path(relative)}: {error.strerror}") from error

    def write_results(self, results: Sequence[dict[str, Any]], stopped: bool) -> None:
        """The results of every file as JSON and as tables. Raises OutputRefused."""
        document = {"made_by": MADE_BY, "stopped": stopped, "files": list(results)}
        self.write(RESULTS_JSON, json.dumps(document, indent=1, ensure_ascii=False).encode())
        faces = chain.from_iterable(map(face_rows, results))
        self.write(RESULTS_CSV, table(FACE_COLUMNS, faces))
        if any(result["kind"] == "video" for result in results):
            stretches = chain.from_iterable(map(timeline_rows, results))
            self.write(TIMELINE_CSV, table(TIMELINE_COLUMNS, stretches))


def table(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """A CSV file that spreadsheets read correctly, with names in any script."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def _cell(value: object) -> object:
    # a spreadsheet runs a cell that begins like this; the quote keeps it text
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
