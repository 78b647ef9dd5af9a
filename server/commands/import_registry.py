"""`lookout import`: a registry of people from a spreadsheet into the store."""

from __future__ import annotations

import argparse
import os
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from lookout.command_line import command_parser, fail, say
from lookout.faces.engine import encoder_candidates, open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.gallery.coverage import encoder_for
from lookout.faces.landmarks.landmarker import Landmarker
from lookout.faces.photo.examiner import PhotoExaminer
from lookout.faces.photo.judgement import Quality
from lookout.faces.runtime.cores import usable_cores
from lookout.faces.runtime.session import RuntimeChoice
from lookout.paths import find_home
from lookout.server.commands import import_gallery
from lookout.server.errors import ServerError
from lookout.server.gallery.people_snapshot import names_known
from lookout.server.registry.fetch import FetchRules
from lookout.server.registry.importer import ImportOptions, RegistryImport, run_id
from lookout.server.registry.pictures import Pictures
from lookout.server.registry.report_file import summary, write_report
from lookout.server.registry.rows import parse_rows
from lookout.server.storage.errors import BadImport
from lookout.server.storage.opening import open_store

DESCRIPTION = """\
Brings a registry of people into the store: one row a person, with a photograph. The first row has
headings: name, identifier, image (a file or a URL); every further column is kept as information
about the person and comes back with every match."""

EPILOG = """\
examples:
  %(prog)s people.xlsx --images photos/
  %(prog)s people.csv --dry-run        look at every row, change nothing
  %(prog)s encodings.pickle            another program's gallery: lookout import-gallery

A person whose identifier is known is updated, never added twice. An import that was interrupted
goes on when the same command is given again. Every row gets a verdict, in the report file."""

GALLERY_SUFFIXES = (".pkl", ".pickle")
EXIT_ROWS_REFUSED, EXIT_FAILED, EXIT_INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str], prog: str = "lookout import") -> int:
    """0: everybody is known now; 1: some rows were refused; 2: the import could not be done."""
    given = _parser(prog).parse_args(arguments)
    if given.registry.suffix.lower() in GALLERY_SUFFIXES:
        return import_gallery.main([str(given.registry)])
    try:
        return _import(given)
    except (ServerError, FacesError) as error:
        return fail("lookout import", str(error), EXIT_FAILED)


def _import(given: argparse.Namespace) -> int:
    try:
        content = given.registry.read_bytes()
    except OSError as error:
        raise BadImport(f"{given.registry} cannot be read: {error.strerror}") from error
    rows = parse_rows(content, given.registry.name)
    options = ImportOptions(given.quality, given.use_poor_photos, given.dry_run)
    pictures = Pictures(
        given.images or given.registry.parent, FetchRules(allow_private=given.allow_private)
    )
    path = given.report or given.registry.with_name(f"{given.registry.stem}-report.csv")
    stop = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with (
        open_store(given.data, os.environ) as store,
        tqdm(total=len(rows), unit="row", disable=given.quiet) as bar,
    ):
        candidates = encoder_candidates(given.encoder)
        found = encoder_for(
            find_home().encodings, candidates, lambda in_files: names_known(store, in_files)
        )
        # by name, whatever is known: what an import adds is what the user asked for
        name = found.encoder if given.encoder == "auto" else given.encoder
        examiner, *helpers = _examiners(given, name)
        job = RegistryImport(store, examiner, pictures, options, helpers)
        run = run_id(content, examiner, options)
        reports = job.run(rows, run, time.time, lambda *_: bar.update(), stop)
        write_report(path, reports)
        if len(reports) == len(rows):
            job.finish(run)
    say(f"{summary(reports)}\nthe verdict of every row: {path}")
    if len(reports) < len(rows):
        say("interrupted; the same command goes on from here")
        return EXIT_INTERRUPTED
    return 0 if all(report.verdict.known for report in reports) else EXIT_ROWS_REFUSED


def _examiners(given: argparse.Namespace, encoder: str) -> list[PhotoExaminer]:
    """One for each core, whose networks compute on that one: where two cores share every picture,
    one waits for the other. A GPU needs one for all."""
    choice = RuntimeChoice(given.device, threads=1)
    landmarker = Landmarker()
    first = PhotoExaminer(
        open_detector(given.detector, runtime=choice),
        open_encoder(encoder, runtime=choice),
        landmarker,
    )
    if getattr(getattr(first.encoder, "facts", None), "device", "cpu") != "cpu":
        return [first]
    name = first.detector.name
    return [
        first,
        *(
            PhotoExaminer(
                open_detector(name, runtime=choice),
                open_encoder(encoder, runtime=choice),
                landmarker,
            )
            for _ in range(usable_cores() - 1)
        ),
    ]


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(prog, DESCRIPTION, EPILOG, allow_abbrev=False)
    add = parser.add_argument
    add("registry", type=Path, help="the table: .xlsx or .csv")
    add("--images", type=Path, help="folder that the photographs lie in (the table's own)")
    add("--dry-run", action="store_true", help="say what would be done, and do nothing")
    add("--report", type=Path, help="where the verdicts go (<table>-report.csv)")
    add(
        "--quality",
        type=Quality,
        choices=tuple(Quality),
        default=Quality.STANDARD,
        metavar="|".join(Quality),
        help="how good a photograph must be (%(default)s); off refuses only what shows nobody, or "
        "several people",
    )
    add(
        "--use-poor-photos",
        action="store_true",
        help="enrol from dark, small, blurred photographs, too, and say so",
    )
    add("--allow-private", action="store_true", help="fetch from this machine and network, too")
    add("--data", type=Path, default=find_home().store, help="the store's folder (%(default)s)")
    add("--detector", default="auto", help="which face detector (%(default)s)")
    add("--encoder", default="auto", help="auto: the server's (%(default)s)")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto", help="(%(default)s)")
    add("--quiet", action="store_true", help="no progress bar")
    return parser
