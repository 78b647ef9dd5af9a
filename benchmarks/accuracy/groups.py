"""Open-set naming within a group of people: strangers of the group named, and its own people.

Everybody is left out once: their photographs are then those of a stranger to the others of the
group, who look alike (a family), or stand before the same camera in the same light.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.support.command import command_parser
from benchmarks.support.data import test_data
from benchmarks.support.pairs import Portrait
from benchmarks.support.portraits import faces_of
from benchmarks.support.report import table, write_json
from benchmarks.support.trials import Faces, run_trials
from lookout.faces.decision.rule import Rule
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.metrics.share import Share
from lookout.faces.protocols import Encoder

ENCODERS = ("dlib-128", "reid-0095", "sface", "sface+reid-0095")
ENROLMENTS = 5
"""So many times another photograph of everybody is the enrolled one, evenly picked."""
HEAD = (
    *("group", "encoder", "people", "strangers named %", "strangers named once or more"),
    *("own name %", "another's name %"),
)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """strangers: photographs of people left out that got a name; people: how many of these people
    got one in any photograph; own, other: photographs of enrolled people that got their own name,
    and another's."""

    strangers: Share
    people: Share
    own: Share
    other: Share


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    results: list[dict[str, Any]] = []
    try:
        detector = open_detector(options.detector, options.device)
        for group, portraits in groups(test_data()).items():
            if options.group and group not in options.group:
                continue
            for name in options.encoder or ENCODERS:
                encoder = open_encoder(name, options.device)
                faces = faces_of(portraits, detector, encoder, device=options.device)
                results.append({"group": group, "encoder": name} | _figures(faces, encoder))
                print(table(HEAD, [_row(results[-1])]).splitlines()[-1], flush=True)
    except (FacesError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print()
    print(table(HEAD, [_row(r) for r in results]))
    write_json(options.json, "groups", {"results": results})
    return 0


def groups(data: Path) -> dict[str, list[Portrait]]:
    """Each group's photographs of one person each."""
    return {
        "nuaa": [
            Portrait(data / "nuaa_dev" / row["path"], row["identity"], "probe")
            for row in _rows(data / "nuaa_dev" / "labels.csv")
            if row["label"] == "live"
        ],
        "families": [
            Portrait(data / "families" / row["path"], row["identity"], "probe")
            for row in _rows(data / "families" / "labels.csv")
            if row["note"] == "single"
        ],
        "actors": [
            Portrait(path, path.parent.name, "probe")
            for path in sorted((data / "bbt").glob("[!g]*/*.png"))
        ],
    }


def leave_one_out(faces: Faces, encoder: str, rule: Rule) -> LeftOut:
    """Everybody with a face that was found is left out once for each enrolment."""
    people = sorted({n for n, e in zip(faces.names, faces.encodings, strict=True) if e is not None})
    named = frames = own = other = shown = 0
    ever: set[str] = set()
    for enrolled, rest in enrolments(faces):
        for name in people:
            gallery = enrolled.where([n != name for n in enrolled.names]).as_gallery(encoder)
            probes = faces.where([n == name for n in faces.names])
            share = run_trials(gallery, probes, rule).named(rule.fpir)
            named, frames = named + share.hits, frames + share.trials
            ever |= {name} if share.hits else set()
        trials = run_trials(enrolled.as_gallery(encoder), rest, rule)
        own += trials.found(rule.fpir).hits
        other += trials.confused(rule.fpir).hits
        shown += len(rest)
    return LeftOut(
        Share(named, frames), Share(len(ever), len(people)), Share(own, shown), Share(other, shown)
    )


def enrolments(faces: Faces) -> Iterator[tuple[Faces, Faces]]:
    """One photograph a person, and the rest; each time another one."""
    names = np.array(faces.names)
    found = np.array([e is not None for e in faces.encodings])
    for turn in range(ENROLMENTS):
        chosen = np.zeros(len(names), bool)
        for name in set(faces.names):
            rows = np.flatnonzero((names == name) & found)
            if len(rows):
                chosen[rows[turn * len(rows) // ENROLMENTS]] = True
        yield faces.where(chosen.tolist()), faces.where((~chosen).tolist())


def _figures(faces: Faces, encoder: Encoder) -> dict[str, Any]:
    rule = Rule.for_encoder(encoder.name, encoder.tolerance)
    result = leave_one_out(faces, encoder.name, rule)
    shares = {
        "strangers_named": result.strangers,
        "people_named": result.people,
        "own_name": result.own,
        "other_name": result.other,
    }
    figures: dict[str, Any] = {"people": result.people.trials}
    for key, share in shares.items():
        low, high = share.interval
        figures[key] = {"share": share.share, "low": low, "high": high, "of": share.trials}
        figures[key]["text"] = str(share)
    figures["people_named"]["text"] = f"{result.people.hits} of {result.people.trials}"
    return figures


def _row(r: dict[str, Any]) -> tuple[str, ...]:
    keys = ("strangers_named", "people_named", "own_name", "other_name")
    return (r["group"], r["encoder"], str(r["people"]), *(r[key]["text"] for key in keys))


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("groups", __doc__)
    add = parser.add_argument
    add("--group", action="append", choices=("nuaa", "families", "actors"), help="default: all")
    add("--encoder", action="append", help="may be repeated; default: " + ", ".join(ENCODERS))
    add("--detector", default="yunet", help="(%(default)s)")
    add("--device", default="auto", choices=("auto", "cpu", "cuda"))
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
