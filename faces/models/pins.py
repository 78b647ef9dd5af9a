"""The hashes that a user has confirmed, of files whose makers publish none.

They are kept in `pinned-models.json` of the configuration folder: what was confirmed once is what
every later file of that name has to be.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from lookout.faces.atomic_file import replace_file
from lookout.faces.errors import ModelError
from lookout.faces.models.entry import ModelEntry
from lookout.paths import config_folder

_MAX_BYTES = 1024 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")

Pins = Mapping[str, str]
"""SHA-256 by `model/file`."""


def pins_file(environ: Mapping[str, str] = os.environ) -> Path:
    """`lookout/pinned-models.json` under XDG_CONFIG_HOME or ~/.config."""
    return config_folder(environ) / "pinned-models.json"


def read_pins(path: Path) -> Pins:
    """What has been confirmed so far; nothing where there is no file. Raises ModelError."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ModelError(f"{path} is over 1 MiB: that is no list of confirmed hashes")
        pins = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}, the confirmed hashes, cannot be read: {error}") from error
    if not isinstance(pins, dict) or not all(
        isinstance(sha256, str) and _SHA256.fullmatch(sha256) for sha256 in pins.values()
    ):
        raise ModelError(f"{path} is no list of confirmed hashes: model/file to SHA-256")
    return pins


def write_pin(path: Path, model: str, file: str, sha256: str | None) -> None:
    """Confirms a hash, or with None forgets it. Raises ModelError."""
    pins = {name: pin for name, pin in read_pins(path).items() if name != _key(model, file)}
    if sha256 is not None:
        pins[_key(model, file)] = sha256
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, (json.dumps(pins, indent=2, sort_keys=True) + "\n").encode())
    except OSError as error:
        raise ModelError(f"{path} cannot be written: {error}") from error


def with_pins(entry: ModelEntry, pins: Pins) -> ModelEntry:
    """The entry with the confirmed hashes where its maker publishes none."""
    files = tuple(
        file if file.sha256 else replace(file, sha256=pins.get(_key(entry.name, file.name), ""))
        for file in entry.files
    )
    return replace(entry, files=files)


def _key(model: str, file: str) -> str:
    return f"{model}/{file}"
