"""The changes of encodings when people are edited: their part of an undo log's change."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lookout.faces.errors import BadPeople
from lookout.faces.gallery.gallery import Gallery, Sample


@dataclass(frozen=True, slots=True)
class Row:
    """One encoding of the gallery whose name changes; `after` is None if it is removed.

    encoder: its encoder; empty in changes of older versions, which had the portable file alone.
    """

    digest: str
    before: str
    after: str | None
    encoding: tuple[float, ...]
    sample: Sample
    encoder: str = ""


def _of(gallery: Gallery, name: str, hashes: Collection[str] | None = None) -> Gallery:
    rows = [
        own == name and (hashes is None or sample.sha256 in hashes)
        for own, sample in zip(gallery.names, gallery.samples, strict=True)
    ]
    return gallery.take(np.array(rows, bool))


def rows_of(
    gallery: Gallery, name: str, after: str | None, hashes: Collection[str] | None = None
) -> list[Row]:
    """The changes of the person's encodings, or of those from photographs with these SHA-256.

    Raises BadPeople if the gallery does not know which encoding comes from which photograph.
    """
    chosen, own = _of(gallery, name, hashes), _of(gallery, name)
    if hashes is not None and any(not sample.sha256 for sample in own.samples):
        raise BadPeople(
            f"the gallery does not say which of {name}'s photographs its encodings come from; "
            "run `lookout train` once, then try again"
        )
    return [
        Row(digest_of(encoding), name, after, tuple(encoding.tolist()), sample, gallery.encoder)
        for encoding, sample in zip(chosen.encodings, chosen.samples, strict=True)
    ]


def removed(row: Row) -> Row:
    """The same encoding taken away."""
    return replace(row, after=None)


def digest_of(encoding: np.ndarray[Any, np.dtype[np.float32]]) -> str:
    """A digest that identifies an encoding, wherever it stands in the file."""
    return hashlib.sha256(encoding.astype("<f4").tobytes()).hexdigest()


def renamed(gallery: Gallery, rows: Sequence[Row]) -> Gallery:
    """The gallery with the names after the change, without what it removes. Idempotent."""
    to = {(row.digest, row.before): row.after for row in rows}
    names: list[str | None] = [
        to.get((digest_of(encoding), name), name)
        for encoding, name in zip(gallery.encodings, gallery.names, strict=True)
    ]
    keep = np.array([name is not None for name in names], bool)
    rest = gallery.take(keep)
    left = tuple(name for name in names if name is not None)
    return Gallery(rest.encodings, left, rest.encoder, rest.samples)


def renamed_back(gallery: Gallery, rows: Sequence[Row]) -> Gallery:
    """The gallery with the names before the change; what was learned since keeps its name.
    Idempotent."""
    back = {(row.digest, row.after): row.before for row in rows if row.after is not None}
    digests = [digest_of(encoding) for encoding in gallery.encodings]
    names = tuple(back.get(key, key[1]) for key in zip(digests, gallery.names, strict=True))
    result = Gallery(gallery.encodings, names, gallery.encoder, gallery.samples)
    there = set(zip(digests, names, strict=True))
    for row in rows:
        if row.after is None and (row.digest, row.before) not in there:
            encoding = np.array([row.encoding], np.float32)
            result = result.added(row.before, encoding, (row.sample,))
    return result
