"""The folders of Lookout's files: never that of its code, which may belong to the system.

Everything about people is in one folder, the home:

    utils/images/<name>/    photographs
    utils/encodings.pkl     the gallery
    data/                   what the HTTP API keeps
    cameras.toml            cameras that are kept in a file

The user's own entries of models are in the configuration folder; networks that were fetched or
built are in the cache folder, which may be deleted.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "LOOKOUT_HOME"
WHERE_DATA_LIES = """\
Photographs, the gallery and the HTTP API's data lie in one folder, the first of these:
  $LOOKOUT_HOME
  the working folder, where it holds utils/images/ or utils/encodings.pkl, as a clone does
  $XDG_DATA_HOME/lookout, usually ~/.local/share/lookout"""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that holds the people. `reason` says why it is this one."""

    folder: Path
    reason: str

    @property
    def images(self) -> Path:
        """The folder of photographs, one folder in it for each person."""
        return self.folder / "utils" / "images"

    @property
    def encodings(self) -> Path:
        """The gallery file."""
        return self.folder / "utils" / "encodings.pkl"

    @property
    def cameras(self) -> Path:
        """The file of cameras that the server fetches, for whoever keeps them in a file."""
        return self.folder / "cameras.toml"

    @property
    def store(self) -> Path:
        """The folder of the HTTP API's data."""
        return self.folder / "data"


def find_home(environment: Mapping[str, str] = os.environ, working: Path | None = None) -> Home:
    """The home, as an absolute path; it need not exist yet. `working` is the working folder."""
    working = Path.cwd() if working is None else working
    if chosen := _named(environment, HOME_VARIABLE):
        return Home(working / chosen, f"${HOME_VARIABLE}")
    here = Home(working, "the working folder")
    if here.images.is_dir() or here.encodings.is_file():
        return here
    folder = _xdg(environment, "XDG_DATA_HOME", ".local/share")
    return Home(folder, "the working folder holds no utils/")


def config_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of what the user configures."""
    return _xdg(environment, "XDG_CONFIG_HOME", ".config")


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of what can be fetched or built again."""
    return _xdg(environment, "XDG_CACHE_HOME", ".cache")


def _named(environment: Mapping[str, str], variable: str) -> Path | None:
    """The folder that a variable names, with `~` written out; None where it is empty or not set."""
    text = environment.get(variable)
    return Path(text).expanduser() if text else None


def _xdg(environment: Mapping[str, str], variable: str, beneath_home: str) -> Path:
    base = _named(environment, variable)
    if base is None or not base.is_absolute():  # which the XDG specification has us ignore
        base = Path.home() / beneath_home
    return base / "lookout"
