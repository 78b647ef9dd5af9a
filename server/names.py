"""What a person and a photograph may be called when the name becomes a path on this machine.

The edge checks too, but what comes through a socket is checked where it is used.
"""

from __future__ import annotations

import re
import unicodedata

from server.errors import BadName

MAX_NAME_BYTES = 200
"""Of UTF-8; file systems allow 255 for one folder."""

_JOINERS = frozenset("\u200c\u200d")  # invisible, but ordinary spelling in Persian and Indic names

_FILENAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,94}\.jpe?g")


def person_folder(name: str) -> str:
    """The folder name for a person: the name itself, in Unicode's NFC.

    Raises BadName, with words for people, for an empty or over-long name and for path tricks.
    """
    folder = unicodedata.normalize("NFC", name)
    if not folder.strip():
        raise BadName("the name is empty")
    if folder != folder.strip():
        raise BadName("the name begins or ends with a space")
    if any(unicodedata.category(c).startswith("C") for c in folder if c not in _JOINERS):
        raise BadName("the name has characters that cannot be seen")
    if len(folder.encode()) > MAX_NAME_BYTES:
        raise BadName(f"the name is too long: at most {MAX_NAME_BYTES} bytes of UTF-8")
    if folder.startswith(".") or "/" in folder or "\\" in folder:
        raise BadName("a name has no slash in it and does not begin with a dot")
    return folder


def photo_filename(filename: str) -> str:
    """The file name, if it is a plain one of a JPEG. Raises BadName otherwise."""
    if not _FILENAME.fullmatch(filename):
        raise BadName("a photograph's file name is plain letters and digits and ends in .jpg")
    return filename
