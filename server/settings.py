"""Everything that a user can set, read once from the command line and passed down."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from lookout.faces.gallery.match import MatchMode
from lookout.faces.photo.judgement import Quality
from lookout.faces.runtime.session import PRECISIONS
from lookout.server.errors import BadSettings
from lookout.server.storage.retention import RetentionRules
from lookout.wire.access import BadToken, add_token_options, is_loopback, read_token
from lookout.wire.keys import is_api_key

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_PORT = 8002
DEFAULT_HTTP_PORT = 8000

DESCRIPTION = """\
The recognition server: takes camera frames from edges over TCP, names the faces in them and sends
the annotated frames back."""

EPILOG = """\
examples:
  python -m server                                 for an edge on this machine
  python -m server --host 0.0.0.0 --token-file t   for edges on the network, with a shared secret
  python -m server --host 0.0.0.0 --token-file t --tls-cert cert.pem --tls-key key.pem
  python -m server doctor                          is this machine as fast as it could be?

People are enrolled with the Capture button of the edge's page, or by photographs in
utils/images/<name>/ and `python train_model.py`; the server notices either within two seconds."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """The server's settings. An empty `token` leaves the server open to whoever reaches it."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    token: str = field(default="", repr=False)
    tls_cert: Path | None = None
    tls_key: Path | None = None
    detector: str = "auto"
    encoder: str = "dlib-128"
    device: str = "auto"
    precision: str = "float32"
    encodings: Path = ROOT / "utils" / "encodings.pkl"
    images: Path = ROOT / "utils" / "images"
    enrol: bool = True
    tolerance: float | None = None
    rule: str = "default"
    match: MatchMode = MatchMode.EXACT
    quality: Quality = Quality.STANDARD
    http: bool = False
    http_host: str = "127.0.0.1"
    http_port: int = DEFAULT_HTTP_PORT
    data: Path = ROOT / "data"
    no_auth: bool = False
    cors_origins: tuple[str, ...] = ()
    video_folder: Path | None = None
    retention: RetentionRules = field(default_factory=RetentionRules)
    log_level: str = "INFO"

    @property
    def open_to_the_network(self) -> bool:
        """Whether anybody who can reach this machine can use the server."""
        return not self.token and not is_loopback(self.host)


def read_settings(arguments: Sequence[str], environment: Mapping[str, str]) -> ServerSettings:
    """The settings that the command line states.

    Raises BadSettings for what cannot be; leaves by SystemExit for --help and for misspelt options.
    """
    given, defaults = _parser().parse_args(arguments), ServerSettings()
    if (given.tls_cert is None) != (given.tls_key is None):
        raise BadSettings("--tls-cert and --tls-key go together: give both or neither")
    http = _has_api() if given.http is None else given.http
    if http and given.match != defaults.match:
        raise BadSettings(
            f"--match {given.match} is for the socket service alone so far: add --no-http"
        )
    if given.no_auth and not is_loopback(given.http_host):
        raise BadSettings(
            f"--no-auth lets everybody do everything, so it works on this machine alone: "
            f"leave it out, or --http-host {given.http_host}"
        )
    return ServerSettings(
        host=given.host,
        port=given.port,
        token=_token(given, environment),
        tls_cert=given.tls_cert,
        tls_key=given.tls_key,
        detector=given.detector,
        encoder=given.encoder,
        device=given.device,
        precision=given.precision,
        encodings=given.encodings,
        images=given.images,
        enrol=not given.no_enrol,
        tolerance=given.tolerance,
        rule=given.rule,
        match=given.match,
        quality=given.quality,
        http=http,
        http_host=given.http_host,
        http_port=given.http_port,
        data=given.data,
        no_auth=given.no_auth,
        cors_origins=tuple(given.cors_origin),
        video_folder=given.video_folder,
        retention=RetentionRules(
            unknown=given.keep_unknown_days,
            known=given.keep_known_days,
            crops=given.keep_pictures_days,
            events=given.keep_events_days,
            audit=given.keep_audit_days,
        ),
        log_level=given.log_level.upper(),
    )


