"""Everything that a user can set, read once from the command line and passed down.

Each setting is spelled once with its type and default, in ServerSettings, and once with its option
and help, in the function of its group; `dest` ties the two where the names differ.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from importlib.util import find_spec
from pathlib import Path

from lookout.command_line import add_log_level, base_path
from lookout.faces.decision.liveness_demand import LivenessDemand
from lookout.faces.gallery.match import MatchMode
from lookout.faces.photo.judgement import Quality
from lookout.faces.runtime.session import PRECISIONS
from lookout.paths import WHERE_DATA_LIES, find_home
from lookout.server.accounts.trusted import (
    Network,
    TrustedNetwork,
    read_network,
    read_trust,
)
from lookout.server.errors import BadSettings
from lookout.server.mqtt.options import MqttOptions, add_mqtt_options, take_mqtt
from lookout.server.storage.retention import RetentionRules
from lookout.wire.access import BadToken, add_token_options, is_loopback, read_token
from lookout.wire.keys import is_api_key

DESCRIPTION = """\
The recognition server: takes camera frames from edges over TCP, names the faces in them and sends
the annotated frames back."""

EPILOG = f"""\
examples:
  %(prog)s                                 for an edge on this machine
  %(prog)s --host 0.0.0.0 --token-file t   for edges on the network, with a shared secret
  %(prog)s --host 0.0.0.0 --token-file t --tls-cert cert.pem --tls-key key.pem
  lookout doctor                           is this machine as fast as it could be?

People are enrolled with the Capture button of the edge's page, or by photographs in
utils/images/<name>/ and `lookout train`; the server notices either within two seconds.

