"""Reads a registry of people from CSV or XLSX: one row, one person."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from lookout.server.storage.errors import BadImport

MAX_FILE_BYTES = 64 * 2**20
MAX_UNPACKED_BYTES = 512 * 2**20
"""An XLSX is a ZIP; a bomb of a few kilobytes may ask for much more."""
MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_CELL_CHARACTERS = 10_000

NAME = ("name", "full name", "fullname", "person", "employee", "employee name")
IDENTIFIER = ("identifier", "id", "employee id", "personnel number", "number", "code")
IMAGE = (
    "image", "photo", "picture", "photograph", "image url", "photo url", "picture url", "url",
    "image file", "photo file", "file", "filename", "path",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RegistryRow:
    """One person of the registry.

    number: the row in the file as a spreadsheet shows it; the heading is row 1.
    image:  a path or a URL, or empty.
    info:   every further column that is not empty, by its heading.
    """

    number: int
    name: str
    identifier: str
    image: str
    info: Mapping[str, str]


def read_rows(path: Path) -> tuple[RegistryRow, ...]:
    """The people in a file whose name ends in .csv or .xlsx; empty rows are left out.

    Raises BadImport, with what to do, for a file that cannot be read or is not a registry.
    """
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise BadImport(f"{path} has {size >> 20} MiB, at most {MAX_FILE_BYTES >> 20} are read")
        content = path.read_bytes()
    except OSError as error:
        raise BadImport(f"{path} cannot be read: {error.strerror}") from error
    return parse_rows(content, path.name)


def parse_rows(content: bytes, filename: str) -> tuple[RegistryRow, ...]:
    """As `read_rows`, for bytes that have been uploaded."""
    match filename.lower().rpartition(".")[2]:
        case "csv":
            table: Iterator[Sequence[str]] = _csv_table(content)
        case "xlsx":
            table = _xlsx_table(content)
        case _:
            raise BadImport(f"{filename!r:.60} is neither .csv nor .xlsx: save it as one of them")
    head = [cell.strip() for cell in next(table, ())]
    columns = _columns(head)
    rows = []
    for number, cells in enumerate(table, 2):
        if number > MAX_ROWS:
            raise BadImport(f"there are over {MAX_ROWS} rows: divide the file")
        if any(cell.strip() for cell in cells):
            rows.append(_row(number, cells, head, columns))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class _Columns:
    name: int
    identifier: int | None
    image: int | None


def _columns(head: Sequence[str]) -> _Columns:
    if len(head) > MAX_COLUMNS:
        raise BadImport(f"there are {len(head)} columns, at most {MAX_COLUMNS} are read")
    plain = [" ".join(cell.casefold().replace("_", " ").replace("-", " ").split()) for cell in head]

    def find(names: Iterable[str]) -> int | None:
        return next((plain.index(name) for name in names if name in plain), None)

    name = find(NAME)
    if name is None:
        there = ", ".join(repr(cell) for cell in head if cell)[:300] or "nothing"
        raise BadImport(
            f"no column is headed {NAME[0]!r}; the first row has {there}. Put a row of headings "
            f"first: {NAME[0]}, {IDENTIFIER[0]}, {IMAGE[0]}, and whatever else is to be kept"
        )
    return _Columns(name, find(IDENTIFIER), find(IMAGE))


def _row(number: int, cells: Sequence[str], head: Sequence[str], columns: _Columns) -> RegistryRow:
    def cell(index: int | None) -> str:
        return "" if index is None or index >= len(cells) else cells[index].strip()

    for text in cells:
        if len(text) > MAX_CELL_CHARACTERS:
            raise BadImport(f"row {number} has a cell of {len(text)} characters")
    taken = {columns.name, columns.identifier, columns.image}
    info = {
        heading: cell(index)
        for index, heading in enumerate(head)
        if heading and index not in taken and cell(index)
    }
    return RegistryRow(
        number, cell(columns.name), cell(columns.identifier), cell(columns.image), info
    )


def _csv_table(content: bytes) -> Iterator[Sequence[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadImport(
            "the CSV file is not in UTF-8: in the spreadsheet choose “CSV UTF-8” when saving it"
        ) from error
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)  # Excel writes ; where , is the decimal point
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise BadImport(f"the CSV file is damaged: {error}") from error


def _xlsx_table(content: bytes) -> Iterator[Sequence[str]]:
    # imported here, because it takes a third of a second and hardly any table comes as XLSX
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise BadImport(
                f"the XLSX file unpacks to {unpacked >> 20} MiB: this is not a registry"
            )
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            sheet = book.worksheets[0]
            for cells in sheet.iter_rows(max_col=MAX_COLUMNS + 1, values_only=True):
                yield _without_empty_end([_text(cell) for cell in cells])
        finally:
            book.close()
    # openpyxl lets the errors of its parsers through
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        KeyError,
        IndexError,
        ValueError,
        TypeError,
        SyntaxError,
        OSError,
        EOFError,
    ) as error:
        raise BadImport(f"the XLSX file is damaged: {error}") from error


def _text(cell: object) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case float() if cell.is_integer():
            return str(int(cell))  # a spreadsheet keeps the number 17 as 17.0
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime() | date() | time():
            return cell.isoformat()
    return str(cell)


def _without_empty_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells
