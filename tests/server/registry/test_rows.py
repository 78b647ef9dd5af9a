"""Tables as people's spreadsheets write them."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from lookout.server.registry.rows import RegistryRow, parse_rows, read_rows
from lookout.server.storage.errors import BadImport


def xlsx(*rows: tuple[Any, ...]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_csv_row_is_a_person_and_further_columns_are_kept() -> None:
    rows = parse_rows(
        "Full Name,ID,Photo URL,Department,Floor\r\n"
        'Zoë "Zo" Ng,007,https://x.example/z.jpg,R&D,\r\n'
        "\r\n"
        "Bob,8,bob.jpg,Sales,3\r\n".encode(),
        "People.CSV",
    )
    assert rows == (
        RegistryRow(2, 'Zoë "Zo" Ng', "007", "https://x.example/z.jpg", {"Department": "R&D"}),
        RegistryRow(4, "Bob", "8", "bob.jpg", {"Department": "Sales", "Floor": "3"}),
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_and_the_byte_order_mark_of_spreadsheets_are_understood(
    delimiter: str,
) -> None:
    text = f"name{delimiter}image\nAlice{delimiter}a.jpg\n"
    (row,) = parse_rows(b"\xef\xbb\xbf" + text.encode(), "x.csv")
    assert (row.name, row.image, row.identifier) == ("Alice", "a.jpg", "")


def test_an_xlsx_row_has_plain_text_for_numbers_dates_and_truth() -> None:
    content = xlsx(
        ("name", "employee_id", "picture", "since", "share", "active"),
        ("Alice", 17.0, "a.jpg", datetime(2020, 5, 1), 0.5, True),
        (None, None, None, None, None, None),
        ("Bob", 18, None, datetime(2020, 5, 1, 8, 30), 2, False),
    )
    rows = parse_rows(content, "people.xlsx")
    assert rows[0] == RegistryRow(
        2, "Alice", "17", "a.jpg", {"since": "2020-05-01", "share": "0.5", "active": "yes"}
    )
    assert rows[1].number == 4
    assert rows[1].info == {"since": "2020-05-01T08:30:00", "share": "2", "active": "no"}


@pytest.mark.parametrize(
    ("content", "filename", "words"),
    [
        (b"", "x.csv", "no column is headed 'name'"),
        (b"nom;photo\nA;b\n", "x.csv", "the first row has 'nom', 'photo'"),
        (b"name\n\xe9ric\n", "x.csv", "CSV UTF-8"),
        (b'name\n"a\n', "x.csv", "damaged"),
        (b"name\n" + b"x" * 10_001, "x.csv", "row 2 has a cell of 10001 characters"),
        (b"name" + b",a" * 200, "x.csv", "201 columns"),
        (b"name\nA\n", "x.xls", "neither .csv nor .xlsx"),
        (b"name\nA\n", "x.xlsx", "damaged"),
        (b"PK\x03\x04" + b"\0" * 100, "x.xlsx", "damaged"),
    ],
)
def test_what_is_no_registry_is_refused_with_words(
    content: bytes, filename: str, words: str
) -> None:
    with pytest.raises(BadImport, match=words):
        parse_rows(content, filename)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookout.server.registry.rows.MAX_UNPACKED_BYTES", 20 * 2**20)
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as file,
    ):
        for _ in range(21):
            file.write(b"\0" * 2**20)
    with pytest.raises(BadImport, match="21 MiB"):
        parse_rows(stream.getvalue(), "x.xlsx")


def test_a_zip_of_something_else_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(BadImport, match="damaged"):
        parse_rows(stream.getvalue(), "x.xlsx")


def test_a_file_that_is_not_there_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadImport, match="No such file"):
        read_rows(tmp_path / "people.csv")
