"""A cache of built networks in the user's cache folder, verified when they are read."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from lookout.faces.atomic_file import replace_file
from lookout.paths import cache_folder

_log = logging.getLogger(__name__)


def graph_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of built graphs: `lookout/graphs` under XDG_CACHE_HOME or ~/.cache."""
    return cache_folder(environ) / "graphs"


def read_or_build(path: Path, build: Callable[[], bytes]) -> bytes:
    """The content of `path`, built by `build` where it is missing or damaged.

    The SHA-256 of the content lies beside it in `<path>.sha256`; content that does not match it is
    rebuilt. A folder that cannot be written costs only the time to rebuild.
    """
    content = _read(path)
    if content is not None:
        return content
    content = build()
    try:
        replace_file(path, content)
        replace_file(_digest_path(path), _digest(content))
    except OSError as error:
        _log.warning(
            "%s cannot be saved (%s); it will be rebuilt at every start", path, error.strerror
        )
    return content


def _read(path: Path) -> bytes | None:
    try:
        content, expected = path.read_bytes(), _digest_path(path).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        _log.warning("%s cannot be read (%s); it is rebuilt", path, error.strerror)
        return None
    if hmac.compare_digest(_digest(content), expected):
        return content
    _log.warning("%s is damaged; it is rebuilt", path)
    return None


def _digest_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode("ascii")
