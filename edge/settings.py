"""The edge's settings: read once from the command line and the environment, then passed down."""

from __future__ import annotations

import argparse
import ipaddress
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lookout.edge.camera_options import add_camera_options, take_turn
from lookout.edge.cameras.turned import Turn
from lookout.edge.page_access import PageAccess
from lookout.edge.page_options import BadPageOption, add_page_options, take_page_options
from lookout.wire.access import BadToken, add_token_options, read_token
from lookout.wire.records import Overlay
from lookout.wire.redaction import RedactingParser

ROOT = Path(__file__).resolve().parent.parent
SERVER_VARIABLE = "LOOKOUT_SERVER_IP"
LONGEST_ADDRESS = 253
LARGEST_SIDE = 4096
FASTEST_FPS = 120.0

DESCRIPTION = """\
Shows this machine's camera on a web page; a recognition server names the faces.
Without the server the page shows the plain picture."""

EXAMPLES = """\
examples:
  python edge/webapp.py --serverIP 192.168.1.20           a Pi's camera, the house's server
  python edge/webapp.py --camera demo                     no camera: a portrait that moves
  python edge/webapp.py --camera rtsp://192.168.1.7/live  a network camera
  python edge/webapp.py --camera clip.mp4 --overlay edge  a file; boxes are drawn here, at full rate
  LOOKOUT_TOKEN=… python edge/webapp.py --serverIP 192.168.1.20 --tls-ca server.pem

The page is at http://<this machine>:8001 for everybody on this network; --host 127.0.0.1 keeps it
to this machine."""


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """Everything that the edge's entry point reads. An empty token means none."""

    server_host: str = "127.0.0.1"
    server_port: int = 8002
    host: str = "0.0.0.0"  # noqa: S104 - a page that only the Pi itself can open is of no use
    port: int = 8001
    camera: str = field(default="auto", repr=False)  # may hold a password
    camera_name: str = ""
    size_wh: tuple[int, int] = (640, 480)
    fps: float = 30.0
    images: Path = ROOT / "utils" / "images"
    overlay: Overlay = Overlay.SERVER
    token: str = field(default="", repr=False)
    tls_ca: Path | None = None
    turn: Turn = field(default_factory=Turn)
    camera_ca: Path | None = None
    camera_insecure: bool = False
    allowed_hosts: tuple[str, ...] = ()
    access: PageAccess = field(default_factory=PageAccess)
    log_level: str = "INFO"


def read_settings(argv: Sequence[str], environ: Mapping[str, str] = os.environ) -> EdgeSettings:
    """The settings of a command line; what it leaves out comes from `environ`, then the defaults.

    Exits with code 2 and one line that says what to do when something cannot be meant.
    """
    parser = _parser(environ)
    given = parser.parse_args(argv)
    try:
        token = read_token(given, environ)
        access = take_page_options(vars(given), environ)
    except (BadToken, BadPageOption) as error:
        parser.error(str(error))
    if given.tls_ca is not None and not given.tls_ca.is_file():
        parser.error(f"--tls-ca {given.tls_ca}: no such file; copy the server's certificate here")
    return EdgeSettings(
        server_host=given.server_host,
        server_port=given.server_port,
        host=given.host,
        port=given.port,
        camera=given.camera,
        camera_name=given.camera_name,
        size_wh=given.size,
        fps=given.fps,
        images=given.images,
        overlay=Overlay(given.overlay),
        token=token,
        tls_ca=given.tls_ca,
        turn=take_turn(vars(given)),
        camera_ca=given.camera_ca,
        camera_insecure=given.camera_insecure,
        allowed_hosts=tuple(given.allow_host),
        access=access,
        log_level=given.log_level.upper(),
    )


def _parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    default = EdgeSettings()
    parser = RedactingParser(
        prog="python edge/webapp.py",
        usage="%(prog)s [--serverIP ADDRESS] [--camera SOURCE] [options]  (--help explains them)",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    server = parser.add_argument_group("the recognition server")
    server.add_argument(
        "--serverIP",
        "--server-ip",
        dest="server_host",
        metavar="ADDRESS",
        type=_address,
        default=environ.get(SERVER_VARIABLE) or default.server_host,
        help="its address or name (default: $LOOKOUT_SERVER_IP, else 127.0.0.1)",
    )
    server.add_argument(
        "--serverPort",
        "--server-port",
        dest="server_port",
        metavar="PORT",
        type=_port,
        default=default.server_port,
        help="its port (default: 8002)",
    )
    server.add_argument(
        "--overlay",
        choices=[choice.value for choice in Overlay],
        default=default.overlay.value,
        help="who draws the boxes: the server on the frames that it looked at (default), or this"
        " machine on every frame",
    )
    add_token_options(server.add_argument)
    server.add_argument(
        "--tls-ca",
        metavar="FILE",
        type=Path,
        help="speak TLS with the server and trust this certificate (PEM)",
    )
    camera = parser.add_argument_group("the camera")
    camera.add_argument(
        "--camera",
        metavar="SOURCE",
        type=_text,
        default=default.camera,
        help="auto (default), picamera2, a number such as 0 for a USB camera, an rtsp:// or http://"
        " address, a video file, a folder of images, or demo",
    )
    camera.add_argument(
        "--camera-name",
        metavar="NAME",
        default=platform.node() or "camera",
        help="what page and server call this camera (default: the name of this machine)",
    )
    camera.add_argument(
        "--size",
        metavar="WxH",
        type=_size,
        default=default.size_wh,
        help="picture size to ask the camera for (default: 640x480)",
    )
    camera.add_argument(
        "--fps",
        metavar="N",
        type=_fps,
        default=default.fps,
        help="frames a second to ask the camera for (default: 30)",
    )
    add_camera_options(camera.add_argument)
    page = parser.add_argument_group("the page")
    page.add_argument(
        "--host",
        type=_text,
        default=default.host,
        help="address to serve the page on (default: 0.0.0.0, every interface)",
    )
    page.add_argument(
        "--port", type=_port, default=default.port, help="port of the page (default: 8001)"
    )
    page.add_argument(
        "--allow-host",
        metavar="NAME",
        action="append",
        default=[],
        help="a further name under which browsers may ask for the page, such as pi.example.org;"
        " repeatable",
    )
    page.add_argument(
        "--images",
        metavar="FOLDER",
        type=Path,
        default=default.images,
        help="where the Capture button saves (default: utils/images)",
    )
    page.add_argument(
        "--log-level",
        type=str.lower,
        choices=("debug", "info", "warning", "error"),
        default=default.log_level.lower(),
        help="(default: info)",
    )
    add_page_options(page.add_argument)
    return parser


def _text(value: str) -> str:
    if not value.strip():
        raise argparse.ArgumentTypeError("is empty")
    return value.strip()


def _address(value: str) -> str:
    """An address or a name. A name that nobody knows yet is fine: the network may be late."""
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
