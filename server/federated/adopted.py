"""The calibration that a site has taken over, and the way back."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from lookout.faces.atomic_file import replace_file
from lookout.faces.decision.calibration import (
    Calibration,
    MeasuredRate,
    beside,
    load_calibration,
    save_calibration,
)
from lookout.json_document import read_json
from lookout.server.federated.errors import BadRoundMessage, NotJoined
from lookout.server.federated.reasons import because

MAX_BYTES = 16 * 2**10


@dataclass(frozen=True, slots=True)
class Adopted:
    """version: of the round; 0 after a site has gone back by itself. allowed: the chance that is
    allowed; before: the one in use until then. target: the share of strangers aimed at."""

    version: int
    allowed: float
    before: float
    target: float
    why: str
    at: float


def load_adopted(folder: Path) -> Adopted | None:
    """What the site of this folder has taken over. Raises BadMessage for another file, OSError."""
    file = folder / "adopted.json"
    if not file.is_file():
        return None
    try:
        content: Any = read_json(file.read_bytes(), MAX_BYTES)
        return Adopted(**content)
    except (TypeError, ValueError) as error:
        raise BadRoundMessage(f"{file} cannot be read: {error}") from error


def save_adopted(folder: Path, adopted: Adopted) -> None:
    """Replaces the file in one step. Raises OSError."""
    replace_file(folder / "adopted.json", json.dumps(asdict(adopted), indent=1).encode())


def take_back(folder: Path, now_s: float) -> Adopted:
    """Goes back to what was allowed before the last round that was taken over.

    Raises NotJoined if none was.
    """
    adopted = load_adopted(folder)
    if adopted is None or not adopted.version:
        raise NotJoined("no calibration was taken over from a round")
    why = because("taken_back", version=adopted.version)
    back = replace(
        adopted, version=0, allowed=adopted.before, before=adopted.allowed, why=why, at=now_s
    )
    save_adopted(folder, back)
    return back


def apply_to_gallery(adopted: Adopted, encodings_file: Path, encoder: str) -> bool:
    """Puts the chance into the calibration beside a gallery, whose look-alikes stay; False if it is
    there already. The server uses it from its next start on. Raises FacesError, OSError."""
    file = beside(encodings_file)
    none = MeasuredRate.of(0.0, 0)
    before = load_calibration(file, encoder) or Calibration(
        encoder, adopted.target, adopted.allowed, by_default=True, fpir=none, fnir=none
    )
    if not before.by_default and before.allowed == adopted.allowed:
        return False
    changed = replace(before, target=adopted.target, allowed=adopted.allowed, by_default=False)
    save_calibration(file, changed)
    return True
