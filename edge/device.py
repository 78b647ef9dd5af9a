"""The identity of this camera among others, so that two of one name are not taken for one."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path

MACHINE_ID = Path("/etc/machine-id")
ID_CHARACTERS = 16

COMMON_HOST_NAMES = frozenset(
    {"raspberrypi", "localhost", "debian", "ubuntu", "dietpi", "raspbian", "orangepi", "camera"}
)
"""Names that systems come with: a second machine in the house has the same one."""


def device_id(camera: str, machine_id: Path = MACHINE_ID) -> str:
    """16 hexadecimal digits: the same for this machine and camera at each start, another on each
    other. One way, because a machine's id is not for others. camera: the value of `--camera`."""
    try:
        machine = machine_id.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        machine = ""
    machine = machine or f"{uuid.getnode():012x}"
    secret = f"lookout 1 device\0{machine}\0{camera}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(secret).hexdigest()[:ID_CHARACTERS]


def default_camera_name(host: str, device: str) -> str:
    """The host's name, with the start of the device's id where many hosts are called so."""
    name = host.partition(".")[0] or "camera"
    return f"{name}-{device[:4]}" if name.lower() in COMMON_HOST_NAMES else host or name
