"""The options of the server's command line, group by group, and the values that they take.

Their types and defaults are those of `server.settings.ServerSettings`; `dest` ties an option to its
setting where the names differ.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path

from lookout.command_line import add_log_level, base_path
from lookout.faces.decision.liveness_demand import LivenessDemand
from lookout.faces.gallery.match import MatchMode
from lookout.faces.photo.judgement import Quality
from lookout.faces.runtime.session import PRECISIONS
from lookout.server.accounts.trusted import Network, TrustedNetwork, read_network, read_trust
from lookout.server.mqtt.options import add_mqtt_options
from lookout.server.remote.options import add_remote_options
from lookout.server.storage.choice import checked_store
from lookout.server.storage.errors import StorageError
from lookout.server.storage.key_address import TOKEN as KEYS_TOKEN
from lookout.server.storage.key_address import checked_url
from lookout.server.storage.retention import RetentionRules
from lookout.server.streams.options import add_kafka_options
from lookout.server.vectors.options import add_vector_options
from lookout.wire.access import add_token_options

DECODINGS = ("auto", "cuda", "qsv", "none")

_Add = Callable[..., object]
_HOST_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")


def add_options(parser: argparse.ArgumentParser, retention: RetentionRules) -> None:
    """Adds every option of the server; what has a default of its own takes it from the parser's,
    or from `retention`."""
    _add_address(parser.add_argument_group("where it listens").add_argument)
    _add_access(parser.add_argument_group("who may connect").add_argument)
    _add_recognition(parser.add_argument_group("recognition").add_argument)
    add_remote_options(parser.add_argument_group("networks computed elsewhere").add_argument)
    _add_further_networks(parser.add_argument_group("networks that no camera needs").add_argument)
    _add_people(parser.add_argument_group("who is known").add_argument)
    _add_http(parser.add_argument_group("HTTP API").add_argument)
    _add_cameras(parser.add_argument_group("cameras that the server fetches").add_argument)
    kept = parser.add_argument_group(
        "how long things are kept", "in days; `forever` keeps them; looked at once an hour"
    )
    _add_retention(kept.add_argument, retention)
    add_mqtt_options(parser.add_argument_group("MQTT and Home Assistant").add_argument)
    add_kafka_options(parser.add_argument_group("Apache Kafka").add_argument)
    add_vector_options(parser.add_argument_group("vector engines").add_argument)
    add_log_level(parser.add_argument_group("log").add_argument)


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
        "name, require gives no name without it, challenge asks people to turn, blink or come "
        "closer; off where its networks are not installed "
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


def _add_further_networks(add: _Add) -> None:
    add(
        "--estimates",
        action="store_true",
        help="let clients ask for age and gender, by a network that you have installed; estimates, "
        "never kept (off)",
    )
    add(
        "--model-idle",
        dest="model_idle_s",
        type=waiting_seconds,
        metavar="SECONDS",
        help="a network that no camera needs is unloaded after so long without use (%(default)g)",
    )
    add(
        "--model-memory",
        dest="model_memory_mb",
        type=megabytes,
        metavar="MB",
        help="what such networks may take together; the one that was used least recently goes "
        "first (%(default)s)",
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
    add(
        "--store",
        type=_store,
        metavar="WHERE",
        help="sqlite, or mongo: the records in MongoDB, at MONGO_URI, in MONGO_DB_NAME; keys and "
        "pictures stay in --data, unless there is a key service (what is in --data)",
    )
    add(
        "--keys-url",
        type=_key_url,
        metavar="URL",
        help="a key service (lookout keys serve) that keeps the data keys, for several servers on "
        "one MongoDB; pictures are in MongoDB then (none: keys and pictures are in --data)",
    )
    add(
        "--keys-token-file",
        type=Path,
        metavar="FILE",
        help=f"the secret of the key service (mode 0600); the variable {KEYS_TOKEN} does the same",
    )
    add(
        "--keys-ca",
        type=Path,
        metavar="FILE",
        help="the certificate (PEM) by which the key service is known (those of this machine)",
    )
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


def _store(text: str) -> str:
    try:
        return checked_store(text) if text else ""
    except StorageError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _key_url(text: str) -> str:
    try:
        return checked_url(text) if text else ""
    except StorageError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


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


def megabytes(text: str) -> int:
    """An amount of memory, as `--model-memory` takes it."""
    amount = int(text)
    if not 16 <= amount <= 1 << 20:
        raise argparse.ArgumentTypeError("give 16 to 1048576 MB")
    return amount


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
