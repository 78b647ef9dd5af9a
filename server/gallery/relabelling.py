"""Relabelling: keeps rejections such as "this is not Ada" true when Ada is renamed."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lookout.faces.decision.negatives import Negatives, all_beside, read_negatives, save_negatives
from lookout.faces.errors import GalleryError
from lookout.faces.gallery.file_lock import only_writer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Relabelled:
    """renamed: new labels by old ones. gone: the labels that nobody has any more."""

    renamed: Mapping[str, str]
    gone: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.renamed or self.gone)


def relabelled(
    before: Mapping[str, str], after: Mapping[str, str], people: Collection[str]
) -> Relabelled:
    """The difference between two moments. Pure.

    before, after: labels by the ids of people who have samples. people: the ids of all people now;
    a person who lost their samples may get new ones, and keeps their rejections.
    """
    renamed = {
        label: after[person]
        for person, label in before.items()
        if person in after and after[person] != label
    }
    gone = {label for person, label in before.items() if person not in people}
    return Relabelled(renamed, frozenset(gone - set(after.values())))


def applied(change: Relabelled, negatives: Negatives) -> Negatives:
    """The rejected faces after the change; those of vanished labels are forgotten. Pure."""
    return replace(
        negatives,
        items=tuple(
            replace(item, name=change.renamed.get(item.name, item.name))
            for item in negatives.items
            if item.name not in change.gone
        ),
    )


def relabel(change: Relabelled, encodings_file: Path) -> None:
    """Applies the change to the files beside the gallery, those of every encoder. A failure is
    logged: the people themselves are changed already."""
    if not change or not all_beside(encodings_file):
        return
    try:
        with only_writer(encodings_file):
            for path in all_beside(encodings_file):
                before = read_negatives(path)
                names = set() if before is None else {item.name for item in before.items}
                if before is not None and names & (change.renamed.keys() | change.gone):
                    save_negatives(path, applied(change, before))
    except (GalleryError, OSError) as error:
        log.error("the rejections of renamed people are not renamed: %s", error)  # noqa: TRY400
