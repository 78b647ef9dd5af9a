"""`cameras.toml`: cameras that are kept in a file, as whoever likes files keeps them.

    [cameras."Front door"]
    address = "rtsp://192.168.1.20/stream1"
    sub_address = "rtsp://192.168.1.20/stream2"
    user = "lookout"
    password = "…"

The file counts: a camera that leaves it is removed, one that is changed there is changed. Cameras
that were entered otherwise are left alone.
"""

from __future__ import annotations

import logging
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from lookout.server.cameras.address import checked, kind_of_address, split_login
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.cameras.errors import BadCamera
from lookout.server.storage.camera_records import CameraKind, CameraRecord, Origin, new_camera_id
from lookout.server.storage.errors import Conflict
from lookout.wire.redaction import redact

log = logging.getLogger(__name__)

MOST_BYTES = 1 << 20
_TEXTS = ("address", "sub_address", "user", "password")
_ROTATIONS = (0, 90, 180, 270)

Mark = tuple[int, int, int]


class CameraFile:
    """Keeps the directory as the file says. One thread."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._seen: Mark | None = None

    def take(self, directory: CameraDirectory) -> None:
        """Takes the file over where it has changed. A file that cannot be read changes nothing, and
        the log says why once. Raises StorageError."""
        mark = _mark(self._path)
        if mark == self._seen:
            return
        before, self._seen = self._seen, mark
        if mark is None:
            entered: Mapping[str, CameraRecord] = {}
            log.warning("%s is gone, and its cameras with it", self._path)
        else:
            try:
                entered = read_camera_file(self._path, self._clock())
            except BadCamera as error:
                log.error("%s: %s. What was there before stays", self._path, error)  # noqa: TRY400
                return
        if entered or before is not None:
            self._bring_in_line(entered, directory)

    def _bring_in_line(
        self, entered: Mapping[str, CameraRecord], directory: CameraDirectory
    ) -> None:
        kept = {one.name: one for one in directory.all() if one.origin is Origin.FILE}
        for name, camera in kept.items():
            if name not in entered:
                directory.delete(camera.id)
        for name, camera in entered.items():
            old = kept.get(name)
            try:
                if old is None:
                    directory.add(camera)
                elif (new := _as_entered(camera, old)) != old:
                    directory.update(new)
            except (BadCamera, Conflict) as error:
                log.error("%s: %s", self._path, error)  # noqa: TRY400 - the message suffices


def read_camera_file(path: Path, now_s: float) -> Mapping[str, CameraRecord]:
    """The cameras in the file, by name. Raises BadCamera, without a word of what is secret."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadCamera(f"it has more than {MOST_BYTES >> 10} KiB")
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadCamera(f"it cannot be read: {getattr(error, 'strerror', 'no UTF-8')}") from error
    except tomllib.TOMLDecodeError as error:
        raise BadCamera(f"it is not TOML: {redact(str(error))}") from None
    tables = document.get("cameras", {})
    if not isinstance(tables, dict):
        raise BadCamera('cameras are written as [cameras."Front door"]')
    return {name: _camera(name, table, now_s) for name, table in tables.items()}


def _camera(name: str, table: object, now_s: float) -> CameraRecord:
    if not isinstance(table, dict):
        raise BadCamera(f"{name!r:.60} is no table: cameras are written as [cameras.{name:.40}]")
    unknown = set(table) - {*_TEXTS, "kind", "enabled", "rotate", "flip"}
    if unknown:
        raise BadCamera(f"{name!r:.60} has a setting that is unknown: {sorted(unknown)[0]!r:.40}")
    texts = {key: table.get(key, "") for key in _TEXTS}
    switches = {"enabled": table.get("enabled", True), "flip": table.get("flip", False)}
    rotate = table.get("rotate", 0)
    if not all(isinstance(text, str) for text in texts.values()):
        raise BadCamera(f"{name!r:.60}: {', '.join(_TEXTS)} are written in quotes")
    if not all(isinstance(on, bool) for on in switches.values()) or rotate not in _ROTATIONS:
        raise BadCamera(
            f"{name!r:.60}: enabled and flip are true or false, rotate is 0, 90, 180 or 270"
        )
    try:
        given = table.get("kind")
        address = split_login(texts["address"]).address
        kind = CameraKind(given) if given else kind_of_address(address)
    except ValueError:
        raise BadCamera(f"{name!r:.60} has a kind that is unknown") from None
    return checked(
        CameraRecord(
            new_camera_id(),
            name,
            kind,
            now_s,
            origin=Origin.FILE,
            rotate=rotate,
            **switches,
            **texts,
        )
    )


def _as_entered(camera: CameraRecord, old: CameraRecord) -> CameraRecord:
    """The camera as the file has it; what the file does not hold stays."""
    return replace(
        camera,
        id=old.id,
        created_at=old.created_at,
        former_names=old.former_names,
        privacy_masks=old.privacy_masks,
        place=old.place,
        liveness=old.liveness,
    )


def _mark(path: Path) -> Mark | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
