"""What a user can set of Kafka."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from lookout.server.errors import BadSettings

PASSWORD_VARIABLE = "LOOKOUT_KAFKA_PASSWORD"  # noqa: S105 - the name of it
PICTURES, ANSWERS = "facial_recognition_results", "facial_recognition_results_display"
MAX_AGE_S = 600.0
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,240}")
_SERVER = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}")


class Mechanism(StrEnum):
    """How a user and a password are shown to the broker."""

    PLAIN = "PLAIN"
    SCRAM_256 = "SCRAM-SHA-256"
    SCRAM_512 = "SCRAM-SHA-512"


@dataclass(frozen=True, slots=True)
class KafkaOptions:
    """servers: `host:port`, parted by commas. pictures, answers: the topics. group: the consumers
    that share the pictures. max_age_s: an older picture is answered `expired`. ca: certificates
    that the broker's is checked by; None for the system's. claims: the folder in which pictures lie
    that are too large for a message; None for one in the data folder."""

    servers: str
    pictures: str = PICTURES
    answers: str = ANSWERS
    group: str = "lookout"
    max_age_s: float = MAX_AGE_S
    tls: bool = False
    ca: Path | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    mechanism: Mechanism = Mechanism.SCRAM_512
    claims: Path | None = None

    @property
    def dead(self) -> str:
        """The topic of pictures that cannot be recognized."""
        return f"{self.pictures}.dlq"

    @property
    def display_group(self) -> str:
        """The consumers that share the answers."""
        return f"{self.group}-display"


def add_kafka_options(add: Callable[..., object], *, required: bool = False) -> None:
    """`--kafka` and what goes with it; `add` is a parser's `add_argument`."""
    add(
        "--kafka",
        type=_checked(_servers),
        required=required,
        default=None,
        metavar="HOST:PORT",
        help="the brokers of Apache Kafka, parted by commas" + ("" if required else " (none)"),
    )
    add(
        "--kafka-topics",
        type=_checked(_topics),
        default=(PICTURES, ANSWERS),
        metavar="PICTURES,ANSWERS",
        help=f"the names of both topics ({PICTURES},{ANSWERS})",
    )
    add(
        "--kafka-group",
        type=_checked(_name),
        default="lookout",
        metavar="NAME",
        help="the consumers that share the pictures (%(default)s)",
    )
    add(
        "--kafka-max-age",
        type=_checked(_seconds),
        default=MAX_AGE_S,
        metavar="SECONDS",
        help="a picture that has waited longer is answered as expired (%(default)g)",
    )
    add("--kafka-tls", action="store_true", help="encrypt the connection to the brokers")
    add("--kafka-ca", type=Path, metavar="FILE", help="certificates (PEM) to check the brokers' by")
    add("--kafka-user", default="", metavar="NAME", help="who signs in to the brokers (nobody)")
    add(
        "--kafka-password-file",
        type=Path,
        metavar="FILE",
        help=f"the password of the user; the variable {PASSWORD_VARIABLE} does the same",
    )
    add(
        "--kafka-mechanism",
        type=Mechanism,
        choices=tuple(Mechanism),
        metavar="|".join(Mechanism),
        default=Mechanism.SCRAM_512,
        help="how the password is shown (%(default)s)",
    )
    add(
        "--kafka-claims",
        type=Path,
        metavar="DIR",
        help="where pictures lie that are too large for a message: a folder that server and "
        "consumers share (`claims` in the data folder)",
    )


def take_kafka(values: dict[str, Any], environment: Mapping[str, str]) -> KafkaOptions | None:
    """What the parsed values say of Kafka, taken out of them. Raises BadSettings."""
    servers, file = values.pop("kafka"), values.pop("kafka_password_file")
    pictures, answers = values.pop("kafka_topics")
    given = {
        "pictures": pictures,
        "answers": answers,
        "group": values.pop("kafka_group"),
        "max_age_s": values.pop("kafka_max_age"),
        "tls": values.pop("kafka_tls"),
        "ca": values.pop("kafka_ca"),
        "user": values.pop("kafka_user"),
        "mechanism": values.pop("kafka_mechanism"),
        "claims": values.pop("kafka_claims"),
    }
    if servers is None:
        return None
    options = replace(KafkaOptions(servers), **given)
    password = environment.get(PASSWORD_VARIABLE, "")
    if file is not None:
        try:
            password = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadSettings(f"--kafka-password-file {file} cannot be read: {error}") from error
    if bool(password) != bool(options.user):
        raise BadSettings(
            "--kafka-user and its password go together; the password is in "
            f"--kafka-password-file or {PASSWORD_VARIABLE}"
        )
    if options.ca is not None and not options.tls:
        raise BadSettings("--kafka-ca needs --kafka-tls")
    return replace(options, password=password)


def _servers(text: str) -> str:
    servers = [server.strip() for server in text.split(",")]
    if not all(_SERVER.fullmatch(server) for server in servers):
        raise ValueError("give the brokers as host:port, parted by commas")
    return ",".join(servers)


def _topics(text: str) -> tuple[str, str]:
    names = [_name(name.strip()) for name in text.split(",")]
    if len(names) != 2 or names[0] == names[1]:
        raise ValueError("give two different topics, like pictures,answers")
    return names[0], names[1]


def _name(text: str) -> str:
    if not _TOPIC.fullmatch(text) or text in (".", ".."):
        raise ValueError(f"{text!r} is no name in Kafka: letters, digits, '.', '_' and '-'")
    return text


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 1.0 <= seconds <= 30 * 86_400.0:
        raise ValueError("give 1 to 2592000 seconds")
    return seconds


def _checked(read: Callable[[str], Any]) -> Callable[[str], Any]:
    def checked(text: str) -> Any:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return checked
