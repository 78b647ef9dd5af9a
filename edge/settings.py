"""The edge's settings: read once from the command line and the environment, then passed down."""

from __future__ import annotations

import argparse
import ipaddress
import os
import platform
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from lookout.command_line import add_log_level
from lookout.edge.camera_options import add_camera_options
from lookout.edge.page_access import PageAccess
from lookout.edge.page_options import BadPageOption, add_page_options, take_page_options
from lookout.edge.servers import DEFAULT_PORT, MOST_SERVERS, ServerPlace
from lookout.overlay.turn import Turn, take_turn
from lookout.paths import WHERE_DATA_LIES, find_home
from lookout.variables import of_program
from lookout.wire.access import BadToken, add_token_options, read_token
from lookout.wire.records import Overlay
from lookout.wire.redaction import RedactingParser

LONGEST_ADDRESS = 253
LARGEST_SIDE = 4096
FASTEST_FPS = 120.0

DESCRIPTION = """\
Shows this machine's camera on a web page; a recognition server names the faces.
Without the server the page shows the plain picture."""

EXAMPLES = f"""\
examples:
  %(prog)s --serverIP 192.168.1.20           a Pi's camera, the house's server
  %(prog)s --camera demo                     no camera: a portrait that moves
  %(prog)s --camera rtsp://192.168.1.7/live  a network camera
  %(prog)s --camera clip.mp4 --overlay edge  a file; boxes are drawn here, at full rate
  LOOKOUT_TOKEN=… %(prog)s --serverIP 192.168.1.20 --tls-ca server.pem

The page is at http://<this machine>:8001 for everybody on this network; --host 127.0.0.1 keeps it
to this machine.

{WHERE_DATA_LIES}"""

