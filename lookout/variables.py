"""The variables that the programs read, in the environment and in `.env`: one table of names.

The option `--http-port` is the variable LOOKOUT_HTTP_PORT, and so is every option of the programs
that run for long. LOOKOUT_EDGE_PORT is heard by the edge alone and counts for more than
LOOKOUT_PORT, which the server hears, too. The commands beside them take what is in SHARED. The
tests hold this table to the options themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

PREFIX = "LOOKOUT_"


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KAFKA = """KAFKA KAFKA_CA KAFKA_CLAIMS KAFKA_GROUP KAFKA_MAX_AGE KAFKA_MECHANISM KAFKA_TLS
    KAFKA_PASSWORD_FILE KAFKA_TOPICS KAFKA_USER"""
_BROKER = "MQTT MQTT_CA MQTT_PASSWORD_FILE MQTT_PREFIX MQTT_VERSION"
_RECOGNITION = "DATA DETECTOR DEVICE ENCODER ENCODINGS"

SHARED = _names(
    f"""{_BROKER} {_KAFKA} {_RECOGNITION} IMAGES LIVENESS LOG_LEVEL PRECISION QUALITY RULE TRUST"""
)
"""Options of the server that mean the same in every command that has them."""

OPTIONS: Mapping[str, frozenset[str]] = {
    "server": SHARED
    | _names(
        """ALLOW_HTTP_HOST BASE_PATH CAMERAS CAMERA_LOST CLOCK_IS_RIGHT CORS_ORIGIN DECODE ENGINE
        ESTIMATES HOST HTTP HTTP_HOST HTTP_PORT KEEP_AUDIT_DAYS KEEP_EVENTS_DAYS KEEP_KNOWN_DAYS
        KEEP_PICTURES_DAYS KEEP_UNKNOWN_DAYS KEYS_CA KEYS_TOKEN_FILE KEYS_URL MATCH MODEL_IDLE
        MODEL_MEMORY MQTT_COMMANDS MQTT_DISCOVERY MQTT_IMITATE MQTT_PICTURES NO_AUTH NO_ENROL PORT
        STORE TLS_CERT TLS_KEY TOKEN TOKEN_FILE TOLERANCE TRUSTED_PROXY VECTORS VECTORS_IN_CLEAR
        VECTORS_KEY_FILE VECTORS_ROTATED VIDEO_FOLDER"""
    ),
    "edge": _names(
        """ALLOW_EMBEDDING ALLOW_HOST BASE_PATH CAMERA CAMERA_CA CAMERA_INSECURE CAMERA_NAME FLIP
        FPS HOST IMAGES LOG_LEVEL OVERLAY PAGE_PASSWORD_FILE PORT ROTATE SERVER SERVER_IP
        SERVER_PORT SIZE TLS_CA TOKEN TOKEN_FILE TRUSTED_PROXY WATCH_WITHOUT_PASSWORD"""
    ),
    "consume": _names(
        f"{_KAFKA} {_RECOGNITION} LIVENESS LOG_LEVEL METRICS_HOST METRICS_PORT RULE WORKERS"
    ),
    "frigate": _names(
        f"""{_BROKER} {_RECOGNITION} ATTEMPTS CAMERA CLIP_FRAMES CONFIG GO2RTC LABEL LOG_LEVEL
        ONLY_TELL OVERWRITE TOPICS URL ZONE"""
    ),
}
"""The options of each program that runs for long. Those of the last two that are not SHARED are
set by their own names alone: LOOKOUT_FRIGATE_URL, and no LOOKOUT_URL."""

SECRETS = _names(
    """CAMERA_PASSWORD FRIGATE_PASSWORD KAFKA_PASSWORD KEYS_TOKEN MASTER_KEY MQTT_PASSWORD
    NEW_MASTER_KEY PAGE_PASSWORD TOKEN VECTORS_KEY"""
)
"""What is shown to nobody. The programs read these themselves, for all can read a command line."""

ELSEWHERE = frozenset(("ENV_FILE", "HOME", "MODELS"))
"""Where things lie; what is read before, or beside, the options."""

PASSED_ON = frozenset(("SERVER_OPTIONS", "EDGE_OPTIONS"))
"""What the units of systemd put on the command line."""

FOREIGN = frozenset(("MONGO_URI", "MONGO_URI_FILE", "MONGO_DB_NAME"))
"""Names without the prefix, as the predecessor of Lookout had them."""

COVERS: Mapping[str, frozenset[str]] = {
    **{name: frozenset((f"{name}_FILE",)) for name in SECRETS},
    **{f"{name}_FILE": frozenset((name,)) for name in SECRETS},
    "SERVER": frozenset(("SERVER_IP",)),
    "SERVER_IP": frozenset(("SERVER",)),
}
"""The other ways to say the same: where one is given, the others of a weaker place do not count."""

_SERVICE_LINK = re.compile(r"LOOKOUT_.*(SERVICE_(HOST|PORT)|PORT_\d+_TCP)")


class BadVariables(ValueError):
    """Variables that cannot be meant; the message says which, where, and what to do."""


def variable_names() -> frozenset[str]:
    """Every name that a program reads."""
    plain = OPTIONS["server"] | OPTIONS["edge"] | SECRETS | ELSEWHERE | PASSED_ON
    own = {f"{who.upper()}_{name}" for who, names in OPTIONS.items() for name in names}
    return frozenset(f"{PREFIX}{name}" for name in plain | own) | FOREIGN


def options_of(program: str) -> frozenset[str]:
    """The options that `program` takes from variables; "" is any other command."""
    return OPTIONS.get(program, SHARED)


def of_program(program: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment as `program` hears it: LOOKOUT_EDGE_PORT is the edge's LOOKOUT_PORT.

    Empty variables are none. LOOKOUT_CAMERA is the edge's, and no option of `frigate`, where that
    word means another thing: of such options only LOOKOUT_FRIGATE_CAMERA is heard."""
    heard = {name: value for name, value in environment.items() if value}
    if program not in OPTIONS:
        return heard
    own = {
        name: value
        for name in OPTIONS[program]
        if (value := environment.get(f"{PREFIX}{program.upper()}_{name}"))
    }
    hidden = set().union(*(COVERS.get(name, frozenset()) for name in own))
    if program not in ("server", "edge"):
        hidden |= OPTIONS[program] - SHARED
    for name in hidden:
        heard.pop(f"{PREFIX}{name}", None)
    return heard | {f"{PREFIX}{name}": value for name, value in own.items()}


