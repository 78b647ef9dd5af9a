"""The verdict on a row of the registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lookout.server.registry.rows import RegistryRow
from lookout.server.storage.errors import StoreDamaged


class RowVerdict(StrEnum):
    """The first three mean that the person is known; after any other nothing was changed."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    BAD_ROW = "bad_row"
    DUPLICATE_IDENTIFIER = "duplicate_identifier"
    AMBIGUOUS_NAME = "ambiguous_name"
    DUPLICATE_PHOTO = "duplicate_photo"
    IMAGE_MISSING = "image_missing"
    FETCH_FAILED = "fetch_failed"
    UNREADABLE = "unreadable"
    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    FACE_TOO_SMALL = "face_too_small"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    BLURRED = "blurred"
    CUT_OFF = "cut_off"
    PARTLY_HIDDEN = "partly_hidden"
    EXTREME_POSE = "extreme_pose"
    TURNED = "turned"
    POOR_PHOTO = "poor_photo"

    @classmethod
    def of_reason(cls, code: str) -> RowVerdict:
        """The verdict of one of `faces.photo.judgement`'s reasons; POOR_PHOTO for one that is new
        there."""
        return cls(code) if code in set(cls) else cls.POOR_PHOTO

    @property
    def known(self) -> bool:
        return self in (RowVerdict.ADDED, RowVerdict.UPDATED, RowVerdict.UNCHANGED)


@dataclass(frozen=True, slots=True)
class RowReport:
    """A row and its verdict; `message` says why, or what is doubtful about a photograph in use."""

    row: int
    name: str
    identifier: str
    verdict: RowVerdict
    message: str = ""
    person: str = ""

    def as_kept(self) -> Mapping[str, str]:
        """The part that an unfinished import keeps; the rest stands in the row itself."""
        return {"verdict": self.verdict.value, "words": self.message, "person": self.person}


def report_on(
    row: RegistryRow, verdict: RowVerdict, message: str = "", person: str = ""
) -> RowReport:
    return RowReport(row.number, row.name, row.identifier, verdict, message, person)


def report_as_kept(row: RegistryRow, kept: Mapping[str, str]) -> RowReport:
    """The report that `as_kept` came from. Raises StoreDamaged."""
    try:
        return report_on(row, RowVerdict(kept["verdict"]), kept["words"], kept["person"])
    except (KeyError, ValueError) as error:
        raise StoreDamaged("the rows of the unfinished import have an unknown form") from error