{WHERE_DATA_LIES}"""

DECODINGS = ("auto", "cuda", "qsv", "none")

_Add = Callable[..., object]
_HOST_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """The server's settings. An empty `token` leaves the server open to anyone who reaches it.

    http_stated: --http or --no-http was given; else `http` is whether the extra `api` is installed.
    """

    host: str = "127.0.0.1"
    port: int = 8002
    token: str = field(default="", repr=False)
    tls_cert: Path | None = None
    tls_key: Path | None = None
    detector: str = "auto"
    encoder: str = "auto"
    device: str = "auto"
    precision: str = "float32"
    encodings: Path = field(default_factory=lambda: find_home().encodings)
    images: Path = field(default_factory=lambda: find_home().images)
    enrol: bool = True
    tolerance: float | None = None
    rule: str = "default"
    liveness: LivenessDemand = LivenessDemand.MARK
    match: MatchMode = MatchMode.EXACT
    quality: Quality = Quality.STANDARD
    http: bool = False
    http_stated: bool = True
    http_host: str = "127.0.0.1"
    http_port: int = 8000
    base_path: str = ""
    data: Path = field(default_factory=lambda: find_home().store)
    no_auth: bool = False
    cors_origins: tuple[str, ...] = ()
    trusted: tuple[TrustedNetwork, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()
    http_hosts: tuple[str, ...] = ()
    video_folder: Path | None = None
    cameras_file: Path = field(default_factory=lambda: find_home().cameras)
    camera_lost_s: float = 60.0
    decoding: str = "none"
    retention: RetentionRules = field(default_factory=RetentionRules)
    clock_is_right: bool = False
    mqtt: MqttOptions | None = None
    log_level: str = "INFO"

    @property
    def open_to_the_network(self) -> bool:
        """Whether anybody who can reach this machine can use the server."""
        return not self.token and not is_loopback(self.host)


def read_settings(
    arguments: Sequence[str], environment: Mapping[str, str], prog: str = "lookout server"
) -> ServerSettings:
    """The settings that the command line states; `prog` is how the program was called.

    Raises BadSettings for what cannot be; leaves by SystemExit for --help and for misspelt options.
    """
    given = _parser(environment, prog).parse_args(arguments)
    values = vars(given)
    rules = {rule.name: values.pop(f"keep_{rule.name}") for rule in fields(RetentionRules)}
    values["retention"] = RetentionRules(**rules)
    for several in ("cors_origins", "trusted", "trusted_proxies", "http_hosts"):
        values[several] = tuple(values[several])
    values["mqtt"] = take_mqtt(values, environment)
    values["token"] = _token(given, environment)
    del values["token_file"]
    values["http_stated"] = given.http is not None
    if given.http is None:
        values["http"] = _has_api()
    settings = ServerSettings(**values)
    _check(settings)
    return settings


def _check(settings: ServerSettings) -> None:
    """Raises BadSettings for what cannot go together."""
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise BadSettings("--tls-cert and --tls-key go together: give both or neither")
    if settings.no_auth and not is_loopback(settings.http_host):
        raise BadSettings(
            "--no-auth lets everybody do everything, so it works on this machine alone: leave it "
            f"out, or --http-host {settings.http_host}; clients on other machines that have no key "
            "need --trust ADDRESS=ROLE"
        )
    if settings.mqtt is not None and not settings.http:
        raise BadSettings("--mqtt tells what the data folder keeps, and needs --http")
    if settings.no_auth and settings.trusted:
        raise BadSettings("--no-auth and --trust exclude each other: give one of them")


def _parser(environment: Mapping[str, str], prog: str) -> argparse.ArgumentParser:
    home = find_home(environment)
    defaults = ServerSettings(
        encodings=home.encodings, images=home.images, data=home.store, cameras_file=home.cameras
    )
    parser = argparse.ArgumentParser(
        prog=prog,
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    # an option whose `dest` is named here takes its default from here
    parser.set_defaults(**{f.name: getattr(defaults, f.name) for f in fields(defaults)})
    _add_address(parser.add_argument_group("where it listens").add_argument)
    _add_access(parser.add_argument_group("who may connect").add_argument)
    _add_recognition(parser.add_argument_group("recognition").add_argument)
    _add_people(parser.add_argument_group("who is known").add_argument)
    _add_http(parser.add_argument_group("HTTP API").add_argument)
    _add_cameras(parser.add_argument_group("cameras that the server fetches").add_argument)
    kept = parser.add_argument_group(
        "how long things are kept", "in days; `forever` keeps them; looked at once an hour"
    )
    _add_retention(kept.add_argument, defaults.retention)
    add_mqtt_options(parser.add_argument_group("MQTT and Home Assistant").add_argument)
    add_log_level(parser.add_argument_group("log").add_argument)
    return parser


def _add_address(add: _Add) -> None:
    add("--host", help="address; 0.0.0.0 is all of them (%(default)s)")
    add("--port", type=port_number, help="TCP port (%(default)s)")


def _add_access(add: _Add) -> None:
    add_token_options(add)
    add("--tls-cert", type=Path, help="certificate (PEM) for encrypted connections")
    add("--tls-key", type=Path, help="its private key (PEM)")


def _add_recognition(add: _Add) -> None:
    add("--detector", help="which face detector (%(default)s)")
    add("--encoder", help="which encoder; auto: the best that is here (%(default)s)")
    add(
        "--device",
        choices=("auto", "cpu", "cuda"),
        help="cuda without a GPU is an error; auto takes the best there is (%(default)s)",
    )
    add(
        "--precision",
        choices=PRECISIONS,
        help="what the encoder computes in; `lookout doctor` says what is faster here "
        "(%(default)s)",
    )
    add(
        "--rule",
        choices=("default", "original"),
        help="original: most votes within the tolerance win, and strangers get names (%(default)s)",
    )
    add(
        "--tolerance",
        type=distance,
        help="distance up to which an encoding votes for its person; smaller is stricter "
        "(the encoder's own; 0.6 for dlib-128, which --encoder auto then takes)",
    )
    add(
        "--liveness",
        type=LivenessDemand,
        choices=tuple(LivenessDemand),
        metavar="|".join(LivenessDemand),
        help="whether a face is live or a picture held before the camera: mark says it beside the "
        "name, require gives no name without it; off where its networks are not installed "
        "(%(default)s)",
    )
    add(
        "--match",
        type=MatchMode,
        choices=tuple(MatchMode),
        metavar="|".join(MatchMode),
        help="how faces are compared with those known: exact suits up to 200,000 encodings; hash "
        "compares short bit strings, faster and less exact; hash+rerank compares the nearest of "
        "these exactly (%(default)s)",
    )


def _add_people(add: _Add) -> None:
    add("--encodings", type=Path, help="the gallery (%(default)s)")
    add("--images", type=Path, help="photographs (%(default)s)")
    add(
        "--quality",
        type=Quality,
        choices=tuple(Quality),
        metavar="|".join(Quality),
        help="how good a captured photograph must be (%(default)s)",
    )
    add(
        "--no-enrol",
        dest="enrol",
        action="store_false",
        help="accept no photographs and no corrections from edges",
    )


def _add_http(add: _Add) -> None:
    add(
        "--http",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="answer over HTTP, too, and keep a data folder (where the extra `api` is installed)",
    )
    add("--http-host", help="address (%(default)s)")
    add("--http-port", type=port_number, help="port (%(default)s)")
    add("--data", type=Path, help="people, sightings, users (%(default)s)")
    add("--no-auth", action="store_true", help="no sign-in; on the loopback address only")
    add(
        "--cors-origin",
        dest="cors_origins",
        action="append",
        default=[],
        metavar="URL",
        help="a web page at this address may call, like https://panel.example; may be repeated",
    )
    add_trust_option(add)
    add(
        "--trusted-proxy",
        dest="trusted_proxies",
        action="append",
        type=_network,
        default=[],
        metavar="ADDRESS",
        help="a proxy whose X-Forwarded-For, -Prefix and -Proto are believed; may be repeated",
    )
    add(
        "--base-path",
        type=base_path,
        metavar="PATH",
        help="the path under which a reverse proxy serves the HTTP side, such as /lookout, where "
        "the proxy does not say it",
    )
    add(
        "--allow-http-host",
        dest="http_hosts",
        action="append",
        type=_host_name,
        default=[],
        metavar="NAME",
        help="serve requests without a key under this name, too, like nas.lan or "
        "host.docker.internal; may be repeated",
    )
    add(
        "--video-folder",
        type=Path,
        metavar="DIR",
        help="everyone who may recognize may have the videos in it recognized, too (none)",
    )


def _add_cameras(add: _Add) -> None:
    add(
        "--cameras",
        dest="cameras_file",
        type=Path,
        metavar="FILE",
        help="cameras that are kept in a file, watched for changes; see also `lookout cameras` "
        "(%(default)s)",
    )
    add(
        "--camera-lost",
        dest="camera_lost_s",
        type=waiting_seconds,
        metavar="SECONDS",
        help="a camera of which nothing comes for so long, an edge's too, is told as lost "
        "(%(default)g)",
    )
    add(
        "--decode",
        dest="decoding",
        choices=DECODINGS,
        help="what decodes H.264 and H.265: auto takes a graphics processor where one works, cuda "
        "and qsv insist on theirs (%(default)s)",
    )


def add_trust_option(add: _Add) -> None:
    """`--trust`; `add` is a parser's `add_argument`."""
    add(
        "--trust",
        dest="trusted",
        action="append",
        type=_trust,
        default=[],
        metavar="ADDRESS=ROLE",
        help="clients at this address or network need no key to do what a viewer, operator or "
        "admin may, like 192.168.1.0/24=operator; may be repeated",
    )


