"""The fixtures of all tests: the photographs and clips, and the portrait that ships."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support.paths import ROOT

os.environ.setdefault("LOOKOUT_ENV_FILE", os.devnull)  # not the developer's own `.env`


def _folder(variable: str, beside: str) -> Path:
    return Path(os.environ.get(variable, ROOT.parent / "shared" / beside)).resolve()


def _missing(message: str) -> NoReturn:
    """Fail in CI, where everything has to be there; skip elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real photographs and clips; missing is a failure in CI, a skip elsewhere."""
    folder = _folder("LOOKOUT_TEST_DATA", "data")
    if not (folder / "families").is_dir():
        _missing(
            f"there are no test photographs at {folder}: set LOOKOUT_TEST_DATA to their folder; "
            "the tests that do without them: pytest -m 'not data'"
        )
    return folder


@pytest.fixture(scope="session")
def models() -> Path:
    """The folder of network weights that do not come in a wheel; treated like `data`."""
    folder = _folder("LOOKOUT_MODELS", "models")
    if not (folder / "SHA256SUMS").is_file():
        _missing(
            f"there are no network weights with their SHA256SUMS at {folder}: set LOOKOUT_MODELS "
            "to their folder; the tests that do without them: pytest -m 'not data'"
        )
    return folder


@pytest.fixture(scope="module")
def weights(models: Path) -> Iterator[None]:
    """Programs that a test starts find the network weights, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOOKOUT_MODELS", str(models))
        yield


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """A program's `main` that a test calls leaves nothing behind in the log of the next test."""
    filters = [(handler, list(handler.filters)) for handler in logging.getLogger().handlers]
    hooks = sys.excepthook, threading.excepthook
    yield
    for handler, own in filters:
        handler.filters[:] = own
    sys.excepthook, threading.excepthook = hooks
