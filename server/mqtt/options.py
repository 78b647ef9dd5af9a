"""What a user can set of MQTT."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from lookout.server.errors import BadSettings

PASSWORD_VARIABLE = "LOOKOUT_MQTT_PASSWORD"  # noqa: S105 - the name of it
_PREFIX = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")


class Protocol(StrEnum):
    """The version of MQTT."""

    V5 = "5"
    V311 = "3.1.1"


class Imitated(StrEnum):
    """Another product whose topics are written, too."""

    FRIGATE = "frigate"
    DOUBLE_TAKE = "double-take"


@dataclass(frozen=True, slots=True)
class MqttOptions:
    """prefix: of all of Lookout's topics. discovery: the prefix that Home Assistant listens to;
    empty for none. pictures: whether faces are sent. commands: whether whoever may write to the
    broker may switch the profile and silence cameras. ca: certificates that the broker's is checked
    by; None for the system's."""

    host: str
    port: int = 1883
    tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)
    protocol: Protocol = Protocol.V5
    ca: Path | None = None
    prefix: str = "lookout"
    discovery: str = "homeassistant"
    pictures: bool = False
    commands: bool = False
    imitated: frozenset[Imitated] = frozenset()


def read_address(text: str) -> MqttOptions:
    """A broker, as `mqtt://user@host:1883` or `mqtts://host`. Raises ValueError with a line for
    people."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in ("mqtt", "mqtts") or parts.path not in ("", "/"):
        raise ValueError("give the broker as mqtt://host, mqtts://host:8883 or mqtt://user@host")
    if parts.password is not None:
        raise ValueError(
            f"a password in an address can be read by others: give it in {PASSWORD_VARIABLE} or "
            "with --mqtt-password-file"
        )
    tls = parts.scheme == "mqtts"
    user = unquote(parts.username or "")
    return MqttOptions(host, port or (8883 if tls else 1883), tls, user)


def read_prefix(text: str) -> str:
    """The beginning of topics. Raises ValueError with a line for people."""
    if not _PREFIX.fullmatch(text):
        raise ValueError(f"{text!r} cannot begin a topic: letters, digits, _ and -, parted by /")
    return text


def add_broker_options(add: Callable[..., object]) -> None:
    """`--mqtt` and what it takes to reach the broker; `add` is a parser's `add_argument`."""
    add(
        "--mqtt",
        type=_checked(read_address),
        metavar="URL",
        help="tell a broker, and Home Assistant through it, like mqtt://user@homeassistant.local "
        "or mqtts://broker:8883 (none)",
    )
    add(
        "--mqtt-password-file",
        type=Path,
        metavar="FILE",
        help=f"the password of the user; the variable {PASSWORD_VARIABLE} does the same",
    )
    add("--mqtt-ca", type=Path, metavar="FILE", help="certificates (PEM) to check the broker's by")
    add(
        "--mqtt-version",
        type=Protocol,
        choices=tuple(Protocol),
        metavar="|".join(Protocol),
        default=Protocol.V5,
        help="of the protocol (%(default)s)",
    )
    add(
        "--mqtt-prefix",
        type=_checked(read_prefix),
        default="lookout",
        metavar="PREFIX",
        help="how Lookout's topics begin (%(default)s)",
    )


def add_mqtt_options(add: Callable[..., object]) -> None:
    """The broker, and what it is told; `add` is a parser's `add_argument`."""
    add_broker_options(add)
    add(
        "--mqtt-discovery",
        type=_checked(read_prefix),
        default="homeassistant",
        metavar="PREFIX",
        help="how the topics of Home Assistant's discovery begin (%(default)s)",
    )
    add("--mqtt-pictures", action="store_true", help="send faces, too")
    add(
        "--mqtt-commands",
        action="store_true",
        help="let whoever may write to the broker switch the profile and silence cameras",
    )
    add(
        "--mqtt-imitate",
        action="append",
        type=Imitated,
        choices=tuple(Imitated),
        metavar="|".join(Imitated),
        default=[],
        help="write this product's topics, too; may be repeated",
    )


def take_broker(values: dict[str, Any], environment: Mapping[str, str]) -> MqttOptions | None:
    """What the parsed values say of the broker, taken out of them. Raises BadSettings."""
    file, options = values.pop("mqtt_password_file"), values.pop("mqtt")
    given = {
        "ca": values.pop("mqtt_ca"),
        "protocol": values.pop("mqtt_version"),
        "prefix": values.pop("mqtt_prefix"),
    }
    if not isinstance(options, MqttOptions):
        return None
    password = environment.get(PASSWORD_VARIABLE, "")
    if file is not None:
        try:
            password = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadSettings(f"--mqtt-password-file {file} cannot be read: {error}") from error
    if password and not options.user:
        raise BadSettings("a broker's password needs a user: --mqtt mqtt://user@host")
    return replace(options, password=password, **given)


def take_mqtt(values: dict[str, Any], environment: Mapping[str, str]) -> MqttOptions | None:
    """What the parsed values say of MQTT, taken out of them. Raises BadSettings."""
    broker = take_broker(values, environment)
    discovery, pictures = values.pop("mqtt_discovery"), values.pop("mqtt_pictures")
    imitated, commands = frozenset(values.pop("mqtt_imitate")), values.pop("mqtt_commands")
    if broker is None:
        return None
    return replace(
        broker, discovery=discovery, pictures=pictures, commands=commands, imitated=imitated
    )


def _checked(read: Callable[[str], Any]) -> Callable[[str], Any]:
    def checked(text: str) -> Any:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return checked
