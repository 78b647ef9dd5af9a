"""The one rule for names, with the inputs of every door."""

from __future__ import annotations

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.names import (
    LONGEST_NAME,
    LONGEST_NAME_BYTES,
    BadName,
    NameFault,
    camera_name,
    clean_name,
    is_housekeeping,
    name_key,
    shown,
)

RIGHT_TO_LEFT = "\u202e"
HALF_AN_EMOJI = "\ud83d"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Ada", "Ada"),
        ("  Zoe\u0308 \t Müller ", "Zoë Müller"),
        ("Ada\nLovelace", "Ada Lovelace"),
        ("Ada\u2028Lovelace\u3000", "Ada Lovelace"),
        (b"Bj\xc3\xb6rn", "Björn"),
        ("Martin Luther King Jr.", "Martin Luther King Jr."),
        ("O'Neil-Çelik", "O'Neil-Çelik"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("李小龍", "李小龍"),
        ("עדה", "עדה"),
        ("7", "7"),
        ("Connie", "Connie"),
    ],
)
def test_a_name_is_stored_composed_and_on_one_line(typed: object, stored: str) -> None:
    assert clean_name(typed) == stored


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("", NameFault.EMPTY),
        (" \n\t ", NameFault.EMPTY),
        ("a" * (LONGEST_NAME + 1), NameFault.TOO_LONG),
        ("\U00020000" * (LONGEST_NAME_BYTES // 4 + 1), NameFault.TOO_LONG),
        ("a/b", NameFault.SLASH),
        ("..\\windows", NameFault.SLASH),
        ("../up", NameFault.SLASH),
        (".hidden", NameFault.DOT),
        ("..", NameFault.DOT),
        ("Ada\0x", NameFault.INVISIBLE),
        ("Ada\x1b[31m", NameFault.INVISIBLE),
        ("Ada\x7f", NameFault.INVISIBLE),
        (f"{RIGHT_TO_LEFT}adA", NameFault.INVISIBLE),
        ("Ada\u2066", NameFault.INVISIBLE),
        ("Ada\ufeff", NameFault.INVISIBLE),
        ("A\u00adda", NameFault.INVISIBLE),
        ("\u3164", NameFault.INVISIBLE),
        ("Ada\ue000", NameFault.INVISIBLE),
        ("Ada\u200d", NameFault.INVISIBLE),
        ("\u200cAda", NameFault.INVISIBLE),
        ("--", NameFault.NO_LETTER),
        ("🙂", NameFault.NO_LETTER),
        ("unknown", NameFault.RESERVED),
        ("UnKnown ", NameFault.RESERVED),
        ("ｕｎｋｎｏｗｎ", NameFault.RESERVED),
        ("Unsure", NameFault.RESERVED),
        ("ignored", NameFault.RESERVED),
        ("CON", NameFault.RESERVED),
        ("nul.txt", NameFault.RESERVED),
        ("Com1", NameFault.RESERVED),
        ("@eaDir", NameFault.HOUSEKEEPING),
        ("#recycle", NameFault.HOUSEKEEPING),
        ("__MACOSX", NameFault.HOUSEKEEPING),
        ("lost+found", NameFault.HOUSEKEEPING),
        ("$RECYCLE.BIN", NameFault.HOUSEKEEPING),
        ("System Volume Information", NameFault.HOUSEKEEPING),
        (os.fsdecode(b"Bj\xf6rn"), NameFault.NOT_TEXT),
        (b"Bj\xf6rn", NameFault.NOT_TEXT),
        (HALF_AN_EMOJI, NameFault.NOT_TEXT),
        (f"Ada{HALF_AN_EMOJI}", NameFault.NOT_TEXT),
        (None, NameFault.NOT_TEXT),
        (7, NameFault.NOT_TEXT),
        (["Ada"], NameFault.NOT_TEXT),
    ],
    ids=repr,
)
def test_a_name_that_cannot_be_stored_has_a_code_and_a_printable_message(
    name: object, fault: NameFault
) -> None:
    with pytest.raises(BadName) as refused:
        clean_name(name)
    assert refused.value.code is fault
    assert str(refused.value).isprintable()


@given(st.one_of(st.text(max_size=80), st.binary(max_size=80)))
def test_a_stored_name_is_printable_utf_8_and_stays_as_it_is(typed: str | bytes) -> None:
    try:
        name = clean_name(typed)
    except BadName:
        return
    assert clean_name(name) == name == unicodedata.normalize("NFC", name)
    assert len(name.encode()) <= LONGEST_NAME_BYTES
    assert not set(name) & set("/\\\0\n\r")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada", "ADA"),
        ("grace", "Grace"),
        ("Zoë", unicodedata.normalize("NFD", "ZOË")),
        ("Straße", "STRASSE"),
        ("ΣΊΣΥΦΟΣ", "Σίσυφος"),
    ],
)
def test_spellings_of_one_person_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_different_people_have_different_keys() -> None:
    people = ["Ada", "Adá", "Ad a", "Ida"]
    assert len({name_key(name) for name in people}) == len(people)


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Ada", "Ada"),
        ("Björn", "Björn"),
        (b"Bj\xf6rn", "Bj\\udcf6rn"),
        ("Ada\nLovelace", "Ada\\nLovelace"),
        (f"{RIGHT_TO_LEFT}adA", "\\u202eadA"),
        (HALF_AN_EMOJI, "\\ud83d"),
        ("a" * 200, "a" * 79 + "…"),
        (None, "None"),
    ],
)
def test_any_name_can_be_printed(name: object, printed: str) -> None:
    assert shown(name) == printed
    assert shown(name).encode()


@pytest.mark.parametrize("name", [".thumbnails", "@eaDir", "#recycle", "__MACOSX", "Lost+Found"])
def test_the_folders_of_computers_are_housekeeping(name: str) -> None:
    assert is_housekeeping(name)


@pytest.mark.parametrize("name", ["Ada", "train", "A@B", "System"])
def test_the_folders_of_people_are_not(name: str) -> None:
    assert not is_housekeeping(name)


@pytest.mark.parametrize("name", ["/dev/video0", "rtsp://cam/live", "Front <door>", "unknown"])
def test_a_camera_may_be_called_after_its_address(name: str) -> None:
    assert camera_name(f" {name} ") == name


@pytest.mark.parametrize("name", ["", "door\0", f"{RIGHT_TO_LEFT}rood", HALF_AN_EMOJI, "d" * 201])
def test_a_cameras_name_is_visible_text(name: str) -> None:
    with pytest.raises(BadName):
        camera_name(name)
