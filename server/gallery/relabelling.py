"""Keeps what was said of faces, "this is not Ada", true when Ada is called something else."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lookout.faces.decision.negatives import Negatives, beside, load_negatives, save_negatives
from lookout.faces.errors import GalleryError
from lookout.faces.gallery.file_lock import only_writer
from lookout.faces.protocols import Encoder

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Relabelled:
    """What people are called now in place of before, and what nobody is called any more."""

    renamed: Mapping[str, str]
    gone: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.renamed or self.gone)


def relabelled(
    before: Mapping[str, str], after: Mapping[str, str], people: Collection[str]
) -> Relabelled:
    """The difference between two moments. Pure.

    before, after: labels by the ids of people who have samples. people: everybody's ids now: who
    has lost their samples, but is there, may get new ones and keeps what was said.
    """
    renamed = {
        label: after[one] for one, label in before.items() if one in after and after[one] != label
    }
    gone = {label for one, label in before.items() if one not in people}
    return Relabelled(renamed, frozenset(gone - set(after.values())))


def applied(change: Relabelled, negatives: Negatives) -> Negatives:
    """The rejected faces after the change; those of nobody are forgotten, with the name. Pure."""
    return replace(
        negatives,
        items=tuple(
            replace(item, name=change.renamed.get(item.name, item.name))
            for item in negatives.items
            if item.name not in change.gone
        ),
    )


def relabel(change: Relabelled, encodings_file: Path, encoder: Encoder) -> None:
    """Carry the change into the file beside the gallery. What cannot be done is logged: the change
    of the people themselves is done already."""
    path = beside(encodings_file)
    if not change or not path.exists():
        return
    try:
        with only_writer(encodings_file):
            before = load_negatives(path, encoder.name)
            if {item.name for item in before.items} & (change.renamed.keys() | change.gone):
                save_negatives(path, applied(change, before))
    except (GalleryError, OSError) as error:
        log.error("what was said of renamed people is not renamed: %s", error)  # noqa: TRY400
