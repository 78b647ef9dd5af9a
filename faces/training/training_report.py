"""The verdict of training on each photograph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookout.faces.detections import Floats
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.photo.judgement import ONLY_ONE, Reason
from lookout.faces.training.photo_folders import PhotoFolders

UNREADABLE, DUPLICATE, POOR = "unreadable", "duplicate", "poor"
NO_BOX: Floats = np.zeros(4, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class PhotoReport:
    """One photograph and its verdict.

    reasons:  why it is not used; empty if it is.
    poor:     true if it is used in spite of its reasons, because its person has no better one.
    box_xyxy: (4,) float32, the face in pixels of the decoded picture; zeros without one.
    fresh:    true if this run examined the photograph, false if it was remembered.
    """

    path: Path
    person: str
    reasons: tuple[Reason, ...]
    box_xyxy: Floats
    fresh: bool
    poor: bool = False

    @property
    def used(self) -> bool:
        """True if nothing speaks against the photograph, or it is its person's only one."""
        return self.poor or not self.reasons

    @property
    def verdict(self) -> str:
        """ "used", "poor", or the code of the first reason against it."""
        if self.poor:
            return POOR
        return self.reasons[0].code if self.reasons else "used"

    @property
    def message(self) -> str:
        """Every reason against it, and why it is used in spite of them, for people."""
        reasons = (*self.reasons, ONLY_ONE) if self.poor else self.reasons
        return " ".join(reason.message for reason in reasons)


@dataclass(frozen=True, slots=True, eq=False)
class TrainingReport:
    """Every photograph with its verdict, in the order of their paths, and the gallery they made.

    folders: whose they are, and what was not looked at.
    backup:  where a gallery that lay at the output and was not made from photographs is kept; None
             if there was none.
    cache_fault: why what was examined could not be remembered for the next run; empty if it was.
    """

    photos: tuple[PhotoReport, ...]
    folders: PhotoFolders
    gallery: Gallery
    backup: Path | None = None
    cache_fault: str = ""

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who has a folder, with or without usable photographs."""
        return self.folders.people

    def counts(self, person: str) -> Mapping[str, int]:
        """The number of the person's photographs by verdict."""
        return Counter(photo.verdict for photo in self.photos if photo.person == person)

    @property
    def without_photo(self) -> tuple[str, ...]:
        """The people who cannot be recognized, because none of their photographs is usable."""
        return tuple(name for name in self.people if name not in self.gallery.counts)
