"""The file `.env`: settings for all programs, beside the environment and weaker than it.

It lies in the home, or where $LOOKOUT_ENV_FILE says. A line is NAME=value; a value may stand in
single or double quotes, and nothing in it is replaced or interpreted. Lines that begin with # and
what follows a # after a space, outside quotes, are comments.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lookout.paths import HOME_VARIABLE, find_home
from lookout.variables import (
    COVERS,
    PREFIX,
    BadVariables,
    check_names,
    check_together,
    own_of,
)

FILE_VARIABLE = "LOOKOUT_ENV_FILE"
LARGEST_BYTES = 64 * 1024
EXIT_CANNOT_START = 2

_LINE = re.compile(r"(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)=(?P<value>.*)")
_QUOTED = re.compile(r"(?P<quote>['\"])(?P<inside>.*)(?P=quote)(\s+#.*)?")
_OF_OTHERS = re.compile(r"COMPOSE_\w+|TZ|XDG_\w+|OMP_NUM_THREADS|(HTTPS?|NO)_PROXY")
"""What other programs read, so that one file serves all: Docker Compose, the C library."""


@dataclass(frozen=True, slots=True)
class EnvFile:
    """What a file says: values by name, and the line of each."""

    path: Path
    values: Mapping[str, str]
    lines: Mapping[str, int]


def find_env_file(environment: Mapping[str, str], working: Path | None = None) -> Path | None:
    """The file that counts, or None. Raises BadVariables where a chosen one is missing."""
    chosen = environment.get(FILE_VARIABLE)
    if chosen:
        path = Path(chosen).expanduser()
        if not path.exists():
            raise BadVariables(f"${FILE_VARIABLE} names {path}, and there is no such file")
        return path
    path = find_home(environment, working).folder / ".env"
    return path if path.is_file() else None


def read_env_file(path: Path) -> EnvFile:
    """The settings in a file. Raises BadVariables, whose message holds no value."""
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(_text(path).splitlines(), 1):
        text, where = line.strip(), f"{path}, line {number}"
        if not text or text.startswith("#"):
            continue
        found = _LINE.fullmatch(text)
        if found is None:
            raise BadVariables(f"{where} is not of the form NAME=value")
        name = found["name"]
        if name in lines:
            raise BadVariables(f"{where}: {name} stands in line {lines[name]} already")
        if name in (HOME_VARIABLE, FILE_VARIABLE):
            raise BadVariables(
                f"{where}: {name} says where this file lies, so it cannot be set in it: set it in "
                "the environment"
            )
        if not _OF_OTHERS.fullmatch(name):
            check_names([name], where)
        values[name], lines[name] = _value(found["value"], where), number
    check_together(values, str(path))
    return EnvFile(path, values, lines)


def check_environment(environment: Mapping[str, str]) -> None:
    """Raises BadVariables for variables of Lookout that nothing reads, or that clash."""
    ours = {name: value for name, value in environment.items() if name.startswith(PREFIX)}
    check_names(ours, "the environment")
    check_together(ours, "the environment")


def additions(environment: Mapping[str, str], file: EnvFile) -> dict[str, str]:
    """What the file adds to an environment that counts for more."""
    return {
        name: value
        for name, value in file.values.items()
        if value and not any(environment.get(other) for other in _stronger(name))
    }


def take_env_file(environment: MutableMapping[str, str] = os.environ) -> EnvFile | None:
    """Checks the environment and adds to it what `.env` says; the file, if there is one.

    Raises BadVariables."""
    check_environment(environment)
    path = find_env_file(environment)
    if path is None:
        return None
    file = read_env_file(path)
    environment.update(additions(environment, file))
    return file


def with_env_file(
    main: Callable[[Sequence[str], str], int], arguments: Sequence[str], prog: str
) -> int:
    """Runs `main` with what `.env` says; 2 and a line where that cannot be meant."""
    try:
        take_env_file()
    except BadVariables as error:
        sys.stderr.write(f"{prog}: {error}\n")
        return EXIT_CANNOT_START
    return main(arguments, prog)


def _stronger(name: str) -> set[str]:
    """The variables of the environment beside which one of the file does not count."""
    program, option = own_of(name)
    same = {option, *COVERS.get(option, ())}
    own = {f"{PREFIX}{program.upper()}_{other}" for other in same} if program else set()
    return {name} | own | {f"{PREFIX}{other}" for other in same}


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            raise BadVariables(f"{path} is larger than {LARGEST_BYTES // 1024} KiB")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise BadVariables(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadVariables(f"{path} is not UTF-8 text") from error


def _value(text: str, where: str) -> str:
    text = text.strip()
    quoted = _QUOTED.fullmatch(text)
    if quoted is not None and quoted["quote"] not in quoted["inside"]:
        return quoted["inside"]
    if text[:1] in ("'", '"'):
        raise BadVariables(f"{where}: the value begins with a quote that is not closed at its end")
    return re.split(r"(?:^|\s+)#", text, maxsplit=1)[0]
