"""The statistics of strangers for an encoder that a user added, measured on their machine.

Numbers about an encoder, no personal data: `strangers/NAME.json` in the configuration folder, which
`lookout encoders measure` writes and `stranger_model` reads before it borrows dlib's.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from lookout.faces.atomic_file import replace_file
from lookout.faces.errors import GalleryDamaged
from lookout.json_document import read_json
from lookout.paths import config_folder

Numbers = npt.NDArray[np.float64]

LEAST_PEOPLE = 30
"""Of fewer there are no 400 pairs, and nothing can be said of one in a hundred of them."""
QUANTILES = 3e-5, 0.1
"""The part of the lower tail to which the normal distribution is fitted, as that which ships."""
LEAST_IN_TAIL = 4
_NAME = re.compile(r"[A-Za-z0-9+.-]{1,130}")
_MAX_BYTES = 4096


@dataclass(frozen=True, slots=True)
class MeasuredStrangers:
    """Squared distances between photographs of different people, as one encoder sees them.

    mean, spread:  of the normal distribution that their lower tail is.
    people, pairs: how many it rests on.
    """

    encoder: str
    mean: float
    spread: float
    people: int
    pairs: int

    def __post_init__(self) -> None:
        numbers = (self.mean, self.spread)
        if not all(math.isfinite(number) and number > 0 for number in numbers):
            raise ValueError("the statistics of strangers are numbers above 0")

    @property
    def lowest(self) -> float:
        """The smallest share of strangers that these pairs say anything of."""
        return max(QUANTILES[0], LEAST_IN_TAIL / self.pairs)


def measure_strangers(encoder: str, encodings: Numbers) -> MeasuredStrangers:
    """From (P, D) encodings of P different people, one each.

    Raises ValueError for fewer than LEAST_PEOPLE.
    """
    people = len(encodings)
    if people < LEAST_PEOPLE:
        raise ValueError(f"{people} people are too few; at least {LEAST_PEOPLE} are needed")
    points = encodings.astype(np.float64)
    lengths = np.square(points).sum(axis=1)
    squared = lengths[:, None] + lengths - 2 * points @ points.T
    pairs = np.clip(squared[np.triu_indices(people, 1)], 0, None)
    lowest = max(QUANTILES[0], LEAST_IN_TAIL / len(pairs))
    shares = np.geomspace(lowest, QUANTILES[1], 50)
    places = [NormalDist().inv_cdf(float(share)) for share in shares]
    spread, mean = np.polyfit(places, np.quantile(pairs, shares), 1)
    return MeasuredStrangers(encoder, float(mean), float(spread), people, len(pairs))


def file_of(encoder: str, environ: Mapping[str, str] = os.environ) -> Path:
    """Where the numbers of `encoder` are kept. Raises ValueError for what is no encoder's name."""
    if not _NAME.fullmatch(encoder):
        raise ValueError(f"{encoder!r} is no name of an encoder")
    return config_folder(environ) / "strangers" / f"{encoder}.json"


def save_measured(measured: MeasuredStrangers, path: Path) -> None:
    """Replaces the file in one step. Raises OSError; the old file then stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, (json.dumps(asdict(measured), indent=2) + "\n").encode())


def load_measured(path: Path, encoder: str) -> MeasuredStrangers | None:
    """What was measured for `encoder`; None if there is no file.

    Raises GalleryDamaged for a file that is not one of ours, OSError if it cannot be read.
    """
    if not path.is_file():
        return None
    try:
        measured = _parsed(path.read_bytes())
    except (ValueError, TypeError) as error:
        raise GalleryDamaged(
            f"{path} holds no statistics of strangers ({error}); measure again: "
            f"lookout encoders measure {encoder}"
        ) from error
    return measured if measured.encoder == encoder else None


def _parsed(content: bytes) -> MeasuredStrangers:
    document = read_json(content, _MAX_BYTES)
    if not isinstance(document, dict):
        raise TypeError("it is no object")
    return MeasuredStrangers(
        encoder=str(document.get("encoder", "")),
        mean=float(document.get("mean", math.nan)),
        spread=float(document.get("spread", math.nan)),
        people=int(document.get("people", 0)),
        pairs=int(document.get("pairs", 0)),
    )
