"""What all command lines share: the parser, a line said, a line that says why not, the log."""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from lookout.variables import COVERS, PREFIX, SECRETS, of_program, options_of

_BASE_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")
"""Never two slashes at the start: a browser would take what follows for another machine."""
LEVELS = ("debug", "info", "warning", "error")
_SWITCH = {
    **dict.fromkeys(("yes", "true", "on", "1"), True),
    **dict.fromkeys(("no", "false", "off", "0"), False),
}


class VariableParser(argparse.ArgumentParser):
    """A command line that takes what it leaves out from variables: see `lookout.variables`.

    program: whose variables are heard, "" for those that all commands share. A subcommand whose
    options mean something else than the server's sets `hears` to False."""

    program = ""
    environment: Mapping[str, str] = os.environ
    hears = True

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does it, with the variables before what was typed."""
        typed = list(sys.argv[1:] if args is None else args)
        self._heard: dict[str, str] = {}
        if self.hears and not {"-h", "--help"} & set(typed):
            typed = [*self._from_variables(typed), *typed]
        return super().parse_known_args(typed, namespace)

    def error(self, message: str) -> NoReturn:
        """As argparse does it, naming the variable that a bad value came from."""
        for options, variable in getattr(self, "_heard", {}).items():
            message = message.replace(f"argument {options}:", f"{variable}:", 1)
        super().error(message)

    def settable(self) -> dict[str, argparse.Action]:
        """The options by their plain names in variables, in the order of the help."""
        named = ((option_name(action), action) for action in self._actions)
        return {name: action for name, action in named if name}

    def typed_names(self, typed: Sequence[str]) -> set[str]:
        """The plain names of the options that a command line states."""
        before = typed[: typed.index("--")] if "--" in typed else typed
        stated = {word.partition("=")[0] for word in before}
        return {
            name for name, action in self.settable().items() if stated & {*action.option_strings}
        }

    def _from_variables(self, typed: Sequence[str]) -> list[str]:
        heard = of_program(self.program, self.environment)
        stated = self.typed_names(typed)
        hidden = stated.union(*(COVERS.get(name, ()) for name in stated)) | SECRETS
        words: list[str] = []
        for name, action in self.settable().items():
            text = heard.get(f"{PREFIX}{name}")
            if text is None or name in hidden or name not in options_of(self.program):
                continue
            self._heard["/".join(action.option_strings)] = f"{PREFIX}{name}"
            words += self._words(name, action, text)
        return words

    def _words(self, name: str, action: argparse.Action, text: str) -> list[str]:
        """A variable as it would be typed."""
        option = action.option_strings[-1]
        if isinstance(action, argparse.BooleanOptionalAction):
            option, other = action.option_strings[0], [action.option_strings[-1]]
        else:
            other = []
        if action.nargs == 0:
            on = _SWITCH.get(text.strip().lower())
            if on is None:
                self.error(f"{PREFIX}{name}: {text!r} is neither yes nor no")
            return [option] if on else other
        if isinstance(action, argparse._AppendAction):  # the class has no public name
            return [f"{option}={word}" for word in re.split(r"[,\s]+", text.strip())]
        return [f"{option}={text}"]


def option_name(action: argparse.Action) -> str:
    """The plain name of an option in variables: HTTP_PORT for `--http-port`; "" for none."""
    if not action.option_strings or isinstance(action, argparse._HelpAction):
        return ""
    if isinstance(action, argparse.BooleanOptionalAction):
        names = [action.option_strings[0]]
    else:
        names = [word for word in action.option_strings if word.startswith("--") and word.islower()]
    return names[-1][2:].replace("-", "_").upper() if names else ""


def command_parser(
    prog: str, description: str | None, epilog: str | None = None, *, allow_abbrev: bool = True
) -> VariableParser:
    """A parser that keeps the line breaks of its texts, and hears variables."""
    return VariableParser(
        prog=prog,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=allow_abbrev,
    )


def add_log_level(add: Callable[..., Any], usual: str = "%(default)s") -> None:
    """The option for how much is logged; `add` is the parser's `add_argument`."""
    add(
        "--log-level",
        type=str.upper,
        choices=tuple(level.upper() for level in LEVELS),
        metavar="|".join(LEVELS),
        help=f"({usual})",
    )


def base_path(value: str) -> str:
    """The value of `--base-path`: a path such as `/lookout`, without a slash at its end.

    Raises argparse.ArgumentTypeError."""
    path = value.rstrip("/")
    if path and not is_base_path(path):
        raise argparse.ArgumentTypeError(f"{value!r} is not a path such as /lookout")
    return path


def is_base_path(text: str) -> bool:
    """True for a path such as `/lookout` under which a reverse proxy may serve a program."""
    return bool(_BASE_PATH.fullmatch(text)) and not {".", ".."} & set(text.split("/"))


def log_to_stderr(level: str, make_filter: Callable[[], logging.Filter]) -> None:
    """Writes the log of this process to the standard error, through a filter."""
    logging.basicConfig(
        level=level, format="%(asctime)s %(levelname)-7s %(message)s", stream=sys.stderr
    )
    for handler in logging.getLogger().handlers:
        handler.addFilter(make_filter())


def say(text: str, *, to_error: bool = False) -> None:
    """Writes a line to the standard output, or to the standard error."""
    (sys.stderr if to_error else sys.stdout).write(text + "\n")


def fail(who: str, text: str, status: int) -> int:
    """Writes to the standard error why it cannot be done; returns the exit status."""
    say(f"{who}: {text}", to_error=True)
    return status
