"""What `lookout calibrate` found out about a gallery, and its file beside it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from lookout.faces.atomic_file import replace_file
from lookout.faces.decision.rule import Rule
from lookout.faces.errors import EncoderMismatch, GalleryDamaged
from lookout.faces.metrics.share import wilson_interval
from lookout.json_document import read_json

MAX_FILE_BYTES = 16 * 2**20
_VERSION = 1


@dataclass(frozen=True, slots=True)
class LookAlikes:
    """Two people whose photographs come as near as `distance`.

    apart: whether a limit between them leaves both the photographs that they have.
    """

    one: str
    other: str
    distance: float
    apart: bool


@dataclass(frozen=True, slots=True)
class MeasuredRate:
    """A share, its 95 % interval after Wilson (1927), and of how many people."""

    share: float
    low: float
    high: float
    people: int

    @classmethod
    def of(cls, share: float, people: int) -> MeasuredRate:
        low, high = wilson_interval(share, people)
        return cls(share if people else math.nan, low, high, people)

    def __str__(self) -> str:
        if not self.people:
            return "not known"
        return f"{self.share:.1%} ({self.low:.1%} to {self.high:.1%}, {self.people} people)"


@dataclass(frozen=True, slots=True)
class Calibration:
    """For one gallery and one encoder.

    target:      the share of strangers that may get a name (FPIR).
    allowed:     the chance to allow in the rule (`Rule.fpir`), so that it is that share here.
    by_default:  there was too little data to choose: `allowed` is the default, or stricter.
    fpir, fnir:  what was measured with it: strangers named, and photographs of known people that
                 do not get their name.
    limits:      people with a look-alike, and the distance up to which they may be named.
    look_alikes: the pairs, nearest first.
    """

    encoder: str
    target: float
    allowed: float
    by_default: bool
    fpir: MeasuredRate
    fnir: MeasuredRate
    limits: Mapping[str, float] = field(default_factory=dict)
    look_alikes: tuple[LookAlikes, ...] = ()

    def __post_init__(self) -> None:
        numbers = (self.target, self.allowed, *self.limits.values())
        if not all(math.isfinite(number) and number >= 0 for number in numbers):
            raise ValueError("a calibration has a number that is none, or is below 0")

    def applied(self, rule: Rule) -> Rule:
        """`rule` as this gallery needs it."""
        return replace(rule, fpir=self.allowed, limits=self.limits)


def beside(encodings_file: Path) -> Path:
    """Where the calibration of a gallery file is."""
    return encodings_file.with_suffix(".calibration.json")


def save_calibration(path: Path, calibration: Calibration) -> None:
    """Replace the file in one step. Raises OSError; the old file then stays."""
    content = {"version": _VERSION, **asdict(calibration)}
    replace_file(path, (json.dumps(content, indent=2, allow_nan=True) + "\n").encode())


def load_calibration(path: Path, encoder: str) -> Calibration | None:
    """The calibration for `encoder`; None if there is no file.

    Raises GalleryDamaged for a file that is not one of ours, EncoderMismatch for one of another
    encoder, OSError if it cannot be read.
    """
    if not path.exists():
        return None
    if path.stat().st_size > MAX_FILE_BYTES:
        raise GalleryDamaged(f"{path} is too large for a calibration")
    try:
        content: Any = read_json(path.read_bytes(), MAX_FILE_BYTES, with_nan=True)
        calibration = Calibration(
            encoder=str(content["encoder"]),
            target=float(content["target"]),
            allowed=float(content["allowed"]),
            by_default=bool(content["by_default"]),
            fpir=MeasuredRate(**content["fpir"]),
            fnir=MeasuredRate(**content["fnir"]),
            limits={str(name): float(limit) for name, limit in content["limits"].items()},
            look_alikes=tuple(LookAlikes(**pair) for pair in content["look_alikes"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GalleryDamaged(
            f"{path} is no calibration ({error}); make it again: lookout calibrate"
        ) from error
    if calibration.encoder != encoder:
        raise EncoderMismatch(
            f"{path} was made for {calibration.encoder}, not for {encoder}; make it again: "
            f"lookout calibrate --encoder {encoder}"
        )
    return calibration
