"""The life cycle that every client goes through, and its steps as lines of JSON.

Runs in the client's own environment, so it imports nothing but Python's own modules.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

NAME = "Alice Clark"
STEPS = ("delete nobody", "add", "list", "recognize", "stranger", "delete", "gone")


class Client(Protocol):
    """One client with its own default threshold."""

    def add(self, name: str, pictures: Sequence[Path]) -> None:
        """Learns the person from these photographs."""

    def recognize(self, picture: Path) -> str | None:
        """The name of the largest face, None for somebody unknown."""

    def names(self) -> list[str]:
        """Everybody who is known."""

    def delete(self, name: str) -> None:
        """Forgets the person; nobody of this name is no error."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a client is given: the server's address, a key, photographs of one person (the last is
    not learned) and one of somebody else."""

    host: str
    port: int
    key: str
    pictures: tuple[Path, ...]
    stranger: Path


def go_through(connect: Callable[[Setting], Client]) -> None:
    """Goes through the life cycle as the command line says; writes one line of JSON a step."""
    host, port, key, *pictures = sys.argv[1:]
    *own, stranger = map(Path, pictures)
    setting = Setting(host, int(port), key, tuple(own), stranger)
    client = connect(setting)

    def expect(given: object, wanted: object) -> None:
        if given != wanted:
            raise AssertionError(f"{given!r} instead of {wanted!r}")

    work: dict[str, Callable[[], object]] = {
        "delete nobody": lambda: client.delete(NAME),
        "add": lambda: client.add(NAME, setting.pictures[:-1]),
        "list": lambda: expect(client.names(), [NAME]),
        "recognize": lambda: expect(client.recognize(setting.pictures[-1]), NAME),
        "stranger": lambda: expect(client.recognize(setting.stranger), None),
        "delete": lambda: client.delete(NAME),
        "gone": lambda: expect(
            (client.names(), client.recognize(setting.pictures[-1])), ([], None)
        ),
    }
    for step in STEPS:
        try:
            work[step]()
        except Exception as error:  # noqa: BLE001 - whatever a foreign client raises is its answer
            _tell(step, f"{type(error).__name__}: {error}")
        else:
            _tell(step, "")


def _tell(step: str, fault: str) -> None:
    sys.stdout.write(json.dumps({"step": step, "fault": fault}) + "\n")
    sys.stdout.flush()
