"""What a person and a photograph may be called, given that both become a path on both machines.

The edge asks so that a person at the page is told at once; the server asks again, because what
comes through a socket is checked where it is used.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST_NAME = 64
"""Characters."""

LONGEST_NAME_BYTES = 200
"""UTF-8 bytes; common file systems end a name at 255."""

JOINERS = "\u200c\u200d"
"""Zero-width joiners: format characters, but ordinary spelling in Persian and Indic names."""

PHOTO_FILENAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,94}\.jpe?g")


class BadName(ValueError):
    """The name cannot be used; the message tells the person who typed it why."""


def clean_name(text: str) -> str:
    """The name as it is stored: NFC, trimmed, runs of white space made one space.

    NFC, because the same name typed on a Mac and on a PC must be one person.
    Raises BadName.
    """
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if not name:
        raise BadName("Type a name first.")
    if len(name) > LONGEST_NAME or len(name.encode(errors="replace")) > LONGEST_NAME_BYTES:
        raise BadName(f"That name is too long; {LONGEST_NAME} characters is the limit.")
    if "/" in name or "\\" in name:
        raise BadName("A name cannot contain / or \\.")
    if name.startswith("."):
        raise BadName("A name cannot start with a dot.")
    if any(_is_hidden(name, place) for place in range(len(name))):
        raise BadName("That name contains an invisible character; type it instead of pasting it.")
    if not any(character.isalnum() for character in name):
        raise BadName("A name needs at least one letter or digit.")
    if name.casefold() == "unknown":
        raise BadName("“Unknown” is the word for people whom nobody has named; choose another.")
    return name


def photo_filename(filename: str) -> str:
    """The file name, if it is a plain one of a JPEG. Raises BadName otherwise."""
    if not PHOTO_FILENAME.fullmatch(filename):
        raise BadName("A photograph's file name is plain letters and digits and ends in .jpg.")
    return filename


def _is_hidden(name: str, place: int) -> bool:
    """Control, format, surrogate and unassigned characters: bidi overrides, NUL and their kin."""
    character = name[place]
    if character in JOINERS:
        inside = 0 < place < len(name) - 1
        return not (inside and unicodedata.category(name[place - 1])[0] in "LM")
    return unicodedata.category(character)[0] == "C"
