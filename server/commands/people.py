"""`lookout people`: who is known, and how to put that right."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lookout.command_line import command_parser, fail, say
from lookout.faces.decision.negatives import Rejection
from lookout.faces.engine import open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.gallery.encodings_file import read_gallery
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.photo.agreement import disagreements, most_redundant, near_duplicates
from lookout.names import legible
from lookout.paths import WHERE_DATA_LIES, find_home
from lookout.server.gallery.editing import GalleryEditor
from lookout.server.gallery.undo_log import KEEP_S

KEEP_DAYS = KEEP_S / 86400
EPILOG = f"""\
examples:
  %(prog)s list                       who is known, by how many photographs
  %(prog)s list "Ada Lovelace"        which photographs
  %(prog)s rename Ada "Ada Lovelace"
  %(prog)s merge Ada "Ada Lovelace"   Ada was the same person
  %(prog)s split Ada Grace 3.jpg 5.jpg   two photographs are of somebody else
  %(prog)s remove Ada                 … and all that is known of her
  %(prog)s remove Ada 3.jpg           … one photograph
  %(prog)s rejected                   who was said not to be somebody, and when
  %(prog)s unreject 3                 … the third of these was wrong
  %(prog)s undo                       take the last of these changes back
  %(prog)s report                     photographs that look like somebody else
  %(prog)s purge                      delete now what undo could bring back

Photographs, encodings and rejections change together, or not at all. A running server takes the
change into use with its next frames. What was removed is kept for undo for {KEEP_DAYS:.0f} days;
then it is deleted for good, by the running server or by the next of these commands. purge does it
at once. To add somebody: the Capture button, or a folder of photographs and `lookout train`. To
reject or ignore a face: the buttons beside "In view now" of the page.

{WHERE_DATA_LIES}"""


def main(arguments: Sequence[str], prog: str = "lookout people") -> int:
    """Runs the command; 0 if it was done, 2 with a line that says why it was not."""
    options = _parser(prog).parse_args(arguments)
    people = GalleryEditor(options.images, options.encodings)
    try:
        _say_legibly(_COMMANDS[options.command](people, options))
    except (FacesError, OSError) as error:
        return fail("people", legible(str(error)), 2)
    return 0


def _list(people: GalleryEditor, options: argparse.Namespace) -> str:
    counts = people.counts()
    if options.name is not None:
        folder = people.images / options.name
        files = sorted(path.name for path in folder.rglob("*") if path.is_file())
        return "\n".join(files) or f"{options.name} has no photographs in {people.images}"
    if not counts:
        return f"nobody is known: {people.images} and {people.encodings} hold nobody"
    width = max(len("person"), *map(len, counts))
    lines = [f"{'person':{width}}  photographs  encodings"]
    lines += [f"{name:{width}}  {photos:11}  {rows:9}" for name, (photos, rows) in counts.items()]
    return "\n".join(lines)


def _rejected(people: GalleryEditor, _: argparse.Namespace) -> str:
    lines = [
        f"{number:4}  {_when(rejection.time_s)}  {rejection.words}  ({_seen(rejection)})"
        for number, rejection in enumerate(people.rejected(), start=1)
    ]
    return "\n".join(lines) or "nobody was rejected or is ignored"


def _seen(rejection: Rejection) -> str:
    looks = "1 look" if rejection.looks == 1 else f"{rejection.looks} looks"
    return f"{rejection.where}, {looks}" if rejection.where else looks


def _undo(people: GalleryEditor, options: argparse.Namespace) -> str:
    if not options.list:
        return people.undo()
    lines = [f"{_when(change.time_s)}  {change.words}" for change in reversed(people.changes())]
    return "\n".join(lines) or "there is nothing to undo"


def _when(time_s: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(time_s))


def _report(people: GalleryEditor, _: argparse.Namespace) -> str:
    gallery = read_gallery(people.encodings)
    tolerance = open_encoder(gallery.encoder, "cpu").tolerance
    lines = [
        f"{_which(gallery, found.row)}: {found.reason(gallery.names[found.row]).message}"
        for found in disagreements(gallery, tolerance)
    ]
    lines += [
        f"{_which(gallery, twins.row)}: almost the same photograph as "
        f"{_which(gallery, twins.like)} ({twins.distance:.2f})."
        for twins in near_duplicates(gallery, tolerance)
    ]
    for name in gallery.people:
        twins = most_redundant(gallery, name)
        if twins is not None:
            lines.append(
                f"{name} has {gallery.counts[name]} photographs, more than help; "
                f"{_which(gallery, twins.row)} adds least, beside {_which(gallery, twins.like)}."
            )
    lines += [
        f"{name} has one photograph: three to ten different ones are recognized far better."
        for name, count in gallery.counts.items()
        if count == 1
    ]
    return "\n".join(lines) or f"{len(gallery)} encodings agree with one another."


def _which(gallery: Gallery, row: int) -> str:
    return f"{gallery.names[row]}/{gallery.samples[row].file or f'encoding {row}'}"


_COMMANDS: Mapping[str, Callable[[GalleryEditor, argparse.Namespace], str]] = {
    "list": _list,
    "rename": lambda people, o: people.rename(o.name, o.new),
    "merge": lambda people, o: people.merge(o.name, o.into),
    "split": lambda people, o: people.split(o.name, o.new, o.photos),
    "remove": lambda people, o: people.remove(o.name, o.photos),
    "rejected": _rejected,
    "unreject": lambda people, o: people.unreject(o.number),
    "undo": _undo,
    "report": _report,
    "purge": lambda people, _: f"deleted for good: {people.purge()} changes with what they removed",
}


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(prog, __doc__, EPILOG)
    home = find_home()
    add = parser.add_argument
    add("--images", type=Path, default=home.images, metavar="DIR", help="(%(default)s)")
    add("--encodings", type=Path, default=home.encodings, metavar="FILE", help="(%(default)s)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, summary: str, *arguments: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=summary, description=summary)
        for argument in arguments:
            sub.add_argument(argument)
        return sub

    command("list", "who is known, or which photographs of somebody").add_argument(
        "name", nargs="?"
    )
    command("rename", "give somebody another name", "name", "new")
    command("merge", "two names are one person", "name", "into")
    command("split", "some photographs are of somebody else", "name", "new").add_argument(
        "photos", nargs="+"
    )
    command("remove", "forget somebody, or single photographs", "name").add_argument(
        "photos", nargs="*"
    )
    command("rejected", "who was said not to be somebody, or is to be ignored, and when")
    command(
        "unreject", "take back what was said of a face: the last, or by its number"
    ).add_argument("number", nargs="?", type=int, help="as `rejected` lists it")
    command("undo", "take the last change back").add_argument(
        "--list", action="store_true", help="only say what could be undone, the latest first"
    )
    command("report", "photographs that disagree, repeat or add little")
    command("purge", "delete for good what undo could bring back")
    return parser


def _say_legibly(text: str) -> None:
    say(legible(text))
