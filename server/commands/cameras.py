"""`lookout cameras`: the cameras that the server fetches itself."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from lookout.command_line import command_parser
from lookout.faces.decision.liveness_demand import LivenessDemand
from lookout.names import legible
from lookout.paths import WHERE_DATA_LIES, find_home
from lookout.server.cameras.address import checked, kind_of_address, split_login
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.cameras.errors import PulledCameraError
from lookout.server.cameras.faults import WORDS, Fault
from lookout.server.cameras.onvif import discover, stream_addresses
from lookout.server.cameras.probe import ProbeVerdict, probe
from lookout.server.commands.camera_place import add_place_options, camera_called, place_camera
from lookout.server.errors import ServerError
from lookout.server.storage.camera_records import CameraKind, CameraRecord, new_camera_id
from lookout.server.storage.opening import open_store
from lookout.wire.redaction import redact

PASSWORD_VARIABLE = "LOOKOUT_CAMERA_PASSWORD"  # noqa: S105 - its name
AS_THE_SERVER = "server"
"""The demand of a camera without one of its own."""
EPILOG = f"""\
examples:
  %(prog)s discover                       which cameras are in this network
  %(prog)s discover --interface eth1 --host 10.0.7.20
  %(prog)s test rtsp://192.168.1.20/stream1 --user lookout
  %(prog)s add "Front door" rtsp://192.168.1.20/stream1 --sub rtsp://192.168.1.20/stream2 \\
      --user lookout
  %(prog)s add hall 0                     the first USB camera of this machine
  %(prog)s list
  %(prog)s place "Front door" --lat 52.5163 --lon 13.3777 --heading 90 --fov 80 --range 6
  %(prog)s place "Front door" --plan "Ground floor" --x 0.2 --y 0.7
  %(prog)s liveness "Front door" challenge   no name before a turn, a blink or a step closer
  %(prog)s remove "Front door"

A running server fetches a camera within a second after it was added. The password is asked for, or
taken from ${PASSWORD_VARIABLE}; it is kept sealed. An address that was pasted with user and
password in it is taken apart at its last @.

