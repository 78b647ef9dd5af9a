"""The companion's own file: TOML, in which an unknown key is an error that names the nearest."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lookout.server.frigate.errors import BadConfig

KEYS: Mapping[str, type | tuple[type, ...]] = {
    "mqtt": str,
    "url": str,
    "go2rtc": str,
    "user": str,
    "topics": str,
    "cameras": list,
    "labels": list,
    "zones": dict,
    "attempts": int,
    "pause_s": (int, float),
    "clip_frames": int,
    "overwrite": bool,
    "writes": bool,
}


@dataclass(frozen=True, slots=True)
class FrigateConfig:
    """values: what was set, by KEYS. notes: what was not taken over, in words."""

    values: Mapping[str, Any]
    notes: tuple[str, ...] = field(default=())


def read_config(text: str) -> FrigateConfig:
    """Raises BadConfig."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"it is not valid TOML: {error}") from error
    for key, value in values.items():
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, 1, 0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(KEYS)}"
            raise BadConfig(f"there is no key {key!r:.60}; {hint}")
        if not isinstance(value, KEYS[key]) or (isinstance(value, bool) and KEYS[key] is not bool):
            raise BadConfig(f"{key} has a value of the wrong kind: {value!r:.60}")
        _check_words(key, value)
    return FrigateConfig(values)


def _check_words(key: str, value: object) -> None:
    words = [value] if isinstance(value, list) else []
    words = list(value.values()) if isinstance(value, dict) else words
    for one in words:
        if not isinstance(one, list) or not all(isinstance(word, str) for word in one):
            raise BadConfig(f"{key}: each is a list of names")


def write_config(config: FrigateConfig) -> str:
    """TOML of it, the notes as remarks."""
    lines = ["# for: lookout frigate --config FILE"]
    plain = {key: value for key, value in config.values.items() if not isinstance(value, dict)}
    lines += [f"{key} = {_toml(value)}" for key, value in plain.items()]
    for key, table in config.values.items():
        if isinstance(table, dict):
            lines += ["", f"[{key}]", *(f"{_toml(one)} = {_toml(v)}" for one, v in table.items())]
    lines += ["", *(f"# {note}" for note in config.notes)] if config.notes else []
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(one if one >= " " else f"\\u{ord(one):04x}" for one in escaped) + '"'
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return repr(value)
