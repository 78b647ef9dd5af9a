"""The encoder that knows everybody: so that nobody is unknown because the encoder was changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lookout.faces.errors import GalleryError
from lookout.faces.gallery.encodings_file import file_for, read_gallery

SHOWN_NAMES = 8

Known = Mapping[str, Collection[str]]
"""The people whom each encoder has learnt, by the encoder's name."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """An encoder, and the people whom only other encoders have learnt."""

    encoder: str
    missing: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The names of the missing, for people to read."""
        more = len(self.missing) - SHOWN_NAMES
        return ", ".join(self.missing[:SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")


def most_known(known: Known) -> list[Coverage]:
    """The encoders by the number of people whom they do not know, equals in the order of `known`.
    Pure."""
    everybody = {name for names in known.values() for name in names}
    found = [
        Coverage(encoder, tuple(sorted(everybody - set(names)))) for encoder, names in known.items()
    ]
    return sorted(found, key=lambda coverage: len(coverage.missing))


def encoder_for(
    path: Path, wanted: Sequence[str], stored: Callable[[Known], Known] = lambda _: {}
) -> Coverage:
    """The first of the `wanted` encoders that knows everybody, or that knows most.

    path:   the gallery's portable file; an encoder that made it counts as wanted, the last.
    stored: the people in a store whom each of these encoders has learnt, given who is in its file.
    """
    return coverages(path, wanted, stored)[0]


def coverages(
    path: Path, wanted: Sequence[str], stored: Callable[[Known], Known] = lambda _: {}
) -> list[Coverage]:
    """All of them, as `most_known` sorts them; the arguments are those of `encoder_for`."""
    made_by = _made_by(path)
    encoders = [*wanted, *([made_by] if made_by is not None and made_by not in wanted else [])]
    in_files = {encoder: people_of(path, encoder) for encoder in encoders}
    others = stored(in_files)
    return most_known({name: in_files[name] | set(others.get(name, ())) for name in encoders})


def people_of(path: Path, encoder: str) -> set[str]:
    """The people of the encoder's file; nobody where there is none that can be used."""
    try:
        gallery = read_gallery(file_for(path, encoder))
    except (OSError, GalleryError):
        return set()
    return set(gallery.people) if gallery.encoder == encoder else set()


def _made_by(path: Path) -> str | None:
    try:
        gallery = read_gallery(path)
    except (OSError, GalleryError):
        return None
    return gallery.encoder if len(gallery) else None
