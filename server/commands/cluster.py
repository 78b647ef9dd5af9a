"""`lookout cluster`: the faces of folders and videos sort themselves into people."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from lookout.command_line import command_parser, fail, say
from lookout.faces.cluster.clusters import CHANCE, FaceClusters, TooManyFaces
from lookout.faces.decision.stranger_model import stranger_model
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.protocols import Encoder
from lookout.names import shown
from lookout.server.albums.album_folder import ALONE, OVERVIEW, PEOPLE, AlbumFolder, Written
from lookout.server.albums.gathering import GatheredFace, Gatherer, Gathering
from lookout.server.errors import BadSettings, ServerError
from lookout.server.recognize.footage import FEWEST_FPS, MOST_FPS, be_quiet
from lookout.server.recognize.inputs import InputFile, InputKind, inputs_of

MOST_LISTED = 8
LONGEST_PATH = 200
NO_FACE, CANNOT, INTERRUPTED = 1, 2, 130

DESCRIPTION = """\
Sorts the faces in pictures, folders of them and videos into people, without knowing anybody: one
folder and one contact sheet a person. Nothing is learnt, and the files stay as they are."""

EPILOG = """\
examples:
  %(prog)s holiday/                       who is in these pictures? See clusters/overview.jpg
  %(prog)s party/ door.mp4 --out guests/  pictures and a video together
  %(prog)s hall.mp4 --fps 5               people who pass quickly: look more often
  %(prog)s archive/ --chance 0.001        rather two folders of one person than two people in one

What is written into --out:
  overview.jpg       a line for each person, who was seen most first
  sheets/            a contact sheet for each person: look for a face that does not belong
  people/person-001/ their faces, the best first, with some margin; the largest cluster is 001
  alone/             faces that are like no other
  faces.csv          a line for each face: its cluster, its file, the time in a video, its box

Then give the folders the names of the people, move the faces that are wrong, and learn them:

  mv clusters/people/person-001 "clusters/people/Ada Lovelace"
  lookout train --images clusters/people

or copy the folders that you want into utils/images/ first. Two folders of one person: put the
pictures of one into the other.

Two faces in one picture are two people and never share a folder. How alike is alike enough follows
from how near strangers come for the encoder and for so many faces; --chance says how many of a
hundred faces may look that much like somebody else. A person turned away, very dark or very small
may get a folder of their own.

Exit status: 0 done, 1 no face was found, 2 it could not begin or not write, 130 ctrl-C (nothing was
written)."""


def main(arguments: Sequence[str], prog: str = "lookout cluster") -> int:
    """Runs the command; its help explains the exit status."""
    options = _parser(prog).parse_args(arguments)
    be_quiet()
    try:
        return _cluster(options, prog)
    except (ServerError, FacesError, TooManyFaces) as error:
        return fail(prog, str(error), CANNOT)
    except KeyboardInterrupt:
        return fail(prog, "Stopped. Nothing was written.", INTERRUPTED)


def _cluster(options: argparse.Namespace, prog: str) -> int:
    sources = list(inputs_of(options.path, options.out))
    if any(source.kind is InputKind.STREAM for source in sources):
        raise BadSettings("streams are not sorted: record one first, or give its file")
    if not sources:
        raise BadSettings(f"there is no file in {', '.join(options.path)}")
    album = AlbumFolder(options.out)
    encoder = open_encoder(options.encoder, options.device)
    gatherer = Gatherer(open_detector(options.detector, options.device), encoder, options.fps)
    _work_off(gatherer, sources, quiet=options.quiet)
    found = gatherer.found
    _say_left_out(found, options.verbose)
    if not found.faces:
        return fail(prog, "no face was found; nothing was written", NO_FACE)
    written = album.write(_sorted(found, encoder, options.chance), options.least)
    _say_result(found, written, options.out)
    return 0


def _work_off(gatherer: Gatherer, sources: Sequence[InputFile], *, quiet: bool) -> None:
    # a log, unlike a terminal, keeps every state of a bar
    every_s = 0.1 if sys.stderr.isatty() else 5.0
    with tqdm(
        sources, unit="file", file=sys.stderr, leave=False, mininterval=every_s, disable=quiet
    ) as bar:
        for source in bar:
            name = shown(source.name)

            def progress(done_s: float, name: str = name) -> None:
                bar.set_postfix_str(f"{name}, {done_s:.0f} s", refresh=True)

            bar.set_postfix_str(name)
            gatherer.gather(source, progress)


def _sorted(found: Gathering, encoder: Encoder, chance: float) -> list[list[GatheredFace]]:
    clusters = FaceClusters(stranger_model(encoder.name, encoder.tolerance), chance)
    clusters.add([gathered.face for gathered in found.faces])
    return [[found.faces[face] for face in cluster] for cluster in clusters.clusters()]


def _say_left_out(found: Gathering, verbose: bool) -> None:
    for lines, what in (
        ([f"{shown(n, LONGEST_PATH)}: {why}" for n, why in found.not_read], "could not be read"),
        ([shown(name, LONGEST_PATH) for name in found.empty], "without a face"),
    ):
        if lines:
            say(f"{_count(len(lines), 'file')} {what}:")
        listed = lines if verbose else lines[:MOST_LISTED]
        for line in listed:
            say(f"  {line}")
        if len(listed) < len(lines):
            say(f"  … and {len(lines) - len(listed)} more; see --verbose")
    if found.too_small:
        say(f"{_count(found.too_small, 'face')} too small to be told apart, left out")


def _say_result(found: Gathering, written: Written, out: Path) -> None:
    people = f"{written.people} {'person' if written.people == 1 else 'people'}"
    say(
        f"{_count(len(found.faces), 'face')} in {_count(found.read, 'file')}: {people}, and "
        f"{written.alone} like no other ({out / ALONE})"
    )
    if written.people:
        say(f"look at: {out / OVERVIEW}")
        say(f"then name the folders and: lookout train --images {out / PEOPLE}")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(prog, DESCRIPTION, EPILOG, allow_abbrev=False)
    add = parser.add_argument
    add("path", nargs="+", metavar="PATH", help="picture, video, or folder of both")
    add(
        "--out",
        type=Path,
        default=Path("clusters"),
        metavar="DIR",
        help="a new or empty folder (%(default)s)",
    )
    add("--fps", type=_looks, default=FEWEST_FPS, help="frames of a second of video (%(default)g)")
    add(
        "--least",
        type=_least,
        default=2,
        metavar="FACES",
        help="a person has at least so many; the others are alone (%(default)s)",
    )
    add(
        "--chance",
        type=_chance,
        default=CHANCE,
        help="of a face to be as near to somebody else as is near enough (%(default)g)",
    )
    add("--detector", default="auto", help="which face detector (%(default)s)")
    add("--encoder", default="auto", help="auto: the best that is here (%(default)s)")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto", help="(%(default)s)")
    add("--verbose", action="store_true", help="list every file that is left out")
    add("--quiet", action="store_true", help="no progress bar")
    return parser


def _looks(text: str) -> float:
    looks = float(text)
    if not 0 < looks <= MOST_FPS:
        raise argparse.ArgumentTypeError(f"above 0, at most {MOST_FPS:g}")
    return looks


def _least(text: str) -> int:
    least = int(text)
    if least < 1:
        raise argparse.ArgumentTypeError("1 or more")
    return least


def _chance(text: str) -> float:
    chance = float(text)
    if not 0 < chance < 1:
        raise argparse.ArgumentTypeError("a share between 0 and 1")
    return chance
