"""Names at the thresholds of other systems' clients: strangers named, and people named rightly."""

from __future__ import annotations

import argparse
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from benchmarks.support.arguments import add_protocol_options, evenly
from benchmarks.support.command import command_parser
from benchmarks.support.pairs import BadProtocol, Portrait, read_portraits
from benchmarks.support.portraits import faces_of
from benchmarks.support.report import table, write_json
from benchmarks.support.trials import Faces
from lookout.faces.decision.rule import Rule
from lookout.faces.engine import open_detector, open_encoder
from lookout.faces.errors import FacesError
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Detector, Encoder
from lookout.server.api.services.scoring import FaceMatch, match
from lookout.server.gallery.people_snapshot import PeopleSnapshot
from lookout.server.storage.records import Person

_EPILOG = """example:
  python -m benchmarks.thresholds --images lfw --protocol lfw/identify_dev.csv --json t.json

A client takes the subject that comes first if its similarity reaches the client's threshold. Two
photographs of each person and one of each stranger are shown; --images has a folder for each
person, as LFW has. The people are those of the half of the list on which no constant of the
decision was fitted (docs/decisions.md). "before" is the scale of the first versions,
allowed / (allowed + chance); the decision is the same.
"""

THRESHOLDS = (0.4, 0.45, 0.5, 0.6, 0.7, 0.8)
"""Double Take 0.4 (shown) and 0.6 (a match), HASS 0.45, Viseron 0.5, 0.6 and 0.8, deepstack-sdk
0.7."""
GALLERIES = ((50, 1), (30, 3))
"""People and photographs of each."""
SHOWN = 2
STRANGERS = 100
ENCODERS = ("dlib-128",)
HEAD = (
    *("encoder", "people × photographs", "threshold"),
    *("before: strangers", "right", "wrong", "now: strangers", "right", "wrong", "nearest right"),
)


@dataclass(frozen=True, slots=True)
class Cast:
    """The portraits of one gallery: those enrolled, those shown of the same people, strangers."""

    enrolled: tuple[Portrait, ...]
    shown: tuple[Portrait, ...]
    strangers: tuple[Portrait, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        results = list(_results(options))
    except (BadProtocol, FacesError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(table(HEAD, [_row(r) for r in results]))
    write_json(options.json, "thresholds", {"results": results})
    return 0


def cast_of(portraits: Sequence[Portrait], people: int, photographs: int, strangers: int) -> Cast:
    """`people` with enough photographs, evenly picked from the half that no constant was fitted
    on, and as many strangers as asked for."""
    unfitted = [p for p in portraits if zlib.crc32(p.identity.encode()) % 2 == 1]
    everything = [_all_of(p) for p in unfitted if p.role == "gallery"]
    enough = [own for own in everything if len(own) >= photographs + SHOWN]
    unknown = {p.identity: p for p in unfitted if p.role == "stranger"}
    chosen = evenly(enough, people)
    return Cast(
        tuple(portrait for own in chosen for portrait in own[:photographs]),
        tuple(p for own in chosen for p in own[photographs : photographs + SHOWN]),
        tuple(evenly(list(unknown.values()), strangers)),
    )


def similarity_before(found: FaceMatch, rule: Rule) -> tuple[str, float]:
    """The subject that came first on the scale of the first versions, and its similarity."""
    best = ("", 0.0)
    for near in found.decision.shortlist:
        value = rule.fpir / (rule.fpir + 1.0 - near.score)
        named = near.name == found.decision.name
        value = max(value, 0.5) if named else min(value, 0.49)
        best = max(best, (near.name, value), key=lambda pair: pair[1])
    return best


def similarity_now(found: FaceMatch) -> tuple[str, float]:
    """The subject that comes first, and its similarity."""
    first = found.candidates[0]
    return first.person.name, first.similarity


def _all_of(portrait: Portrait) -> list[Portrait]:
    """The portrait, and the other photographs in its folder if that is named after the person."""
    folder, name = portrait.path.parent, portrait.identity
    if folder.name != name:
        return [portrait]
    others = [path for path in sorted(folder.iterdir()) if path != portrait.path]
    return [portrait, *(Portrait(path, name, "probe") for path in others)]


def _results(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    portraits = read_portraits(options.protocol, options.images)
    detector = open_detector(options.detector, options.device)
    for name in options.encoder or ENCODERS:
        encoder = open_encoder(name, options.device)
        for people, photographs in GALLERIES:
            cast = cast_of(portraits, people, photographs, options.limit or STRANGERS)
            yield from _measure(cast, photographs, detector, encoder, options.device)


def _measure(
    cast: Cast, photographs: int, detector: Detector, encoder: Encoder, device: str
) -> Iterator[dict[str, Any]]:
    gallery = faces_of(cast.enrolled, detector, encoder, device=device).as_gallery(encoder.name)
    rule, known = Rule.for_encoder(encoder.name, encoder.tolerance), _snapshot(gallery)
    shown = _matches(faces_of(cast.shown, detector, encoder, device=device), known, rule)
    others = _matches(faces_of(cast.strangers, detector, encoder, device=device), known, rule)
    scales: dict[str, Callable[[FaceMatch], tuple[str, float]]] = {
        "before": partial(similarity_before, rule=rule),
        "now": similarity_now,
    }
    for threshold in THRESHOLDS:
        row: dict[str, Any] = {
            "encoder": encoder.name,
            "people": len(gallery.people),
            "photographs": photographs,
            "threshold": threshold,
            "shown": len(shown),
            "strangers": len(others),
            "nearest_right": sum(found.decision.nearest == name for name, found in shown),
        }
        for scale, first in scales.items():
            tops = [(name, *first(found)) for name, found in shown]
            row[scale] = {
                "strangers": sum(first(found)[1] >= threshold for _, found in others),
                "right": sum(value >= threshold and top == name for name, top, value in tops),
                "wrong": sum(value >= threshold and top != name for name, top, value in tops),
            }
        yield row


def _snapshot(gallery: Gallery) -> PeopleSnapshot:
    people = {name: Person(name, name, 0.0) for name in gallery.people}
    labels = {name: name for name in people}
    return PeopleSnapshot(gallery, gallery, people, labels, ids=labels)


def _matches(faces: Faces, known: PeopleSnapshot, rule: Rule) -> list[tuple[str, FaceMatch]]:
    """Each face that was found, with its name and the decision on it."""
    return [
        (name, match(np.asarray(encoding), known, rule))
        for encoding, name in zip(faces.encodings, faces.names, strict=True)
        if encoding is not None
    ]


def _row(r: dict[str, Any]) -> tuple[str, ...]:
    def counts(scale: str) -> tuple[str, str, str]:
        told = r[scale]
        return (
            f"{told['strangers']} of {r['strangers']}",
            f"{told['right']} of {r['shown']}",
            str(told["wrong"]),
        )

    return (
        *(r["encoder"], f"{r['people']} × {r['photographs']}", f"{r['threshold']:g}"),
        *(*counts("before"), *counts("now"), str(r["nearest_right"])),
    )


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("thresholds", __doc__, _EPILOG)
    add_protocol_options(parser, ENCODERS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
