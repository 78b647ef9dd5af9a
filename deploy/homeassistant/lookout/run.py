"""Starts the recognizer with the options of the add-on, as user 1000.

The Supervisor writes the options to /data/options.json and tells of the MQTT broker, if there is
one. An option `keep_known_days` is the variable LOOKOUT_KEEP_KNOWN_DAYS.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

OPTIONS = Path("/data/options.json")
HOME = Path("/config")
USER = 1000
INGRESS = "172.30.32.2"
"""Where Home Assistant's ingress comes from, as its documentation says."""


def main() -> None:
    """Becomes `lookout server`."""
    options = json.loads(OPTIONS.read_text(encoding="utf-8"))
    os.environ.update(variables(options, mqtt_service()))
    give_away(HOME)
    os.setgroups([])
    os.setgid(USER)
    os.setuid(USER)
    os.chdir(HOME)
    os.umask(0o077)
    os.execvp("lookout", ["lookout", "server"])  # noqa: S606, S607 - found by the image's PATH


def variables(options: Mapping[str, Any], broker: Mapping[str, Any]) -> dict[str, str]:
    """The options, and the broker of Home Assistant, as variables of Lookout."""
    said = {f"LOOKOUT_{name.upper()}": _text(value) for name, value in options.items()}
    said["LOOKOUT_TRUSTED_PROXY"] = INGRESS
    if broker:
        scheme = "mqtts" if broker.get("ssl") else "mqtt"
        user = f"{broker['username']}@" if broker.get("username") else ""
        said["LOOKOUT_MQTT"] = f"{scheme}://{user}{broker['host']}:{broker['port']}"
        said["LOOKOUT_MQTT_PASSWORD"] = str(broker.get("password") or "")
    return {name: value for name, value in said.items() if value}


def mqtt_service() -> Mapping[str, Any]:
    """What the Supervisor says of the broker; nothing where there is none."""
    token = os.environ.pop("SUPERVISOR_TOKEN", "")
    if not token:
        return {}
    request = urllib.request.Request(
        "http://supervisor/services/mqtt", headers={"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10.0) as answer:  # noqa: S310
            data: Mapping[str, Any] = json.load(answer)["data"]
    except (urllib.error.URLError, ValueError, KeyError) as error:
        sys.stderr.write(f"no MQTT broker of Home Assistant: {error}\n")
        return {}
    return data


def give_away(folder: Path) -> None:
    """Gives the folder, and what an earlier start left in it, to the user."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, USER, USER, follow_symlinks=False)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(str(one) for one in value)
    return str(value)


if __name__ == "__main__":
    main()
