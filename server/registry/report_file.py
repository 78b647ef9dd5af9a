"""The report of an import: a CSV file for people, and a line with the counts."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from lookout.faces.atomic_file import replace_file
from lookout.server.registry.row_report import RowReport
from lookout.server.storage.errors import StorageError

HEAD = ("row", "name", "identifier", "verdict", "words")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_report(path: Path, reports: Sequence[RowReport]) -> None:
    """Replace the file by one line for each row. Raises StorageError."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEAD)
    for report in reports:
        cells = (report.name, report.identifier, report.verdict.value, report.message)
        writer.writerow((report.row, *map(_harmless, cells)))
    try:
        replace_file(path, text.getvalue().encode("utf-8-sig", "replace"))
    except OSError as error:
        raise StorageError(f"cannot write the report {path}: {error.strerror}") from error


def summary(reports: Sequence[RowReport]) -> str:
    """`1184 rows: 1101 added, 60 no_face, …`, most frequent first."""
    counts = Counter(report.verdict for report in reports)
    parts = ", ".join(f"{count} {verdict.value}" for verdict, count in counts.most_common())
    return f"{len(reports)} rows: {parts or 'nothing to do'}"


def _harmless(cell: str) -> str:
    # a spreadsheet runs what begins so; the quote keeps it text
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
