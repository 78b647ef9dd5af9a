"""The commands of the benchmarks, room by room: `python -m benchmarks`."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from benchmarks import ROOMS

_ENTRY = 'if __name__ == "__main__":'


@dataclass(frozen=True, slots=True)
class Command:
    """A benchmark: `python -m benchmarks.NAME`. summary: the first line of its docstring."""

    room: str
    name: str
    summary: str


def commands() -> list[Command]:
    """Every module and package of the rooms that can be run, by room and name; imports none."""
    found = []
    for room in ROOMS:
        for path in sorted(Path(__file__).with_name(room).iterdir()):
            entry = path / "__main__.py" if path.is_dir() else path
            if entry.suffix == ".py" and entry.is_file() and _ENTRY in _text(entry):
                described = path / "__init__.py" if path.is_dir() else path
                found.append(Command(room, path.stem, _summary(described)))
    return found


def listing(found: list[Command]) -> str:
    """The commands as text, under the names of their rooms."""
    width = max(len(command.name) for command in found)
    lines = []
    for room in ROOMS:
        lines += ["", room]
        lines += [
            f"  python -m benchmarks.{command.name:{width}}  {command.summary}"
            for command in found
            if command.room == room
        ]
    return "\n".join(lines[1:])


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _summary(path: Path) -> str:
    return (ast.get_docstring(ast.parse(_text(path))) or "").partition("\n")[0]


if __name__ == "__main__":
    print(listing(commands()))
