"""The protocols of small values and of the rows of unfinished imports.

What holds for the methods of all of them stands in `server.storage.store`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class StoredSettings(Protocol):
    """Small values by name, sealed: the signing key, what a user has set."""

    def get(self, name: str) -> object | None: ...

    def put(self, name: str, value: object) -> None:
        """`value` is JSON."""

    def put_if_absent(self, name: str, value: object) -> object:
        """The value that counts: the one that was there, or else this one."""


class Imports(Protocol):
    """The rows of unfinished registry imports and their verdicts, so that an import resumes."""

    def verdicts(self, run: str) -> Mapping[int, Mapping[str, str]]: ...

    def record(self, run: str, row: int, verdict: Mapping[str, str]) -> None: ...

    def forget(self, run: str) -> None: ...