{WHERE_DATA_LIES}"""


def main(arguments: Sequence[str], prog: str = "lookout cameras") -> int:
    """Runs the command; 0 if it was done, 1 for a camera that does not work, 2 with a line that
    says why nothing was done."""
    options = _parser(prog).parse_args(arguments)
    try:
        lines, status = _COMMANDS[options.command](options)
    except (ServerError, OSError) as error:
        sys.stderr.write(legible(f"cameras: {redact(str(error))}\n"))
        return 2
    sys.stdout.write(legible("\n".join(lines) + "\n"))
    return status


_Said = tuple[list[str], int]


def _list(options: argparse.Namespace) -> _Said:
    with open_store(options.data, os.environ) as store:
        cameras = CameraDirectory(store.cameras).all()
    if not cameras:
        return ["no camera has been entered, and no edge has sent a frame"], 0
    width = max(len(camera.name) for camera in cameras)
    return [
        f"{camera.name:{width}}  {camera.kind.value:8}  "
        f"{'' if camera.enabled else 'off  '}{camera.address}"
        + (f" and {camera.sub_address}" if camera.sub_address else "")
        + (f"  liveness {camera.liveness}" if camera.liveness else "")
        for camera in cameras
    ], 0


def _add(options: argparse.Namespace) -> _Said:
    camera = _camera(options)
    with open_store(options.data, os.environ) as store:
        added = CameraDirectory(store.cameras).add(camera)
    return [f"{added.name} has been added as {added.id}"], 0


def _remove(options: argparse.Namespace) -> _Said:
    with open_store(options.data, os.environ) as store:
        directory = CameraDirectory(store.cameras)
        found = camera_called(directory, options.camera)
        directory.delete(found.id)
    return [f"{found.name} has been removed; what it has seen stays"], 0


def _place(options: argparse.Namespace) -> _Said:
    return place_camera(options), 0


def _liveness(options: argparse.Namespace) -> _Said:
    demand = None if options.demand == AS_THE_SERVER else options.demand
    with open_store(options.data, os.environ) as store:
        directory = CameraDirectory(store.cameras)
        camera = camera_called(directory, options.camera)
        found = directory.update(replace(camera, liveness=demand))
    return [f"liveness at {found.name}: {demand or 'as the server is set'}"], 0


def _test(options: argparse.Namespace) -> _Said:
    if find_spec("av") is None:
        raise PulledCameraError(WORDS[Fault.NOT_INSTALLED])
    verdict = probe(_camera(options))
    return verdict_lines(verdict), 0 if verdict.works else 1


def _discover(options: argparse.Namespace) -> _Said:
    result = discover(options.interface, options.host, wait_s=options.seconds)
    lines = []
    password = _password(options) if options.user else ""
    for camera in result.found:
        lines.append(f"{camera.host}  {camera.name or 'a camera'} {camera.hardware}".rstrip())
        try:
            streams = stream_addresses(camera.service, options.user, password)
        except PulledCameraError as error:
            lines.append(f"    {error}")
            continue
        lines.append(f"    main {streams.main}")
        if streams.sub:
            lines.append(f"    sub  {streams.sub}")
    for tried in result.tried:
        answers = tried.error or f"{tried.answers} answered"
        lines.append(f"asked by {tried.where}: {answers}")
    if not result.found:
        lines.append(
            "nobody answered: switch ONVIF on in the camera; choose another --interface; in a "
            "container or for another network give --host ADDRESS; or enter the camera's RTSP "
            "address by hand, its manual names it"
        )
    return lines, 0 if result.found else 1


def verdict_lines(verdict: ProbeVerdict) -> list[str]:
    """The verdict for people."""
    if not verdict.works:
        return [f"it does not work: {verdict.why}"]
    width, height = verdict.size_wh
    keys = f", a key frame every {verdict.key_s:g} s" if verdict.key_s else ""
    lines = [f"it works: {verdict.codec}, {width}×{height}, {verdict.fps:g} frames a second{keys}"]
    return [*lines, f"but {verdict.why}"] if verdict.why else lines


def _camera(options: argparse.Namespace) -> CameraRecord:
    pasted = split_login(options.address)
    kind = CameraKind(options.kind) if options.kind else kind_of_address(pasted.address)
    user = options.user or pasted.user
    return checked(
        CameraRecord(
            new_camera_id(),
            getattr(options, "name", "test"),
            kind,
            time.time(),
            address=options.address,
            sub_address=options.sub,
            user=user,
            password=pasted.password or (_password(options) if user else ""),
            rotate=options.rotate,
        )
    )


def _password(options: argparse.Namespace) -> str:
    given = os.environ.get(PASSWORD_VARIABLE)
    if given is not None:
        return given
    return getpass.getpass(f"password of {options.user or 'the camera'}: ")


_COMMANDS: Mapping[str, Callable[[argparse.Namespace], _Said]] = {
    "add": _add,
    "list": _list,
    "test": _test,
    "discover": _discover,
    "place": _place,
    "liveness": _liveness,
    "remove": _remove,
}


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(
        prog,
        "The cameras that the server fetches itself: RTSP, HTTP, USB, files.",
        EPILOG,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command, words in (
        ("list", "every camera, edges included"),
        ("add", "enter a camera"),
        ("test", "does it answer, and is its picture good for faces?"),
        ("discover", "which cameras are in this network (ONVIF)"),
        ("place", "where a camera hangs and looks: on the map, on a floor plan"),
        ("liveness", "what a name asks of a face's liveness at a camera, edges included"),
        ("remove", "remove a camera; what it has seen stays"),
    ):
        sub = commands.add_parser(command, help=words, description=words, allow_abbrev=False)
        if command in ("list", "add", "place", "liveness", "remove"):
            sub.add_argument("--data", type=Path, default=find_home().store, help="(%(default)s)")
        if command == "add":
            sub.add_argument("name", help="what people call it")
        if command in ("add", "test"):
            _add_camera(sub)
        if command in ("place", "liveness", "remove"):
            sub.add_argument("camera", help="name or id")
        if command == "place":
            add_place_options(sub)
        if command == "liveness":
            sub.add_argument("demand", choices=(*LivenessDemand, AS_THE_SERVER))
        if command == "discover":
            _add_discovery(sub)
    return parser


def _add_camera(sub: argparse.ArgumentParser) -> None:
    kinds = tuple(kind.value for kind in CameraKind if kind is not CameraKind.EDGE)
    sub.add_argument("address", help="rtsp://…, http://…, the number of a USB camera, or a file")
    sub.add_argument("--sub", default="", help="a smaller stream of the same camera, searched then")
    sub.add_argument("--kind", choices=kinds, help="where the address does not tell it")
    sub.add_argument("--user", default="", help="its password is asked for")
    sub.add_argument("--rotate", type=int, choices=(0, 90, 180, 270), default=0)


def _add_discovery(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--interface", action="append", default=[], help="name or address; may be repeated (all)"
    )
    sub.add_argument(
        "--host", action="append", default=[], help="ask this address directly; may be repeated"
    )
    sub.add_argument("--user", default="", help="to ask each camera for its streams")
    sub.add_argument("--seconds", type=float, default=3.0, help="(%(default)g)")
