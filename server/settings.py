"""Everything that a user can set, read once from the command line and passed down.

Each setting is spelled once with its type and default, in ServerSettings, and once with its option
and help, in `server.options`.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from importlib.util import find_spec
from pathlib import Path

from lookout.command_line import VariableParser, command_parser
from lookout.faces.decision.liveness_demand import LivenessDemand
from lookout.faces.gallery.match import MatchMode
from lookout.faces.photo.judgement import Quality
from lookout.paths import WHERE_DATA_LIES, find_home
from lookout.server.accounts.trusted import (
    Network,
    TrustedNetwork,
)
from lookout.server.errors import BadSettings
from lookout.server.mqtt.options import MqttOptions, take_mqtt
from lookout.server.options import add_options
from lookout.server.remote.options import RemoteOptions
from lookout.server.storage.choice import SQLITE, KeyService, take_keys
from lookout.server.storage.retention import RetentionRules
from lookout.server.streams.options import KafkaOptions, take_kafka
from lookout.server.vectors.options import VectorOptions, take_vectors
from lookout.variables import of_program
from lookout.wire.access import BadToken, is_loopback, read_token
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
    estimates: bool = False
    model_idle_s: float = 600.0
    model_memory_mb: int = 1024
    quality: Quality = Quality.STANDARD
    http: bool = False
    http_stated: bool = True
    http_host: str = "127.0.0.1"
    http_port: int = 8000
    base_path: str = ""
    data: Path = field(default_factory=lambda: find_home().store)
    store: str = ""
    keys: KeyService | None = None
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
    kafka: KafkaOptions | None = None
    vectors: VectorOptions | None = None
    engine: RemoteOptions | None = None
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
    environment = of_program("server", environment)
    given = server_parser(prog, environment).parse_args(arguments)
    values = vars(given)
    rules = {rule.name: values.pop(f"keep_{rule.name}") for rule in fields(RetentionRules)}
    values["retention"] = RetentionRules(**rules)
    for several in ("cors_origins", "trusted", "trusted_proxies", "http_hosts"):
        values[several] = tuple(values[several])
    values["mqtt"] = take_mqtt(values, environment)
    values["kafka"] = take_kafka(values, environment)
    values["vectors"] = take_vectors(values, environment)
    values["keys"] = take_keys(values)
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
    if settings.kafka is not None and not settings.http:
        raise BadSettings("--kafka takes what is sent over HTTP, and needs --http")
    if settings.vectors is not None and not settings.http:
        raise BadSettings("--vectors holds what the data folder keeps, and needs --http")
    if settings.vectors is not None and settings.match is not MatchMode.EXACT:
        raise BadSettings(
            f"--vectors finds whom to compare exactly: leave out --match {settings.match}"
        )
    if settings.keys is not None and (settings.store == SQLITE or not settings.http):
        raise BadSettings("--keys-url is for a store in MongoDB: --store mongo, with --http")
    if settings.no_auth and settings.trusted:
        raise BadSettings("--no-auth and --trust exclude each other: give one of them")


def server_parser(prog: str, environment: Mapping[str, str]) -> VariableParser:
    """The command line, with what `environment` says in the places of what is left out."""
    home = find_home(environment)
    defaults = ServerSettings(
        encodings=home.encodings, images=home.images, data=home.store, cameras_file=home.cameras
    )
    parser = command_parser(prog, DESCRIPTION, EPILOG, allow_abbrev=False)
    parser.program, parser.environment = "server", environment
    # an option whose `dest` is named here takes its default from here
    parser.set_defaults(**{f.name: getattr(defaults, f.name) for f in fields(defaults)})
    add_options(parser, defaults.retention)
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
