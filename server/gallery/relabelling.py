"""Relabelling: keeps rejections such as "this is not Ada" true when Ada is renamed.

The people are changed in the store, their rejections in files beside the gallery, which another
program may hold. A change that has to wait for it is kept in the store until it is done.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from lookout.faces.decision.negatives import (
    Negative,
    Negatives,
    beside,
    negatives_files,
    read_negatives,
    save_negatives,
)
from lookout.faces.errors import GalleryBusy, GalleryError
from lookout.faces.gallery.file_lock import only_writer
from lookout.server.storage.errors import StorageError
from lookout.server.storage.store_values import StoredSettings

log = logging.getLogger(__name__)

LOCK_TIMEOUT_S = 3.0
"""The time for which another program may hold the gallery before the change is left for later."""
SETTING = "relabelling"
"""The name of the changes that wait, among the store's settings."""


@dataclass(frozen=True, slots=True)
class Relabelled:
    """renamed: new labels by old ones. gone: the labels that nobody has any more. returned: the
    labels of rejections, by their times, that are somebody else's again."""

    renamed: Mapping[str, str] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    returned: Mapping[float, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.renamed or self.gone or self.returned)


def relabelled(
    before: Mapping[str, str],
    after: Mapping[str, str],
    people: Collection[str],
    merged: Mapping[str, str] | None = None,
) -> Relabelled:
    """The difference between two moments. Pure.

    before, after: labels by the ids of people who have samples. people: the ids of all people now;
    a person who lost their samples may get new ones, and keeps their rejections. merged: into whom,
    by the ids of those who have become one with another person, to whom their rejections go.
    """
    heirs = {person: (merged or {}).get(person, person) for person in before}
    renamed = {
        label: after[heirs[person]]
        for person, label in before.items()
        if heirs[person] in after and after[heirs[person]] != label
    }
    gone = {label for person, label in before.items() if heirs[person] not in people}
    return Relabelled(renamed, frozenset(gone - set(after.values())))


def applied(change: Relabelled, negatives: Negatives) -> Negatives:
    """The rejected faces after the change; those of vanished labels are forgotten. Pure."""
    return replace(
        negatives,
        items=tuple(
            replace(item, name=_label_after(change, item))
            for item in negatives.items
            if item.name not in change.gone
        ),
    )


def _label_after(change: Relabelled, item: Negative) -> str:
    renamed = change.renamed.get(item.name, item.name)
    return change.returned.get(item.time_s, renamed)


def relabel(changes: Collection[Relabelled], encodings_file: Path, timeout_s: float) -> None:
    """Applies the changes, in their order, to all files of rejections beside the gallery.

    Raises GalleryBusy if another program holds the gallery for `timeout_s`; GalleryError and
    OSError if a file cannot be used.
    """
    with only_writer(encodings_file, timeout_s):
        for path in negatives_files(beside(encodings_file)):
            before = read_negatives(path)
            after = before
            for change in changes:
                after = None if after is None else applied(change, after)
            if before is not None and after is not None and _names(before) != _names(after):
                save_negatives(path, after)


class Relabeller:
    """Applies each change to the files. One thread at a time."""

    def __init__(
        self, encodings_file: Path, waiting: StoredSettings, timeout_s: float = LOCK_TIMEOUT_S
    ) -> None:
        """waiting: the settings of the store, which keep what could not be applied yet. Raises
        StorageError."""
        self._file = encodings_file
        self._settings = waiting
        self._timeout_s = timeout_s
        self._waiting = _from_json(waiting.get(SETTING))

    def __call__(self, change: Relabelled) -> None:
        """Applies the change after those that wait; without a change, only those, if it can be done
        at once. A failure is logged: the people themselves are changed already."""
        if change and self._concerns(change):
            self._keep([*self._waiting, change])
        elif not self._waiting:
            return
        try:
            relabel(self._waiting, self._file, self._timeout_s if change else 0.0)
        except GalleryBusy as error:
            if change:
                log.warning(
                    "the rejections of people who were renamed, merged or forgotten are not "
                    "changed yet, and will be: %s",
                    error,
                )
            return
        except (GalleryError, OSError) as error:
            log.error("the rejections of renamed people are not renamed: %s", error)  # noqa: TRY400
        else:
            log.info("the rejections of people follow their new names")
        self._keep([])

    def times_of(self, label: str) -> tuple[float, ...]:
        """When faces were said not to be the person with this label, by whichever encoder. Raises
        GalleryError or OSError."""
        found = map(read_negatives, negatives_files(beside(self._file)))
        times = {i.time_s for some in found if some for i in some.items if i.name == label}
        return tuple(sorted(times))

    def _concerns(self, change: Relabelled) -> bool:
        """Whether a rejection has to be changed; so that most changes need no lock."""
        if self._waiting or change.returned:
            return True
        try:
            found = map(read_negatives, negatives_files(beside(self._file)))
            names = {item.name for negatives in found if negatives for item in negatives.items}
        except (GalleryError, OSError):
            return True  # the change itself reports it
        return bool(names & (change.renamed.keys() | change.gone))

    def _keep(self, waiting: list[Relabelled]) -> None:
        self._waiting = waiting
        try:
            self._settings.put(SETTING, _to_json(waiting))
        except StorageError as error:
            log.error("%s", error)  # noqa: TRY400 - they are still known to this process


def _names(negatives: Negatives) -> list[str]:
    return [item.name for item in negatives.items]


def _to_json(waiting: list[Relabelled]) -> object:
    return [
        {"renamed": dict(c.renamed), "gone": sorted(c.gone), "returned": [*c.returned.items()]}
        for c in waiting
    ]


def _from_json(content: object) -> list[Relabelled]:
    if not isinstance(content, list):
        return []
    return [
        Relabelled(one["renamed"], frozenset(one["gone"]), dict(one.get("returned", ())))
        for one in content
    ]
