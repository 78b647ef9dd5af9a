"""`lookout plans`: the floor plans on which cameras have their places."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lookout.command_line import command_parser
from lookout.faces.errors import BadImage
from lookout.faces.photo.picture import read_file
from lookout.names import legible
from lookout.paths import find_home
from lookout.server.alerts import desk
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.cameras.plans import enter_plan, remove_plan
from lookout.server.errors import ServerError
from lookout.server.storage.errors import NotFound
from lookout.server.storage.opening import open_store
from lookout.server.storage.plan_records import Plan
from lookout.server.storage.store import Store

EPILOG = """\
examples:
  %(prog)s add "Ground floor" ground.png --width-m 24
  %(prog)s list
  %(prog)s remove "Ground floor"

`lookout cameras place` puts a camera on a plan."""


def main(arguments: Sequence[str], prog: str = "lookout plans") -> int:
    """0 if it was done, 2 with a line that says why not."""
    given = _parser(prog).parse_args(arguments)
    try:
        with open_store(given.data, os.environ) as store:
            lines = _COMMANDS[given.command](store, given)
    except (ServerError, BadImage, OSError) as error:
        sys.stderr.write(legible(f"plans: {error}\n"))
        return 2
    sys.stdout.write(legible("\n".join(lines) + "\n"))
    return 0


def plan_called(store: Store, name: str) -> Plan:
    """The plan with this name or id. Raises NotFound."""
    for plan in store.plans.all():
        if name in (plan.name, plan.id):
            return plan
    raise NotFound(f"there is no plan {name!r:.60}: `lookout plans list`")


def _list(store: Store, _given: argparse.Namespace) -> list[str]:
    cameras = CameraDirectory(store.cameras).all()
    lines = []
    for plan in store.plans.all():
        here = [one.name for one in cameras if one.place and one.place.plan == plan.id]
        wide = f", {plan.width_m:g} m wide" if plan.width_m else ""
        shows = f": {', '.join(here)}" if here else ""
        lines.append(f"{plan.name}  {plan.size_wh[0]}×{plan.size_wh[1]}{wide}  {plan.id}{shows}")
    return lines or ["there are no plans"]


def _add(store: Store, given: argparse.Namespace) -> list[str]:
    plan = enter_plan(store, given.name, read_file(given.picture), given.width_m)
    return [f"{plan.name} has been added as {plan.id}"]


def _remove(store: Store, given: argparse.Namespace) -> list[str]:
    plan = plan_called(store, given.plan)
    directory = CameraDirectory(store.cameras)
    desk.require_no_fence(store, plan.id)
    remove_plan(store, plan.id, directory.all(), directory.update)
    return [f"{plan.name} has been removed"]


_COMMANDS: Mapping[str, Callable[[Store, argparse.Namespace], list[str]]] = {
    "list": _list,
    "add": _add,
    "remove": _remove,
}


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(
        prog,
        "Floor plans: pictures on which cameras have their places.",
        EPILOG,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--data", type=Path, default=find_home().store, metavar="DIR", help="(%(default)s)"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("list", help="every plan, and the cameras on it")
    add = commands.add_parser("add", help="enter a picture as a plan")
    add.add_argument("name", help="what people call it")
    add.add_argument("picture", type=Path, help="JPEG, PNG, WebP, BMP, TIFF or GIF")
    add.add_argument("--width-m", type=float, metavar="METRES", help="what its width shows")
    remove = commands.add_parser("remove", help="remove a plan; cameras keep their map position")
    remove.add_argument("plan", help="name or id")
    return parser
