"""Options that several benchmarks share, and the choices that they stand for."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from benchmarks.support.degrade import RECIPES
from lookout.faces.encode.registered import registered_encoders
from lookout.faces.engine import DETECTORS, ENCODERS
from lookout.faces.errors import ModelError
from lookout.faces.models import ModelStore

T = TypeVar("T")
Result = TypeVar("Result")
Choice = TypeVar("Choice", bound=tuple[str, ...])


def add_accuracy_options(parser: argparse.ArgumentParser) -> None:
    """--detector, --encoder, --all, --degrade, --limit, --json, --plot."""
    parser.add_argument("--detector", action="append", help="default: yunet; may be repeated")
    parser.add_argument("--encoder", action="append", help="default: dlib-128; may be repeated")
    parser.add_argument("--all", action="store_true", help="every detector with every encoder here")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument(
        "--degrade",
        default="none",
        choices=tuple(RECIPES),
        help="spoil the second picture of a pair (verify), the probes (identify)",
    )
    parser.add_argument(
        "--limit",
        type=_positive,
        help="only so many pairs or probes, evenly picked, for a quick look",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="draw the curves there")


def add_protocol_options(parser: argparse.ArgumentParser, encoders: Sequence[str]) -> None:
    """--images, --protocol, --detector, --encoder, --device, --limit, --json, --plot: those of the
    benchmarks that enrol and show portraits (`benchmarks.support.portraits`)."""
    add = parser.add_argument
    add("--images", type=Path, required=True, metavar="DIR")
    add(
        "--protocol",
        type=Path,
        required=True,
        metavar="CSV",
        help="as of benchmarks.identify",
    )
    add("--detector", default="yunet", help="(%(default)s)")
    add("--encoder", action="append", help="may be repeated; default: " + ", ".join(encoders))
    add("--device", default="auto", choices=("auto", "cpu", "cuda"))
    add("--limit", type=_positive, help="only so many probes of each kind, evenly picked")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    add("--plot", type=Path, metavar="FILE.png", help="draw the figures there")


def chosen(options: argparse.Namespace) -> list[tuple[str, str]]:
    """Detector × encoder, by name, as the options say."""
    store = ModelStore.from_environment()
    detectors = options.detector or ["yunet"]
    encoders = options.encoder or ["dlib-128"]
    if options.all:
        detectors = list(DETECTORS)
        encoders = [*ENCODERS, *registered_encoders(store)]
        fused = [f"dlib-128+{name}" for name in registered_encoders(store)]
        encoders += fused
    return [(detector, encoder) for detector in detectors for encoder in encoders]


def evenly(items: list[T], limit: int | None) -> list[T]:
    """At most `limit` items, spread over the whole list."""
    if limit is None or limit >= len(items):
        return items
    return [items[index * len(items) // limit] for index in range(limit)]


def measured(
    choices: Iterable[Choice], measure: Callable[[Choice], Result]
) -> Iterator[tuple[Choice, Result]]:
    """Each choice with its measurement; a choice whose model is not here is skipped with a line."""
    for choice in choices:
        try:
            result = measure(choice)
        except ModelError as error:
            print(f"skipped {' × '.join(choice)}: {error}")
            continue
        yield choice, result


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, got {value}")
    return value
