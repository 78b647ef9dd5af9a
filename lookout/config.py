"""`lookout config show`: which setting has which value, and where that comes from.

A setting is taken from the command line, else from the environment, else from the file `.env` in
the home, else it has its default. Secrets are shown as ***.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lookout.command_line import VariableParser, command_parser, fail, say
from lookout.env_file import EnvFile, additions, check_environment, find_env_file, read_env_file
from lookout.paths import WHERE_DATA_LIES
from lookout.variables import (
    ELSEWHERE,
    FOREIGN,
    PREFIX,
    SECRETS,
    BadVariables,
    of_program,
    options_of,
)
from lookout.wire.redaction import MASK, redact, without_secrets

PROGRAMS: Mapping[str, str] = {
    "server": "lookout.server.settings:server_parser",
    "edge": "lookout.edge.settings:edge_parser",
    "train": "lookout.train:train_parser",
    "consume": "lookout.server.commands.consume:consume_parser",
    "frigate": "lookout.server.commands.frigate:frigate_parser",
}
"""Where the command line of each program is made, by (prog, environment)."""

EPILOG = f"""\
examples:
  %(prog)s show                                    server and edge
  %(prog)s show --set                              only what is not left as it was
  %(prog)s show --program edge --json
  %(prog)s show --program server -- --port 9000    with options on the command line

The option --http-port is LOOKOUT_HTTP_PORT in the environment and in `.env`. LOOKOUT_EDGE_PORT is
heard by the edge alone, and counts for more than LOOKOUT_PORT. docs/configuration.md lists all.

{WHERE_DATA_LIES}

Exit status: 0 shown, 2 something is set that cannot be meant; the line says what."""

EXIT_BAD = 2


@dataclass(frozen=True, slots=True)
class Shown:
    """A setting for people: its option, the variable that counts, its value without secrets, and
    its source: `command line`, `environment`, `.env line N` or `default`."""

    option: str
    variable: str
    value: str
    source: str


def main(arguments: Sequence[str], prog: str = "lookout config") -> int:
    """Runs the command; its help explains the exit status."""
    given = _parser(prog).parse_args(arguments)
    typed = [word for word in given.typed if word != "--"]
    if typed and len(given.program or ()) != 1:
        return fail(prog, "options after -- need the --program that they are for", EXIT_BAD)
    try:
        check_environment(os.environ)
        path = find_env_file(os.environ)
        file = None if path is None else read_env_file(path)
    except BadVariables as error:
        return fail(prog, str(error), EXIT_BAD)
    places = Sources(dict(os.environ), file)
    told: dict[str, Any] = {
        "env_file": None if file is None else str(file.path),
        "programs": {
            name: _of_program(name, places, typed) for name in given.program or ("server", "edge")
        },
        "beside": [asdict(one) for one in _beside(places)],
    }
    say(json.dumps(told, indent=2) if given.json else _page(told, only_set=given.set))
    return 0


@dataclass(frozen=True, slots=True)
class Sources:
    """The environment and the file, apart."""

    environment: Mapping[str, str]
    file: EnvFile | None

    @property
    def together(self) -> dict[str, str]:
        """What programs hear."""
        added = {} if self.file is None else additions(self.environment, self.file)
        return {**self.environment, **added}

    def source(self, variable: str) -> str:
        """Where a variable that is heard was found."""
        if self.environment.get(variable) or self.file is None:
            return "environment"
        return f".env line {self.file.lines[variable]}"


def shown_settings(
    program: str, parser: VariableParser, places: Sources, typed: Sequence[str]
) -> list[Shown]:
    """What a parser that hears these places makes of all its settings."""
    values = vars(parser.parse_args(list(typed)))
    stated = parser.typed_names(typed)
    together = places.together
    heard = of_program(program, together)
    shown = []
    for name, action in parser.settable().items():
        if name not in options_of(program) and name not in stated:
            continue
        own, variable = f"{PREFIX}{program.upper()}_{name}", f"{PREFIX}{name}"
        source, value = "default", _text(values.get(action.dest))
        if name in stated:
            source = "command line"
        elif variable in heard:
            value = heard[variable]
            variable = own if together.get(own) else variable
            source = places.source(variable)
        shown.append(Shown(action.option_strings[-1], variable, _safe(name, value), source))
    return shown


def _of_program(name: str, places: Sources, typed: Sequence[str]) -> list[dict[str, str]]:
    module, _, maker = PROGRAMS[name].partition(":")
    try:
        make: Callable[..., VariableParser] = getattr(importlib.import_module(module), maker)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "lookout"):
            raise
        return [{"missing": package}]
    parser = make(f"lookout {name}", of_program(name, places.together))
    return [asdict(one) for one in shown_settings(name, parser, places, typed)]


def _beside(places: Sources) -> list[Shown]:
    """What is no option: secrets that are variables alone, where things lie, the predecessor's."""
    names = [f"{PREFIX}{name}" for name in sorted((SECRETS | ELSEWHERE) - {"TOKEN"})]
    return [
        Shown("", name, _safe(name.removeprefix(PREFIX), value), places.source(name))
        for name in [*names, *sorted(FOREIGN)]
        if (value := places.together.get(name))
    ]


def _text(value: object) -> str:
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return " ".join(str(part) for part in value)
    return str(value)


def _safe(name: str, value: str) -> str:
    if name in SECRETS:
        return MASK if value else ""
    return without_secrets(value) if "://" in value else redact(value)


def _page(told: Mapping[str, Any], *, only_set: bool) -> str:
    lines = [f".env: {told['env_file'] or 'there is none'}"]
    for program, settings in told["programs"].items():
        lines += ["", f"{program}:"]
        if settings and "missing" in settings[0]:
            lines.append(f"  is not installed here: it needs the package {settings[0]['missing']}")
            continue
        lines += _table([one for one in settings if not only_set or one["source"] != "default"])
    if told["beside"]:
        lines += ["", "beside the options:", *_table(told["beside"])]
    return "\n".join(lines)


def _table(settings: Sequence[Mapping[str, str]]) -> list[str]:
    if not settings:
        return ["  everything is as it was"]
    wide = max(len(one["variable"]) for one in settings)
    broad = min(48, max(len(one["value"]) for one in settings))
    return [
        f"  {one['variable']:{wide}}  {one['value'] or '-':{broad}}  {one['source']}"
        for one in settings
    ]


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(prog, __doc__, EPILOG)
    commands = parser.add_subparsers(dest="command", required=True, metavar="show")
    show = commands.add_parser("show", help="every setting", description=__doc__)
    show.add_argument(
        "--program", action="append", choices=tuple(PROGRAMS), help="may be repeated (server, edge)"
    )
    show.add_argument("--set", action="store_true", help="leave out what has its default")
    show.add_argument("--json", action="store_true", help="for programs")
    show.add_argument("typed", nargs="*", metavar="-- OPTIONS", help="as on its command line")
    return parser
