"""The changes of rejections when people are edited: their part of an undo log's change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lookout.faces.decision.negatives import Negative, Negatives, Rejection


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One rejected face whose name changes; `after` is None if it is taken away.

    encoder: the encoder of the encoding: a file of another encoder has nothing to change.
    """

    encoder: str
    before: str
    after: str | None
    time_s: float
    where: str
    encoding: tuple[float, ...]


def rejected_rows_of(
    negatives: Negatives | None, rejections: Iterable[Rejection], after: str | None
) -> list[RejectedRow]:
    """The changes when these rejections become those of `after`, or are removed."""
    if negatives is None:
        return []
    times = {rejection.time_s for rejection in rejections}
    return [
        RejectedRow(negatives.encoder, i.name, after, i.time_s, i.where, tuple(i.encoding.tolist()))
        for i in negatives.items
        if i.time_s in times
    ]


def changed(negatives: Negatives, rows: Sequence[RejectedRow]) -> Negatives:
    """The negatives with the names after the change. Idempotent."""
    to = {(row.time_s, row.before): row.after for row in _own(negatives, rows)}
    names = [(item, to.get((item.time_s, item.name), item.name)) for item in negatives.items]
    return replace(
        negatives, items=tuple(replace(item, name=n) for item, n in names if n is not None)
    )


def changed_back(negatives: Negatives, rows: Sequence[RejectedRow]) -> Negatives:
    """The negatives with the names before the change; later ones stay. Idempotent."""
    own = _own(negatives, rows)
    back = {(row.time_s, row.after): row.before for row in own if row.after is not None}
    items = [replace(i, name=back.get((i.time_s, i.name), i.name)) for i in negatives.items]
    there = {item.time_s for item in items}
    items += [
        Negative(np.array(row.encoding, np.float32), row.before, row.time_s, row.where)
        for row in own
        if row.after is None and row.time_s not in there
    ]
    return replace(negatives, items=tuple(sorted(items, key=lambda item: item.time_s)))


def _own(negatives: Negatives, rows: Sequence[RejectedRow]) -> list[RejectedRow]:
    return [row for row in rows if row.encoder == negatives.encoder]
