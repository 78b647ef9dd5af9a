"""`encodings.pkl`: the gallery in the form that the face_recognition family of projects shares.

The file is a pickled dictionary: `encodings`, a list with one list of floats for each sample, and
`names`, their people in the same order. Ours says besides which encoder made it (`encoder`) and,
under `lookout`, from which photograph each comes (`samples`); others ignore both. A file without
`encoder` comes from that family and so from dlib's network.

`encodings.pkl` itself is always dlib's. The encodings of another encoder stand beside it in a file
of their own with the encoder's name, `encodings.sface.pkl`, of the same form (`file_for`).

Names obey `lookout.names`: rows of a name that cannot be used are left out, with a warning that
says which, and a second spelling of a name (ada beside Ada) is the first. Files of any other
shape are for `faces.gallery.foreign`.

The floats are written as plain lists: they load without numpy, under any version of it, and equal
galleries make equal bytes.
"""

from __future__ import annotations

import glob
import logging
import pickle
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lookout.faces.atomic_file import replace_files
from lookout.faces.detections import Floats
from lookout.faces.errors import EncoderMismatch, GalleryDamaged, GalleryForeign, GalleryUnsafe
from lookout.faces.gallery.gallery import Gallery, Sample
from lookout.faces.gallery.safe_unpickle import safe_loads
from lookout.faces.protocols import Encoder
from lookout.names import BadName, clean_name, legible, name_key, shown

