"""The names of people, cameras and photographs: one rule, for every door that a name comes through.
docs/inputs.md says what each door does with each kind of name.

A door is a folder of photographs, the Capture button, a message of the wire, an HTTP route, a cell
of a spreadsheet, a pickle of another program. Each hands what it got to `clean_name` and stores
what it gets back; a name that cannot be stored is a BadName with a stable code, and `shown` makes
the refused name safe to print. A name becomes a folder on both machines, hence the rules of paths.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

LONGEST_NAME = 64
"""Characters."""

LONGEST_NAME_BYTES = 200
"""UTF-8 bytes; common file systems end a name at 255."""

LONGEST_CAMERA_NAME = 200
"""Characters; a camera without a name of its own is called after its address."""

LONGEST_SHOWN = 80
"""Characters of a refused name that a message repeats."""

JOINERS = "\u200c\u200d"
"""Zero-width joiners: format characters, but ordinary spelling in Persian and Indic names."""

BLANKS = "\u115f\u1160\u3164\uffa0\u2800\u034f"
"""Letters and marks that show nothing, though Unicode counts them as visible: Hangul fillers, the
Braille blank, the grapheme joiner."""

STATE_NAMES = frozenset({"unknown", "unsure", "ignored"})
"""The labels of faces without a name, as page, picture and compatible clients show them."""

HOUSEKEEPING_NAMES = frozenset(
    {"__macosx", "lost+found", "$recycle.bin", "system volume information", "thumbs.db"}
)
"""Folders that operating systems put among photographs; see also `HOUSEKEEPING_MARKS`."""

HOUSEKEEPING_MARKS = ("@", "#")
"""Network storage names its folders so: @eaDir, #recycle, #snapshot."""

DEVICE_NAMES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?")
"""Windows opens a device under such a name, whatever follows the dot."""

PHOTO_FILENAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,94}\.jpe?g")


class NameFault(StrEnum):
    """The stable codes of `BadName`."""

    NOT_TEXT = "not_text"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    SLASH = "slash"
    DOT = "dot"
    INVISIBLE = "invisible"
    NO_LETTER = "no_letter"
    RESERVED = "reserved"
    HOUSEKEEPING = "housekeeping"
    FILENAME = "filename"


class BadName(ValueError):
    """A name that cannot be used; the message tells the person who typed it why."""

    def __init__(self, code: NameFault, message: str) -> None:
        super().__init__(message)
        self.code = code


def clean_name(given: object) -> str:
    """The name as it is stored: NFC, trimmed, runs of white space made one space.

    NFC, because the same name typed on a Mac and on a PC must be one person. Bytes are read as
    UTF-8. Cleaning a clean name returns it unchanged.

    Raises BadName.
    """
    name = unicodedata.normalize("NFC", " ".join(_text(given).split()))
    if not name:
        raise BadName(NameFault.EMPTY, "Type a name first.")
    if len(name) > LONGEST_NAME or len(name.encode()) > LONGEST_NAME_BYTES:
        raise BadName(
            NameFault.TOO_LONG, f"That name is too long; {LONGEST_NAME} characters is the limit."
        )
    _refuse_characters(name)
    _refuse_reserved(name)
    return name


def name_key(name: str) -> str:
    """The form in which two names are compared: equal for one person, however it is spelled.

    Ada, ADA and ada are one person, as are the composed and the decomposed Zoë, and Straße and
    STRASSE. name: as `clean_name` returned it.
    """
    folded = unicodedata.normalize("NFD", name).casefold()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", folded).casefold())


def is_housekeeping(name: str) -> bool:
    """True for folders of operating systems and network storage, and for hidden ones."""
    return name.startswith((".", *HOUSEKEEPING_MARKS)) or name.casefold() in HOUSEKEEPING_NAMES


def shown(given: object, longest: int = LONGEST_SHOWN) -> str:
    """Any name, safe to print: on one line, at most `longest` characters, without controls.

    Characters that cannot be shown become escapes: a right-to-left override reads \\u202e.
    """
    text = given.decode("utf-8", "surrogateescape") if isinstance(given, bytes) else str(given)
    text = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )


def legible(text: str) -> str:
    """The text as valid Unicode: halves of characters become escapes, all else stays.

    For texts that are no names but travel with them, such as the file name of a photograph.
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def camera_name(given: object) -> str:
    """The name of a camera as the wire carries it: the rules of characters, not those of paths.

    Raises BadName.
    """
    name = unicodedata.normalize("NFC", " ".join(_text(given).split()))
    if not name:
        raise BadName(NameFault.EMPTY, "A camera needs a name.")
    if len(name) > LONGEST_CAMERA_NAME:
        raise BadName(
            NameFault.TOO_LONG,
            f"That camera's name is too long; {LONGEST_CAMERA_NAME} characters is the limit.",
        )
    _refuse_invisible(name)
    return name


def photo_filename(filename: str) -> str:
    """The file name, if it is a plain one of a JPEG. Raises BadName otherwise."""
    if not PHOTO_FILENAME.fullmatch(filename):
        raise BadName(
            NameFault.FILENAME,
            "A photograph's file name is plain letters and digits and ends in .jpg.",
        )
    return filename


def _text(given: object) -> str:
    """The text, valid in UTF-8. Folder names that are not reach Python as lone surrogates."""
    try:
        if isinstance(given, bytes):
            return given.decode("utf-8")
        if isinstance(given, str):
            given.encode("utf-8")
            return str(given)
    except UnicodeError:
        raise BadName(
            NameFault.NOT_TEXT,
            "That name contains an invisible character that is not valid Unicode; write it in "
            "UTF-8.",
        ) from None
    raise BadName(NameFault.NOT_TEXT, f"A name is text, not {type(given).__name__}.")


def _refuse_characters(name: str) -> None:
    if "/" in name or "\\" in name:
        raise BadName(NameFault.SLASH, "A name cannot contain / or \\.")
    if name.startswith("."):
        raise BadName(NameFault.DOT, "A name cannot start with a dot.")
    _refuse_invisible(name)
    if not any(character.isalnum() for character in name):
        raise BadName(NameFault.NO_LETTER, "A name needs at least one letter or digit.")


def _refuse_invisible(name: str) -> None:
    if any(_is_invisible(name, place) for place in range(len(name))):
        raise BadName(
            NameFault.INVISIBLE,
            "That name contains an invisible character; type it instead of pasting it.",
        )


def _refuse_reserved(name: str) -> None:
    folded = unicodedata.normalize("NFKC", name).casefold()  # full-width letters say the same
    if folded in STATE_NAMES:
        raise BadName(
            NameFault.RESERVED,
            f"“{name.capitalize()}” is how Lookout marks faces without a name; choose another.",
        )
    if DEVICE_NAMES.fullmatch(folded):
        raise BadName(
            NameFault.RESERVED, f"“{name}” is the name of a device on Windows; choose another."
        )
    if is_housekeeping(name):
        raise BadName(
            NameFault.HOUSEKEEPING,
            f"“{name}” is how computers name their own folders; choose another.",
        )


def _is_invisible(name: str, place: int) -> bool:
    """Control, format, private and unassigned characters, blank letters, lone joiners."""
    character = name[place]
    if character in JOINERS:
        inside = 0 < place < len(name) - 1
        return not (inside and unicodedata.category(name[place - 1])[0] in "LM")
    return unicodedata.category(character)[0] == "C" or character in BLANKS
