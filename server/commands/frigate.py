"""`lookout frigate`: names on Frigate's events, as Double Take gave them."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from lookout.command_line import (
    VariableParser,
    add_log_level,
    command_parser,
    fail,
    log_to_stderr,
    say,
)
from lookout.faces.errors import FacesError
from lookout.faces.gallery.encodings_file import file_for, load_gallery
from lookout.faces.gallery.gallery import Gallery
from lookout.names import legible
from lookout.paths import find_home
from lookout.server.errors import BadSettings, ServerError
from lookout.server.frigate.api import FrigateApi
from lookout.server.frigate.companion import Companion
from lookout.server.frigate.config import read_config, write_config
from lookout.server.frigate.double_take import import_config
from lookout.server.frigate.following import Following
from lookout.server.frigate.link import FrigateLink
from lookout.server.frigate.options import FrigateOptions
from lookout.server.frigate.people import LastingRecognition, when_changed
from lookout.server.frigate.report import line, plain
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.mqtt.options import (
    MqttOptions,
    add_broker_options,
    read_address,
    take_broker,
)
from lookout.server.recognize.open_recognition import Choice, open_recognition
from lookout.server.storage.errors import StorageError
from lookout.wire.repeats import RepeatFilter

DESCRIPTION = """\
Names the people in Frigate's events: listens to its MQTT topics, looks at the snapshot, at the
frame of go2rtc in full resolution, and at the end at the clip, until it is sure, and writes the
name on the event. It runs beside Frigate, with the people of a Lookout server or of an encodings
file."""

EPILOG = """\
examples:
  %(prog)s --mqtt mqtt://user@broker --url http://frigate:5000 --data data
  %(prog)s --mqtt mqtt://broker --url http://frigate:5000 --go2rtc http://frigate:1984
  %(prog)s … --camera door --zone drive=gate --zone drive=steps
  %(prog)s --config frigate.toml
  %(prog)s import-config config.yml > frigate.toml       from Double Take

The broker's password is read from LOOKOUT_MQTT_PASSWORD, Frigate's from LOOKOUT_FRIGATE_PASSWORD
(with --url http://user@frigate:8971). docs/frigate.md tells more.

Exit status: 0 ended by a signal, 2 it could not begin."""

PASSWORD_VARIABLE = "LOOKOUT_FRIGATE_PASSWORD"  # noqa: S105 - the name of it
IMPORT = "import-config"
CLOSE_S = 5.0
EXIT_CANNOT = 2


def main(arguments: Sequence[str], prog: str = "lookout frigate") -> int:
    """Runs the command; its help explains the exit status."""
    try:
        if arguments[:1] == [IMPORT]:
            return _import(arguments[1:], prog)
        given = frigate_parser(prog, os.environ).parse_args(arguments)
        log_to_stderr(given.log_level, RepeatFilter)
        return _run(given)
    except (ServerError, FacesError, OSError) as error:
        return fail("lookout frigate", legible(str(error)), EXIT_CANNOT)


def _run(given: argparse.Namespace) -> int:
    values = vars(given)
    text = given.config.read_text(encoding="utf-8") if given.config else ""
    configured = dict(read_config(text).values)
    if given.mqtt is None and "mqtt" in configured:
        values["mqtt"] = _broker(str(configured["mqtt"]))
    broker = take_broker(values, os.environ)
    if broker is None:
        raise BadSettings("give the broker: --mqtt mqtt://host, or mqtt in the --config file")
    options = options_of({**configured, **_said(given)})
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as opened:
        choice = Choice(
            given.detector, given.encoder, given.device, "default", given.encodings, given.data
        )
        recognition = _lasting(choice, opened)
        serve(recognition, broker, options, stop, lambda text: say(legible(text)))
    return 0


def serve(
    recognition: Callable[[], RecognitionContext],
    broker: MqttOptions,
    options: FrigateOptions,
    stop: threading.Event,
    tell: Callable[[str], object],
) -> None:
    """Follows Frigate's events until `stop` is set; `tell` gets a line on each."""
    links: list[FrigateLink] = []

    def finished(following: Following) -> None:
        links[0].tell(plain(following))
        tell(line(following))

    companion = Companion(recognition, FrigateApi(options), options, finished)
    links.append(FrigateLink(broker, options.topics, companion.hear))
    companion.start()
    links[0].start()
    try:
        stop.wait()
    finally:
        companion.close(CLOSE_S)
        links[0].close(CLOSE_S)


def options_of(values: dict[str, Any]) -> FrigateOptions:
    """The options from what was set, by the keys of the file. Raises BadSettings."""
    url, user = _address(values.get("url"), "url")
    go2rtc, _ = _address(values["go2rtc"], "go2rtc") if values.get("go2rtc") else ("", "")
    usual = FrigateOptions(url)
    attempts, pause_s = values.get("attempts", usual.attempts), values.get("pause_s", usual.pause_s)
    if not 1 <= attempts <= 100 or not 0.1 <= pause_s <= 60:
        raise BadSettings("attempts are 1 to 100, and pause_s is 0.1 to 60 seconds")
    return FrigateOptions(
        url=url,
        user=user or values.get("user", ""),
        password=os.environ.get(PASSWORD_VARIABLE, ""),
        go2rtc=go2rtc,
        cameras=frozenset(values.get("cameras", ())),
        zones={camera: frozenset(zones) for camera, zones in values.get("zones", {}).items()},
        labels=frozenset(values.get("labels", usual.labels)),
        attempts=attempts,
        pause_s=float(pause_s),
        clip_frames=max(0, min(100, values.get("clip_frames", usual.clip_frames))),
        topics=values.get("topics", usual.topics),
        overwrite=values.get("overwrite", usual.overwrite),
        writes=values.get("writes", usual.writes),
    )


def _said(given: argparse.Namespace) -> dict[str, Any]:
    """What the command line says, by the keys of the file."""
    zones: dict[str, list[str]] = {}
    for camera, zone in given.zone:
        zones.setdefault(camera, []).append(zone)
    said = {
        "url": given.url,
        "go2rtc": given.go2rtc,
        "cameras": given.camera,
        "labels": given.label,
        "zones": zones,
        "attempts": given.attempts,
        "clip_frames": given.clip_frames,
        "topics": given.topics,
        "overwrite": given.overwrite or None,
        "writes": False if given.only_tell else None,
    }
    return {key: value for key, value in said.items() if value not in (None, [], {})}


def _address(text: object, key: str) -> tuple[str, str]:
    """An address without its user, and the user. Raises BadSettings."""
    try:
        parts = urlsplit(str(text or ""))
        _ = parts.port
    except ValueError as error:
        raise BadSettings(f"{key} is no address: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadSettings(f"give {key} as http://host:port or https://host")
    if parts.password is not None:
        raise BadSettings(
            f"a password in an address can be read by others: give it in {PASSWORD_VARIABLE}"
        )
    bare = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, bare, parts.path.rstrip("/"), "", "")), parts.username or ""


