"""`lookout models`: lists the models, installs, verifies and removes them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tqdm import tqdm

from lookout.command_line import command_parser, fail, say
from lookout.faces.errors import ModelError
from lookout.faces.models.entry import ModelEntry
from lookout.faces.models.install import check_terms, install, remove
from lookout.faces.models.store import ModelStore

_EPILOG = """examples:
  %(prog)s list                what there is, its licence, and whether it is here
  %(prog)s install yunet       fetch it into the cache folder, hash checked
  %(prog)s verify              check the hash of every model that is here
  %(prog)s remove yunet        delete it from the cache folder

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
            return _install(store, options)
        if options.command == "remove":
            return _remove(store, options.names)
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
    install.add_argument(
        "--confirm",
        action="append",
        default=[],
        type=str.lower,
        metavar="SHA256",
        help="trust the file with this hash, where its maker publishes none; may be repeated",
    )
    verify = commands.add_parser("verify", help="check the hash of the models that are here")
    verify.add_argument("names", nargs="*", metavar="NAME", help="default: all that are here")
    remove = commands.add_parser("remove", help="delete models from the cache folder")
    remove.add_argument("names", nargs="+", metavar="NAME")
    return parser


def _list(store: ModelStore) -> int:
    width = max(len(name) for name in store.entries)
    for name, entry in store.entries.items():
        licence = entry.licence + ("" if entry.commercial else "  ** NON-COMMERCIAL USE ONLY **")
        size = sum(file.size for file in entry.files)
        size_mb = f"{size / 1e6:7.1f} MB" if size else f"{'?':>7} MB"
        say(f"{name:{width}}  {entry.task:8} {size_mb}  {_state(store, entry):11}  {licence}")
    return 0


def _state(store: ModelStore, entry: ModelEntry) -> str:
    if store.has(entry.name):
        return "here" if entry.confirmed else "unconfirmed"
    return "installable" if entry.installable else "by hand"


def _install(store: ModelStore, options: argparse.Namespace) -> int:
    for name in options.names:
        check_terms(store.entry(name), options.accept_non_commercial)
    for name in options.names:
        size = sum(file.size for file in store.entry(name).files)
        with tqdm(total=size or None, unit="B", unit_scale=True, desc=name) as bar:
            paths = install(
                store,
                name,
                accept_non_commercial=options.accept_non_commercial,
                confirmed=options.confirm,
                progress=bar.update,
            )
        licence = store.entry(name).licence
        for path in paths:
            say(f"{name}: {path}, SHA-256 checked, licence {licence}")
    return 0


def _remove(store: ModelStore, names: Sequence[str]) -> int:
    for name in names:
        for path in remove(store, name):
            say(f"{name}: removed {path}")
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