def _parser() -> argparse.ArgumentParser:
    defaults = ServerSettings()
    parser = argparse.ArgumentParser(
        prog="python -m server",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument_group("where it listens").add_argument
    add("--host", default=defaults.host, help="address; 0.0.0.0 is all of them (%(default)s)")
    add("--port", type=port_number, default=defaults.port, help="TCP port (%(default)s)")
    add = parser.add_argument_group("who may connect").add_argument
    add_token_options(add)
    add("--tls-cert", type=Path, help="certificate (PEM) for encrypted connections")
    add("--tls-key", type=Path, help="its private key (PEM)")
    add = parser.add_argument_group("recognition").add_argument
    add("--detector", default=defaults.detector, help="which face detector (%(default)s)")
    add("--encoder", default=defaults.encoder, help="which encoder (%(default)s)")
    add(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default=defaults.device,
        help="cuda without a GPU is an error; auto takes the best there is (%(default)s)",
    )
    add(
        "--precision",
        choices=PRECISIONS,
        default=defaults.precision,
        help="what the encoder computes in; `python -m server doctor` says what is faster here "
        "(%(default)s)",
    )
    add(
        "--rule",
        choices=("default", "original"),
        default=defaults.rule,
        help="original: most votes within the tolerance win, and strangers get names (%(default)s)",
    )
    add(
        "--tolerance",
        type=distance,
        help="distance up to which an encoding votes for its person; smaller is stricter "
        "(the encoder's own; 0.6 for dlib-128)",
    )
    add(
        "--match",
        type=MatchMode,
        choices=tuple(MatchMode),
        default=defaults.match,
        metavar="|".join(MatchMode),
        help="how faces are compared with those known: exact suits up to 200,000 encodings; hash "
        "compares short bit strings, faster and less exact; hash+rerank compares the nearest of "
        "these exactly (%(default)s)",
    )
    add = parser.add_argument_group("who is known").add_argument
    add("--encodings", type=Path, default=defaults.encodings, help="(%(default)s)")
    add("--images", type=Path, default=defaults.images, help="photographs (%(default)s)")
    add(
        "--quality",
        type=Quality,
        choices=tuple(Quality),
        default=defaults.quality,
        metavar="|".join(Quality),
        help="how good a captured photograph must be (%(default)s)",
    )
    add(
        "--no-enrol",
        action="store_true",
        help="accept no photographs and no corrections from edges",
    )
    add = parser.add_argument_group("HTTP API").add_argument
    add(
        "--http",
        action=argparse.BooleanOptionalAction,
        help="answer over HTTP, too, and keep a data folder (where the extra `api` is installed)",
    )
    add("--http-host", default=defaults.http_host, help="address (%(default)s)")
    add("--http-port", type=port_number, default=defaults.http_port, help="port (%(default)s)")
    add("--data", type=Path, default=defaults.data, help="people, sightings, users (%(default)s)")
    add("--no-auth", action="store_true", help="no sign-in; on the loopback address only")
    add(
        "--cors-origin",
        action="append",
        default=[],
        metavar="URL",
        help="a web page at this address may call, like https://panel.example; may be repeated",
    )
    add(
        "--video-folder",
        type=Path,
        metavar="DIR",
        help="whoever may recognise may have the videos in it recognised, too (none)",
    )
    group = parser.add_argument_group(
        "how long things are kept", "in days; `forever` keeps them; looked at once an hour"
    )
    rules = defaults.retention
    for what, days, words in (
        ("unknown", rules.unknown, "sightings of unknown people"),
        ("known", rules.known, "sightings of people who are known"),
        ("pictures", rules.crops, "the pictures of sightings; the sightings stay"),
        ("events", rules.events, "who came, which camera was lost"),
        ("audit", rules.audit, "who looked at, searched for or changed whom"),
    ):
        group.add_argument(
            f"--keep-{what}-days",
            type=keeping_days,
            default=days,
            metavar="DAYS",
            help=f"{words} (%(default)g)",
        )
    add = parser.add_argument_group("log").add_argument
    add(
        "--log-level",
        type=str.lower,
        choices=("debug", "info", "warning", "error"),
        default=defaults.log_level.lower(),
        help="(%(default)s)",
    )
    return parser


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


def port_number(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is 1 to 65535, or 0 for any free one")
    return port


def distance(text: str) -> float:
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