def _add_retention(add: _Add, rules: RetentionRules) -> None:
    for kept, rule, words in (
        ("unknown", "unknown", "sightings of unknown people"),
        ("known", "known", "sightings of people who are known"),
        ("pictures", "crops", "the pictures of sightings; the sightings stay"),
        ("events", "events", "who came, which camera was lost"),
        ("audit", "audit", "who looked at, searched for or changed whom"),
    ):
        add(
            f"--keep-{kept}-days",
            dest=f"keep_{rule}",
            type=keeping_days,
            default=getattr(rules, rule),
            metavar="DAYS",
            help=f"{words} (%(default)g)",
        )
    add(
        "--clock-is-right",
        action="store_true",
        help="for one start: forget by this machine's clock although it is far ahead of the last "
        "run, because the server was off for so long",
    )


def _token(given: argparse.Namespace, environment: Mapping[str, str]) -> str:
    try:
        token = read_token(given, environment)
    except BadToken as error:
        raise BadSettings(str(error)) from error
    if is_api_key(token):
        raise BadSettings(
            "this token is an API key: give it to the edge. The server's own token is another "
            "secret; make one with: openssl rand -hex 32"
        )
    return token


def _has_api() -> bool:
    """Whether the extra `api` is installed: looked for, not loaded, for that takes a second."""
    return all(find_spec(name) is not None for name in ("fastapi", "uvicorn", "cryptography"))


def _trust(text: str) -> TrustedNetwork:
    try:
        return read_trust(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _network(text: str) -> Network:
    try:
        return read_network(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _host_name(text: str) -> str:
    """A host name in lower case, without a port."""
    name = text.strip().rstrip(".").lower()
    if not _HOST_NAME.fullmatch(name):
        raise argparse.ArgumentTypeError(f"{text!r} is no host name: give it without port and path")
    return name


def port_number(text: str) -> int:
    """A TCP port; 0 lets the system choose one."""
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is 1 to 65535, or 0 for any free one")
    return port


def waiting_seconds(text: str) -> float:
    """A time to wait, as `--camera-lost` takes it."""
    seconds = float(text)
    if not 5.0 <= seconds <= 86_400.0:
        raise argparse.ArgumentTypeError("give 5 to 86400 seconds")
    return seconds


def distance(text: str) -> float:
    """A distance between encodings, as `--tolerance` takes it."""
    tolerance = float(text)
    if not 0.0 < tolerance < 2.0:
        raise argparse.ArgumentTypeError("a tolerance lies between 0 and 2")
    return tolerance


def keeping_days(text: str) -> float | None:
    """Days after which something is forgotten; None for `forever`."""
    if text.strip().lower() == "forever":
        return None
    days = float(text)
    if not 0.0 <= days < 1e6:
        raise argparse.ArgumentTypeError("give a number of days, or: forever")
    return days
