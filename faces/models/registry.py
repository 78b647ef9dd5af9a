"""Reads the registry: the entries that ship, and those that a user adds.

A user's own entries stand in `models.toml` of the configuration folder, in the form of
`faces/models/registry.toml`. An entry of the same name replaces the one that ships.
"""

from __future__ import annotations

import functools
import os
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from lookout.faces.errors import ModelError
from lookout.faces.models.entry import ModelEntry, parse_entry
from lookout.paths import config_folder

_MAX_REGISTRY_BYTES = 1024 * 1024


def user_registry(environ: Mapping[str, str] = os.environ) -> Path:
    """The file of a user's own entries: `lookout/models.toml` under XDG_CONFIG_HOME."""
    return config_folder(environ) / "models.toml"


def load_registry(user_file: Path | None = None) -> dict[str, ModelEntry]:
    """Name → entry, in the order of the files. Raises ModelError that names file and field."""
    entries = dict(_shipped())
    if user_file is not None and user_file.is_file():
        if user_file.stat().st_size > _MAX_REGISTRY_BYTES:
            raise ModelError(f"{user_file} is over 1 MiB: that is no list of models")
        entries |= _parse(user_file.read_text(encoding="utf-8"), str(user_file))
    return entries


@functools.cache
def _shipped() -> Mapping[str, ModelEntry]:
    """Read once: it takes a fiftieth of a second, and a start asks for it a dozen times."""
    shipped = files("lookout.faces.models").joinpath("registry.toml").read_text(encoding="utf-8")
    return _parse(shipped, "the registry of Lookout")


def _parse(text: str, where: str) -> dict[str, ModelEntry]:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"{where} is not valid TOML: {error}") from error
    try:
        return {name: parse_entry(name, table) for name, table in tables.items()}
    except ModelError as error:
        raise ModelError(f"{where}: {error}") from error