def own_of(name: str) -> tuple[str, str]:
    """The program that alone hears a variable, "" for all, and the plain name of the option.

    LOOKOUT_SERVER_PORT is the one name that two programs mean alike: where the server listens, and
    where the edge looks for it."""
    rest = name.removeprefix(PREFIX)
    if rest in OPTIONS["edge"] | OPTIONS["server"] | SECRETS | PASSED_ON:
        return "", rest
    for program, names in OPTIONS.items():
        option = rest.removeprefix(f"{program.upper()}_")
        if option != rest and option in names:
            return program, option
    return "", rest


def check_names(names: Iterable[str], where: str) -> None:
    """Raises BadVariables for a name that nothing reads; `where` it was found."""
    known = variable_names()
    for name in names:
        if name not in known and not name.startswith(f"{PREFIX}TEST_"):
            raise BadVariables(f"{where}: there is no setting {name}{_advice(name, known)}")


def check_together(values: Mapping[str, str], where: str) -> None:
    """Raises BadVariables for two names in one place that say the same in two ways."""
    for name in sorted(values):
        program, option = own_of(name)
        own = f"{program.upper()}_" if program else ""
        for other in COVERS.get(option, ()):
            if values[name] and values.get(f"{PREFIX}{own}{other}"):
                raise BadVariables(
                    f"{where}: {name} and {PREFIX}{own}{other} exclude each other: set one of them"
                )


def _advice(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    if _SERVICE_LINK.fullmatch(name):
        return (
            ". Kubernetes sets such variables for a Service whose name is `lookout`: put "
            "`enableServiceLinks: false` into the pod's specification"
        )
    nearest = get_close_matches(name, sorted(known), 1, 0.6)
    if nearest:
        return f"; did you mean {nearest[0]}?"
    return "; `lookout config show` lists those that there are"
