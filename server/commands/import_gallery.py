"""`lookout import-gallery`: the people in another program's encodings file."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lookout.command_line import command_parser, fail, say
from lookout.faces.errors import EncoderMismatch, FacesError, GalleryError
from lookout.faces.gallery.encodings_file import (
    free_name,
    read_gallery,
    save_gallery,
    written_by_lookout,
)
from lookout.faces.gallery.file_lock import only_writer
from lookout.faces.gallery.foreign import ForeignGallery, read_foreign
from lookout.faces.gallery.gallery import Gallery
from lookout.paths import WHERE_DATA_LIES, find_home

DESCRIPTION = """\
Adds the people in another program's encodings file (a pickle of face_recognition or of a script
around it) to the gallery. Photographs are not needed. Nothing that the file brings is run."""

EPILOG = f"""\
examples:
  %(prog)s encodings.pickle                 people join those who are known
  %(prog)s known.pkl --output new.pkl       into a file of their own

A row without a name, without an encoding, or with a name that cannot be used is left out, and a
line says why. The file itself stays as it is. `lookout train` makes the gallery from photographs
alone: it keeps a gallery with imported people beside the new one, to be imported again.

{WHERE_DATA_LIES}

Exit status: 0 done, 1 some rows were left out, 2 nothing was changed."""

LEFT_OUT, CANNOT = 1, 2


def main(arguments: Sequence[str], prog: str = "lookout import-gallery") -> int:
    """Runs the command; its help explains the exit status."""
    given = _parser(prog).parse_args(arguments)
    try:
        found = read_foreign(given.file)
        count = _add(found.gallery, given.file, given.output)
    except GalleryError as error:
        return fail(prog, f"{given.file} cannot be imported: {error}", CANNOT)
    except (FacesError, OSError) as error:
        return fail(prog, str(error), CANNOT)
    say(_report(found, count, given.output))
    return LEFT_OUT if found.left_out else 0


def _add(found: Gallery, source: Path, output: Path) -> int:
    """Adds the people to the gallery at `output`; returns how many encodings were new to it.

    A file of another program that lies there is kept beside it: it is `source` itself, or
    GalleryError is raised. Raises OSError, too.
    """
    with only_writer(output):
        if not output.exists():
            save_gallery(output, found)
            return len(found)
        if output.samefile(source):
            save_gallery(output, found, None if written_by_lookout(output) else free_name(output))
            return len(found)
        known = read_gallery(output)
        if len(known) and known.encoder != found.encoder:
            raise EncoderMismatch(
                f"{output} was made by the encoder {known.encoder}, whose encodings cannot be "
                f"compared with those of {found.encoder}; choose another --output"
            )
        there = set(zip(known.names, map(bytes, known.encodings), strict=True))
        new = found.take(
            np.array(
                [
                    (name, bytes(encoding)) not in there
                    for name, encoding in zip(found.names, found.encodings, strict=True)
                ],
                bool,
            )
        )
        save_gallery(output, _joined(known, new) if len(known) else new)
        return len(new)


def _joined(known: Gallery, new: Gallery) -> Gallery:
    return Gallery(
        np.concatenate([known.encodings, new.encodings]),
        known.names + new.names,
        known.encoder,
        known.samples + new.samples,
    )


def _report(found: ForeignGallery, count: int, output: Path) -> str:
    lines = [f"left out: {line}" for line in found.left_out]
    people = len(found.gallery.people)
    lines.append(f"{output}: {count} encodings of {people} people were added.")
    if found.left_out:
        lines.append(f"{len(found.left_out)} rows or names were left out.")
    return "\n".join(lines)


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(prog, DESCRIPTION, EPILOG, allow_abbrev=False)
    add = parser.add_argument
    add("file", type=Path, help="the other program's file")
    add(
        "--output",
        type=Path,
        default=find_home().encodings,
        metavar="FILE",
        help="the gallery that the people are added to (%(default)s)",
    )
    return parser