_Add = Callable[..., object]
_PLACE = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(:(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """Everything that the edge's entry point reads. An empty token means none."""

    server_host: str = "127.0.0.1"
    server_port: int = DEFAULT_PORT
    more_servers: tuple[ServerPlace, ...] = ()
    host: str = "0.0.0.0"  # noqa: S104 - a page that only the Pi itself can open is of no use
    port: int = 8001
    camera: str = field(default="auto", repr=False)  # may hold a password
    camera_name: str = field(default_factory=lambda: platform.node() or "camera")
    size_wh: tuple[int, int] = (640, 480)
    fps: float = 30.0
    images: Path = field(default_factory=lambda: find_home().images)
    overlay: Overlay = Overlay.SERVER
    token: str = field(default="", repr=False)
    tls_ca: Path | None = None
    turn: Turn = field(default_factory=Turn)
    camera_ca: Path | None = None
    camera_insecure: bool = False
    allowed_hosts: tuple[str, ...] = ()
    access: PageAccess = field(default_factory=PageAccess)
    log_level: str = "INFO"


def read_settings(
    argv: Sequence[str], environ: Mapping[str, str] = os.environ, prog: str = "lookout edge"
) -> EdgeSettings:
    """The settings of a command line; what it leaves out comes from `environ`, then the defaults.

    `prog` is how the program was called. Exits with code 2 and one line that says what to do when
    something cannot be meant.
    """
    environ = of_program("edge", environ)
    parser = edge_parser(prog, environ)
    given = parser.parse_args(argv)
    values = vars(given)
    try:
        values["token"] = read_token(given, environ)
        values["access"] = take_page_options(values, environ)
    except (BadToken, BadPageOption) as error:
        parser.error(str(error))
    if given.tls_ca is not None and not given.tls_ca.is_file():
        parser.error(f"--tls-ca {given.tls_ca}: no such file; copy the server's certificate here")
    del values["token_file"]
    servers = values.pop("servers")
    if servers is not None:
        first, *more = servers
        values |= {"server_host": first.host, "server_port": first.port}
        values["more_servers"] = tuple(more)
    values["turn"] = take_turn(values)
    values["allowed_hosts"] = tuple(given.allowed_hosts)
    return EdgeSettings(**values)


def edge_parser(prog: str, environ: Mapping[str, str]) -> RedactingParser:
    """The command line, with what `environ` says in the places of what is left out."""
    defaults = EdgeSettings(images=find_home(environ).images)
    parser = RedactingParser(
        prog=prog,
        usage="%(prog)s [--serverIP ADDRESS] [--camera SOURCE] [options]  (--help explains them)",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.program, parser.environment = "edge", environ
    # an option whose `dest` is named here takes its default from here
    parser.set_defaults(**{f.name: getattr(defaults, f.name) for f in fields(defaults)})
    _add_server(parser.add_argument_group("the recognition server").add_argument)
    camera = parser.add_argument_group("the camera").add_argument
    _add_camera(camera)
    add_camera_options(camera)
    page = parser.add_argument_group("the page").add_argument
    _add_page(page)
    add_page_options(page)
    return parser


def _add_server(add: _Add) -> None:
    add(
        "--serverIP",
        "--server-ip",
        dest="server_host",
        metavar="ADDRESS",
        type=_address,
        help="its address or name (default: $LOOKOUT_SERVER_IP, else 127.0.0.1)",
    )
    add(
        "--serverPort",
        "--server-port",
        dest="server_port",
        metavar="PORT",
        type=_port,
        help="its port (default: %(default)s)",
    )
    add(
        "--server",
        dest="servers",
        metavar="HOST:PORT,…",
        type=_servers,
        help="several servers, like a:8002,b:8002, or a name that has several addresses: the least"
        " loaded one in reach is taken, and the next when it fails",
    )
    add(
        "--overlay",
        type=Overlay,
        choices=tuple(Overlay),
        metavar="|".join(Overlay),
        help="who draws the boxes: the server on the frames that it looked at (default), or this"
        " machine on every frame",
    )
    add_token_options(add)
    add(
        "--tls-ca",
        metavar="FILE",
        type=Path,
        help="speak TLS with the server and trust this certificate (PEM)",
    )


def _add_camera(add: _Add) -> None:
    add(
        "--camera",
        metavar="SOURCE",
        type=_text,
        help="auto (default), picamera2, a number such as 0 for a USB camera, an rtsp:// or http://"
        " address, a video file, a folder of images, or demo",
    )
    add(
        "--camera-name",
        metavar="NAME",
        help="what page and server call this camera (default: the name of this machine)",
    )
    add(
        "--size",
        dest="size_wh",
        metavar="WxH",
        type=_size,
        help="picture size to ask the camera for (default: 640x480)",
    )
    add(
        "--fps",
        metavar="N",
        type=_fps,
        help="frames a second to ask the camera for (default: %(default)g)",
    )


def _add_page(add: _Add) -> None:
    add(
        "--host",
        type=_text,
        help="address to serve the page on (default: 0.0.0.0, every interface)",
    )
    add("--port", type=_port, help="port of the page (default: %(default)s)")
    add(
        "--allow-host",
        dest="allowed_hosts",
        metavar="NAME",
        action="append",
        default=[],
        help="a further name under which browsers may ask for the page, such as pi.example.org;"
        " repeatable",
    )
    add(
        "--images",
        metavar="FOLDER",
        type=Path,
        help="where the Capture button saves (default: %(default)s)",
    )
    add_log_level(add, "default: info")


def _text(value: str) -> str:
    if not value.strip():
        raise argparse.ArgumentTypeError("is empty")
    return value.strip()


def _address(value: str) -> str:
    """An address or a name. A name that cannot be resolved yet is fine: the network may be late."""
    if not value.strip("0123456789."):  # digits and dots are meant as an address
        try:
            ipaddress.ip_address(value)
        except ValueError:
            raise argparse.ArgumentTypeError(
                f"{value!r} is not an address: four numbers from 0 to 255, such as 192.168.1.20"
            ) from None
    if not value or len(value) > LONGEST_ADDRESS or any(c.isspace() or c in "/@" for c in value):
        raise argparse.ArgumentTypeError(
            f"{value!r} is not an address or a name, such as 192.168.1.20 or gpu.local; the port"
            " goes into --serverPort"
        )
    return value


def _servers(value: str) -> tuple[ServerPlace, ...]:
    """`host:port,host:port`; the port may be missing, and IPv6 is in brackets."""
    places = []
    for one in value.split(","):
        found = _PLACE.fullmatch(one.strip())
        if found is None:
            raise argparse.ArgumentTypeError(
                f"{one.strip()!r} is no server: give it as host:port, several parted by commas"
            )
        host, port = found["host"].strip("[]"), found["port"]
        places.append(ServerPlace(_address(host), _port(port) if port else DEFAULT_PORT))
    if len(places) > MOST_SERVERS:
        raise argparse.ArgumentTypeError(f"at most {MOST_SERVERS} servers can be listed")
    return tuple(dict.fromkeys(places))


def _port(value: str) -> int:
    if not value.isdecimal() or not 0 <= int(value) <= 65535:
        raise argparse.ArgumentTypeError(f"{value!r} is not a port: a number from 1 to 65535")
    return int(value)


def _size(value: str) -> tuple[int, int]:
    width, _, height = value.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"{value!r} is not a size such as 640x480")
    if not (16 <= int(width) <= LARGEST_SIDE and 16 <= int(height) <= LARGEST_SIDE):
        raise argparse.ArgumentTypeError(f"each side is from 16 to {LARGEST_SIDE} pixels")
    return int(width), int(height)


def _fps(value: str) -> float:
    try:
        fps = float(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{value!r} is not a number") from None
    if not 0 < fps <= FASTEST_FPS:
        raise argparse.ArgumentTypeError(f"a rate is above 0 and at most {FASTEST_FPS:g}")
    return fps
