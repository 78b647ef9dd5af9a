"""The removal of people's rows from the files of all encoders of a gallery."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import numpy as np

from lookout.faces.gallery.encodings_file import (
    file_for,
    files_of,
    load_gallery,
    read_gallery,
    save_galleries,
)
from lookout.faces.gallery.file_lock import only_writer
from lookout.faces.gallery.gallery import Gallery, Sample
from lookout.faces.protocols import Encoder

Row = tuple[str, bytes]
"""A row of the file: the name there and the encoding's bytes."""
Photo = tuple[str, str]
"""A photograph of the file: the name there and its SHA-256."""
Choose = Callable[[Gallery], Collection[Row]]
"""Chooses rows of the file as it is while no other program changes it."""
Names = Callable[[], Collection[str]]
"""The names in the file of people who are forgotten."""


def drop_rows(path: Path, encoder: Encoder, choose: Choose, names: Names = frozenset[str]) -> None:
    """Rewrites the gallery `path`, the files of all its encoders, without the rows that are chosen
    from the encoder's, without other encodings of the same photographs, and without anybody called
    one of `names`, which is asked after `choose`.

    Raises GalleryError, OSError, and what `choose` and `names` raise.
    """
    if not files_of(path):
        return
    with only_writer(path):
        rows, gone = choose(_own_gallery(path, encoder)), names()
        galleries = {file: read_gallery(file) for file in files_of(path)}
        photos = {
            (name, sample.sha256)
            for gallery in galleries.values()
            for name, sample, encoding in _rows_in(gallery)
            if sample.sha256 and (name, encoding) in rows
        }
        left = {file: _left(gallery, gone, rows, photos) for file, gallery in galleries.items()}
        save_galleries({f: rest for f, rest in left.items() if len(rest) < len(galleries[f])})


def galleries_of(path: Path) -> list[Gallery]:
    """The galleries of all encoders' files. Raises GalleryError, OSError."""
    return [read_gallery(file) for file in files_of(path)]


def _left(
    gallery: Gallery, gone: Collection[str], rows: Collection[Row], photos: Collection[Photo]
) -> Gallery:
    keep = [
        name not in gone and (name, encoding) not in rows and (name, sample.sha256) not in photos
        for name, sample, encoding in _rows_in(gallery)
    ]
    return gallery.take(np.array(keep, bool))


def _own_gallery(path: Path, encoder: Encoder) -> Gallery:
    try:
        return load_gallery(file_for(path, encoder.name), encoder)
    except FileNotFoundError:
        return Gallery.empty(encoder.name, encoder.dimension)


def _rows_in(gallery: Gallery) -> Iterator[tuple[str, Sample, bytes]]:
    for name, sample, row in zip(gallery.names, gallery.samples, gallery.encodings, strict=True):
        yield name, sample, row.tobytes()
