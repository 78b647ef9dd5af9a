"""The commands of the benchmarks are found by name alone, and each explains itself."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from benchmarks.__main__ import Command, commands, listing

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = commands()


def module_of(command: Command) -> str:
    package = ROOT / "benchmarks" / command.room / command.name
    return f"benchmarks.{command.name}" + (".__main__" if package.is_dir() else "")


def test_the_listing_has_a_command_of_every_room_and_no_helper() -> None:
    names = {(command.room, command.name) for command in COMMANDS}
    assert {("accuracy", "verify"), ("speed", "encode"), ("system", "faults")} <= names
    assert not {"original", "detector_speed", "__init__"} & {name for _, name in names}
    lines = listing(COMMANDS).splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == [
        "accuracy",
        "speed",
        "system",
    ]
    assert len([line for line in lines if "python -m benchmarks." in line]) == len(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_is_found_by_its_name_and_prints_its_help(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    module = importlib.import_module(module_of(command))
    with pytest.raises(SystemExit) as ended:
        module.main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: python -m benchmarks.{command.name} ")
    assert command.summary.endswith(".")
    assert command.summary in said


def test_the_manual_has_a_row_for_every_command_and_for_no_other() -> None:
    manual = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `python -m benchmarks\.(\w+)`", manual, re.MULTILINE)
    assert sorted(rows) == sorted(command.name for command in COMMANDS)
