"""`encodings.pkl`: the gallery in the form that the face_recognition family of projects shares.

The file is a pickled dictionary: `encodings`, a list with one list of floats for each sample, and
`names`, their people in the same order. Ours says besides which encoder made it (`encoder`) and,
under `lookout`, from which photograph each comes (`samples`); others ignore both. A file without
`encoder` comes from that family and so from dlib's network.

`encodings.pkl` itself is always dlib's. The encodings of another encoder stand beside it in a file
of their own with the encoder's name, `encodings.sface.pkl`, of the same form (`file_for`).

The floats are written as plain lists: they load without numpy, under any version of it, and equal
galleries make equal bytes.
"""

from __future__ import annotations

import glob
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lookout.faces.atomic_file import replace_file
from lookout.faces.detections import Floats
from lookout.faces.errors import EncoderMismatch, GalleryDamaged, GalleryUnsafe
from lookout.faces.gallery.gallery import Gallery, Sample
from lookout.faces.gallery.safe_unpickle import safe_loads
from lookout.faces.protocols import Encoder

FAMILY_ENCODER = "dlib-128"
FORMAT = 2
"""1 had no `samples`."""
KEPT = ".other-"
"""In the names of files that another program wrote and that training keeps under another name."""
PROTOCOL = 4  # every Python since 3.4 reads it
MAX_FILE_BYTES = 256 * 2**20
MAX_ENCODINGS = 200_000


def file_for(path: Path, encoder: str) -> Path:
    """The file of this encoder's encodings, where `path` is that of the portable ones.

    `path` itself where the encoder is dlib's, and where its content is this encoder's already, as
    older versions wrote it; else the one beside it with the encoder's name, which need not exist.
    """
    own = path.with_name(f"{path.stem}.{encoder}{path.suffix}")
    if encoder == FAMILY_ENCODER or (not own.exists() and _encoder_of(path) == encoder):
        return path
    return own


def files_of(path: Path) -> list[Path]:
    """`path` and the files beside it of other encoders' encodings, as far as they exist."""
    beside = sorted(path.parent.glob(f"{glob.escape(path.stem)}.*{glob.escape(path.suffix)}"))
    kept = f"{path.stem}{KEPT}"
    return [file for file in [path, *beside] if file.exists() and not file.name.startswith(kept)]


def load_gallery(path: Path, encoder: Encoder) -> Gallery:
    """Reads the gallery of `encoder`. Executes nothing that the file contains.

    Raises FileNotFoundError if there is no file; GalleryUnsafe, GalleryDamaged or EncoderMismatch,
    each naming the file and what to do, if it cannot be used.
    """
    gallery = read_gallery(path)
    made_for = (gallery.encoder, gallery.encodings.shape[1])
    if made_for != (encoder.name, encoder.dimension) and len(gallery):
        raise EncoderMismatch(
            f"{path} was made with the encoder {made_for[0]} ({made_for[1]} numbers), but "
            f"{encoder.name} ({encoder.dimension}) is in use. Rebuild it with: "
            f"lookout train --encoder {encoder.name}"
        )
    return gallery if len(gallery) else Gallery.empty(encoder.name, encoder.dimension)


def read_gallery(path: Path) -> Gallery:
    """Reads a gallery of any encoder; otherwise as `load_gallery`."""
    try:
        return _gallery(_read(path))
    except GalleryUnsafe as error:
        raise GalleryUnsafe(
            f"{path} was refused, and none of it was executed: {error}. "
            "Rebuild it with `lookout train`."
        ) from error
    except GalleryDamaged as error:
        raise GalleryDamaged(
            f"{path} cannot be used: {error}. Rebuild it with `lookout train`."
        ) from error