log = logging.getLogger(__name__)

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

    That of `own_file`, or `path` where its content is this encoder's already, as older versions
    wrote it. It need not exist.
    """
    own = own_file(path, encoder)
    return path if not own.exists() and _encoder_of(path) == encoder else own


def own_file(path: Path, encoder: str) -> Path:
    """`path` itself for dlib's encoder, else the file beside it with the encoder's name."""
    if encoder == FAMILY_ENCODER:
        return path
    return path.with_name(f"{path.stem}.{encoder}{path.suffix}")


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
            f"{path} was made with the encoder {shown(made_for[0])} ({made_for[1]} numbers), but "
            f"{encoder.name} ({encoder.dimension}) is in use. Rebuild it with: "
            f"lookout train --encoder {encoder.name}"
        )
    return gallery if len(gallery) else Gallery.empty(encoder.name, encoder.dimension)


def read_gallery(path: Path) -> Gallery:
    """Reads a gallery of any encoder; otherwise as `load_gallery`."""
    try:
        gallery, left_out = _gallery(read_content(path))
    except GalleryUnsafe as error:
        raise GalleryUnsafe(
            f"{path} was refused, and none of it was executed: {error}. "
            "Rebuild it with `lookout train`."
        ) from error
    except GalleryForeign as error:
        raise GalleryForeign(
            f"{path} cannot be used as it is: {error}. If another program made it, run: "
            f"lookout import-gallery {shlex.quote(str(path))} - else rebuild it with "
            "`lookout train`."
        ) from error
    except GalleryDamaged as error:
        raise GalleryDamaged(
            f"{path} cannot be used: {error}. Rebuild it with `lookout train`."
        ) from error
    for line in left_out:
        log.warning("%s: %s", path, line)
    return gallery


def save_gallery(path: Path, gallery: Gallery, keep_old_as: Path | None = None) -> None:
    """Writes the gallery in one step; a reader sees the old file or the new.

    An old file is kept as `keep_old_as`, if that is given. Raises OSError; then nothing has
    changed.
    """
    save_galleries({path: gallery}, {} if keep_old_as is None else {path: keep_old_as})


def save_galleries(
    galleries: Mapping[Path, Gallery], keep_old_as: Mapping[Path, Path] | None = None
) -> None:
    """Writes the files of several encoders, the portable one first, as `replace_files` does.

    `keep_old_as` is by the file whose old content is kept. Raises OSError; then nothing has
    changed.
    """
    contents = {
        path: _content(galleries[path])
        for path in sorted(galleries, key=lambda path: galleries[path].encoder != FAMILY_ENCODER)
    }
    replace_files(contents, keep_old_as or {})


def _content(gallery: Gallery) -> bytes:
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
    return pickle.dumps(content, protocol=PROTOCOL)


def written_by_lookout(path: Path) -> bool:
    """True if Lookout wrote this file."""
    try:
        content = read_content(path)
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


def is_from_photographs(path: Path) -> bool:
    """True if Lookout wrote this file, and each encoding comes from a photograph: only such a file
    may be replaced without a copy."""
    if not written_by_lookout(path):
        return False
    try:
        return all(sample.sha256 for sample in read_gallery(path).samples)
    except (GalleryDamaged, GalleryUnsafe):
        return False


def free_name(path: Path) -> Path:
    """A name beside the file under which it can be kept: encodings.other-1.pkl and so on."""
    number = 1
    while (free := path.with_name(f"{path.stem}{KEPT}{number}{path.suffix}")).exists():
        number += 1
    return free


def read_content(path: Path) -> Any:
    """What the file pickles, whatever its shape. Raises as `load_gallery`."""
    with path.open("rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise GalleryDamaged(f"it is over the limit of {MAX_FILE_BYTES >> 20} MiB")
    return safe_loads(content)


def _gallery(content: Any) -> tuple[Gallery, list[str]]:
    """The gallery, and a line for each name whose rows are left out."""
    if not isinstance(content, dict) or not {"encodings", "names"} <= content.keys():
        raise GalleryForeign('it is not a dictionary with "encodings" and "names"')
    names, encoder = content["names"], content.get("encoder", FAMILY_ENCODER)
    if isinstance(names, np.ndarray):
        names = names.tolist()
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise GalleryForeign('"names" is not a list of strings')
    if not isinstance(encoder, str):
        raise GalleryForeign('"encoder" is not a string')
    clean, left_out = clean_names(names)
    try:
        gallery = Gallery(
            _matrix(content["encodings"]),
            tuple(name or "-" for name in clean),
            encoder,
            _samples(content.get("lookout"), len(names)),
        )
    except ValueError as error:
        raise GalleryForeign(str(error)) from error
    return gallery.take(np.array([name is not None for name in clean], bool)), left_out


def clean_names(names: Sequence[object]) -> tuple[list[str | None], list[str]]:
    """Each name by the rule of `lookout.names`, None where it cannot be used, and a line for each
    of these. All spellings of a name become its first."""
    known: dict[object, str | None] = {}
    spelling: dict[str, str] = {}
    left_out = []
    for name, count in Counter(names).items():
        try:
            clean = clean_name(name)
            known[name] = spelling.setdefault(name_key(clean), clean)
        except BadName as error:
            known[name] = None
            rows = "1 encoding is" if count == 1 else f"{count} encodings are"
            left_out.append(f"the name “{shown(name)}” cannot be used; {rows} left out. {error}")
    return [known[name] for name in names], left_out


def _samples(lookout: Any, count: int) -> tuple[Sample, ...]:
    """The sources of the encodings; () if the file does not name one for each, which is the case
    after another tool has added to it."""
    rows = lookout.get("samples") if isinstance(lookout, dict) else None
    if not isinstance(rows, list | tuple) or len(rows) != count:
        return ()
    if not all(isinstance(row, list | tuple) and _is_sample(row) for row in rows):
        return ()
    return tuple(Sample(legible(row[0]), legible(row[1]), *row[2:]) for row in rows)


def _is_sample(row: Sequence[Any]) -> bool:
    return list(map(type, row)) == [str, str, float, float]


def _matrix(rows: Any) -> Floats:
    """(M, D) float32 from a list of lists, a list of arrays or one array."""
    if not isinstance(rows, Sequence | np.ndarray):
        raise GalleryForeign('"encodings" is not a list')
    if len(rows) > MAX_ENCODINGS:
        raise GalleryForeign(f"it has {len(rows)} encodings, the limit is {MAX_ENCODINGS}")
    if len(rows) == 0:
        return np.zeros((0, 0), np.float32)
    width = len(rows[0]) if isinstance(rows[0], Sequence | np.ndarray) else 0
    if not 1 <= width <= 4096:
        raise GalleryForeign("an encoding is not a list of 1 to 4096 numbers")
    # numpy sees no row before this check: nested lists that repeat one another would fill memory
    for index, row in enumerate(rows):
        if not _is_row(row, width):
            raise GalleryForeign(f"encoding {index} is not {width} numbers like the first")
    try:
        with np.errstate(over="ignore"):
            return np.asarray(rows, dtype=np.float32)
    except (ValueError, TypeError, OverflowError) as error:
        raise GalleryForeign(f"an encoding is not made of numbers ({error})") from error


def _is_row(row: Any, width: int) -> bool:
    if isinstance(row, np.ndarray):
        return row.shape == (width,) and row.dtype.kind in "fiu"
    return (
        isinstance(row, list | tuple) and len(row) == width and set(map(type, row)) <= {float, int}
    )