def _broker(address: str) -> MqttOptions:
    """The broker of the file. Raises BadSettings."""
    try:
        return read_address(address)
    except ValueError as error:
        raise BadSettings(f"mqtt: {error}") from error


def _lasting(choice: Choice, opened: ExitStack) -> LastingRecognition:
    """The recognition, and how its people are read again."""
    recognition = open_recognition(choice)
    encoder = recognition.encoder
    if choice.data is not None:
        return LastingRecognition(recognition, _stored(choice.data, recognition, opened))
    path = file_for(choice.encodings or find_home().encodings, encoder.name)

    def read() -> Gallery:
        return load_gallery(path, encoder) if path.exists() else recognition.gallery()

    return LastingRecognition(recognition, when_changed(path, read))


def _stored(
    data: Path, recognition: RecognitionContext, opened: ExitStack
) -> Callable[[], Gallery]:
    # imported here, because only the extra `api` has what it takes to unseal a store
    from lookout.server.gallery.people_snapshot import snapshot_of
    from lookout.server.gallery.sample_cache import SampleCache
    from lookout.server.storage.opening import open_store

    store = opened.enter_context(open_store(data, os.environ))
    cache = SampleCache(store, recognition.encoder.name)

    def read() -> Gallery:
        try:
            cache.renew()
        except StorageError as error:
            say(f"the people cannot be read anew: {error}", to_error=True)
        return snapshot_of(cache, recognition.encoder).by_label

    return read


def _import(arguments: Sequence[str], prog: str) -> int:
    parser = command_parser(
        f"{prog} {IMPORT}", "Writes the companion's TOML file from Double Take's config.yml."
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    text = parser.parse_args(arguments).file.read_text(encoding="utf-8")
    sys.stdout.write(write_config(import_config(text)))
    return 0


def frigate_parser(prog: str, environment: Mapping[str, str]) -> VariableParser:
    """The command line, with what `environment` says in the places of what is left out."""
    parser = command_parser(prog, DESCRIPTION, EPILOG, allow_abbrev=False)
    parser.program, parser.environment = "frigate", environment
    add = parser.add_argument
    add("--config", type=Path, metavar="FILE", help="a TOML file; what is said here counts more")
    add("--url", metavar="URL", help="Frigate's address, like http://frigate:5000")
    add("--go2rtc", metavar="URL", help="its go2rtc, like http://frigate:1984: larger faces (none)")
    add("--camera", action="append", default=[], metavar="NAME", help="only this one; repeatable")
    add(
        "--zone",
        action="append",
        default=[],
        type=_zone,
        metavar="CAMERA=ZONE",
        help="at this camera only who has been in this zone; repeatable",
    )
    add("--label", action="append", default=[], metavar="NAME", help="of objects (person)")
    add("--attempts", type=int, metavar="N", help="looks at the snapshot and at the frame (10)")
    add("--clip-frames", type=int, metavar="N", help="of the clip at the end; 0: none (12)")
    add("--topics", metavar="PREFIX", help="how Frigate's topics begin (frigate)")
    add("--overwrite", action="store_true", help="replace names that somebody else has given")
    add("--only-tell", action="store_true", help="write no names to Frigate")
    add("--encodings", type=Path, help="who is known (utils/encodings.pkl of the home folder)")
    add("--data", type=Path, help="who is known to a server: its data folder instead")
    add("--detector", default="auto", help="(%(default)s)")
    add("--encoder", default="auto", help="(%(default)s)")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto", help="(%(default)s)")
    add_broker_options(add)
    add_log_level(add)
    parser.set_defaults(log_level="INFO")
    return parser


def _zone(text: str) -> tuple[str, str]:
    camera, equals, zone = text.partition("=")
    if not (camera and equals and zone):
        raise argparse.ArgumentTypeError("give it as CAMERA=ZONE")
    return camera, zone
