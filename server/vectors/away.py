"""The translation of what clients of engines raise, at one boundary."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lookout.server.vectors.errors import EngineAway

_LONGEST = 200


@contextmanager
def engine_errors(engine: str, *kinds: type[Exception]) -> Iterator[None]:
    """Raises EngineAway in the place of these errors, with what the first line of them says."""
    try:
        yield
    except kinds as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise EngineAway(f"{engine} does not answer: {lines[0][:_LONGEST]}") from error