def save_gallery(path: Path, gallery: Gallery) -> None:
    """Writes the gallery in one step; a reader sees the old file or the new. Raises OSError."""
    content = {
        "encodings": gallery.encodings.tolist(),
        "names": list(gallery.names),
        "encoder": gallery.encoder,
        "lookout": {
            "format": FORMAT,
            "samples": [
                (sample.file, sample.sha256, sample.quality, sample.time_s)
                for sample in gallery.samples
            ],
        },
    }
    replace_file(path, pickle.dumps(content, protocol=PROTOCOL))


def written_by_lookout(path: Path) -> bool:
    """True if Lookout wrote this file: only such a file may be replaced without a copy."""
    try:
        content = _read(path)
    except (GalleryDamaged, GalleryUnsafe):
        return False
    return isinstance(content, dict) and "lookout" in content


def _encoder_of(path: Path) -> str | None:
    """The encoder that the file says it is of; None for one that cannot be used."""
    try:
        gallery = read_gallery(path)
    except (OSError, GalleryDamaged, GalleryUnsafe):
        return None
    return gallery.encoder if len(gallery) else None


def _read(path: Path) -> Any:
    with path.open("rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise GalleryDamaged(f"it is over the limit of {MAX_FILE_BYTES >> 20} MiB")
    return safe_loads(content)


def _gallery(content: Any) -> Gallery:
    if not isinstance(content, dict) or not {"encodings", "names"} <= content.keys():
        raise GalleryDamaged('it is not a dictionary with "encodings" and "names"')
    names, encoder = content["names"], content.get("encoder", FAMILY_ENCODER)
    if isinstance(names, np.ndarray):
        names = names.tolist()
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise GalleryDamaged('"names" is not a list of strings')
    if not isinstance(encoder, str):
        raise GalleryDamaged('"encoder" is not a string')
    try:
        matrix = _matrix(content["encodings"])
        return Gallery(matrix, tuple(names), encoder, _samples(content.get("lookout"), len(names)))
    except ValueError as error:
        raise GalleryDamaged(str(error)) from error


def _samples(lookout: Any, count: int) -> tuple[Sample, ...]:
    """The sources of the encodings; () if the file does not name one for each, which is the case
    after another tool has added to it."""
    rows = lookout.get("samples") if isinstance(lookout, dict) else None
    if not isinstance(rows, list | tuple) or len(rows) != count:
        return ()
    if not all(isinstance(row, list | tuple) and _is_sample(row) for row in rows):
        return ()
    return tuple(Sample(*row) for row in rows)


def _is_sample(row: Sequence[Any]) -> bool:
    return list(map(type, row)) == [str, str, float, float]


def _matrix(rows: Any) -> Floats:
    """(M, D) float32 from a list of lists, a list of arrays or one array."""
    if not isinstance(rows, Sequence | np.ndarray):
        raise GalleryDamaged('"encodings" is not a list')
    if len(rows) > MAX_ENCODINGS:
        raise GalleryDamaged(f"it has {len(rows)} encodings, the limit is {MAX_ENCODINGS}")
    if len(rows) == 0:
        return np.zeros((0, 0), np.float32)
    width = len(rows[0]) if isinstance(rows[0], Sequence | np.ndarray) else 0
    if not 1 <= width <= 4096:
        raise GalleryDamaged("an encoding is not a list of 1 to 4096 numbers")
    # numpy sees no row before this check: nested lists that repeat one another would fill memory
    for index, row in enumerate(rows):
        if not _is_row(row, width):
            raise GalleryDamaged(f"encoding {index} is not {width} numbers like the first")
    try:
        with np.errstate(over="ignore"):
            return np.asarray(rows, dtype=np.float32)
    except (ValueError, TypeError, OverflowError) as error:
        raise GalleryDamaged(f"an encoding is not made of numbers ({error})") from error


def _is_row(row: Any, width: int) -> bool:
    if isinstance(row, np.ndarray):
        return row.shape == (width,) and row.dtype.kind in "fiu"
    return (
        isinstance(row, list | tuple) and len(row) == width and set(map(type, row)) <= {float, int}
    )
