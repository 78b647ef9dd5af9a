"""`lookout models`: lists the models, installs one, verifies those that are here."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tqdm import tqdm

from lookout.command_line import command_parser, fail, say
from lookout.faces.errors import ModelError
from lookout.faces.models.download import download
from lookout.faces.models.entry import ModelEntry
from lookout.faces.models.store import ModelStore, install_command

_EPILOG = """examples:
  %(prog)s list                what there is, its licence, and whether it is here
  %(prog)s install yunet       fetch it into the cache folder, hash checked
  %(prog)s verify              check the hash of every model that is here

A folder named in LOOKOUT_MODELS is looked in before the cache. Your own entries go into
~/.config/lookout/models.toml, in the form that docs/models.md shows.
"""


def main(arguments: Sequence[str] | None = None, prog: str = "lookout models") -> int:
    """Runs the command; 0 if it was done, 1 with a line that says why it was not."""
    options = _parser(prog).parse_args(arguments)
    try:
        store = ModelStore.from_environment()
        if options.command == "list":
            return _list(store)
        if options.command == "install":
            return _install(store, options.names, options.accept_non_commercial)
        return _verify(store, options.names)
    except ModelError as error:
        return fail("error", str(error), 1)


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(
        prog,
        "The network weights that Lookout knows. Nothing is fetched unless you say so.",
        _EPILOG,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="every model, its licence, and whether it is here")
    install = commands.add_parser("install", help="fetch models into the cache folder")
    install.add_argument("names", nargs="+", metavar="NAME")
    install.add_argument(
        "--accept-non-commercial",
        action="store_true",
        help="needed for weights whose licence forbids commercial use",
    )
    verify = commands.add_parser("verify", help="check the hash of the models that are here")
    verify.add_argument("names", nargs="*", metavar="NAME", help="default: all that are here")
    return parser


def _list(store: ModelStore) -> int:
    width = max(len(name) for name in store.entries)
    for name, entry in store.entries.items():
        licence = entry.licence + ("" if entry.commercial else "  ** NON-COMMERCIAL USE ONLY **")
        size_mb = sum(file.size for file in entry.files) / 1e6
        say(f"{name:{width}}  {entry.task:8} {size_mb:7.1f} MB  {_state(store, entry)}  {licence}")
    return 0


def _state(store: ModelStore, entry: ModelEntry) -> str:
    if store.has(entry.name):
        return "here       "
    return "installable" if entry.installable else "by hand    "


def _install(store: ModelStore, names: Sequence[str], accept_non_commercial: bool) -> int:
    entries = [store.entry(name) for name in names]
    for entry in entries:
        if not entry.commercial and not accept_non_commercial:
            raise ModelError(
                f"the weights of {entry.name} may not be used commercially ({entry.licence}). "
                f"If that suits you, run: {install_command(entry)} --accept-non-commercial"
            )
        if not entry.installable:
            raise ModelError(
                f"no official address serves {entry.name} in this form: put its file into a folder "
                f"that LOOKOUT_MODELS names. Where it comes from: {entry.source}"
            )
    for entry in entries:
        for file in entry.files:
            with tqdm(total=file.size, unit="B", unit_scale=True, desc=file.name) as bar:
                path = download(file, store.cache, progress=bar.update)
            say(f"{entry.name}: {path}, SHA-256 checked, licence {entry.licence}")
    return 0


def _verify(store: ModelStore, names: Sequence[str]) -> int:
    chosen = list(names) or [name for name in store.entries if store.has(name)]
    failures = 0
    for name in chosen:
        try:
            paths = store.paths(name)
        except ModelError as error:
            failures += fail(name, str(error), 1)
        else:
            say(f"{name}: right ({', '.join(str(path) for path in paths)})")
    if not chosen:
        say("no model of the registry is here; `lookout models list` shows what there is")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(prog="python -m faces.models"))
