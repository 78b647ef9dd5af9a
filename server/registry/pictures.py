"""The photographs that rows name: files under one folder, or URLs."""

from __future__ import annotations

from pathlib import Path

from lookout.faces.photo.picture import read_file
from lookout.server.registry.fetch import FetchRules, fetch
from lookout.server.storage.errors import StorageError


class ImageMissing(StorageError):
    """The photograph that a row names is not there."""


class Pictures:
    """Photographs by the names that a table gives them.

    Files come from `folder` and below it alone: a table may have been written by anybody.
    """

    def __init__(self, folder: Path | None, rules: FetchRules | None = None) -> None:
        self._folder = None if folder is None else folder.resolve()
        self._rules = rules or FetchRules()

    def get(self, name: str) -> bytes:
        """The bytes of a photograph. Raises ImageMissing, FetchFailed or faces' BadImage."""
        if not name:
            raise ImageMissing("the row names no photograph")
        if name.lower().startswith(("http://", "https://")):
            return fetch(name, self._rules)
        if self._folder is None:
            raise ImageMissing(f"{name!r:.100} is a file, but no folder of photographs was given")
        if "\0" in name:
            raise ImageMissing(f"{name!r:.100} is not the name of a file")
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder):
            raise ImageMissing(f"{name!r:.100} lies outside the folder of photographs")
        if not path.is_file():
            raise ImageMissing(f"there is no {name!r:.100} in {self._folder}")
        return read_file(path)
