"""A cache of what is built of networks in the user's cache folder, verified when it is read."""

from __future__ import annotations

import hashlib
import hmac
import logging
import mmap
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


def map_or_build(path: Path, build: Callable[[], bytes]) -> bytes | mmap.mmap:
    """As `read_or_build`, but mapped from the file: only what is looked at takes memory, which the
    system may have back."""
    content = _mapped(path)
    if content is not None:
        return content
    built = read_or_build(path, build)
    return _mapped(path) or built


def _mapped(path: Path) -> mmap.mmap | None:
    """None for a file that is missing or damaged."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest().encode("ascii")
            if hmac.compare_digest(found, _digest_path(path).read_bytes()):
                return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError:
        pass  # whoever builds it says what is wrong
    return None


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
