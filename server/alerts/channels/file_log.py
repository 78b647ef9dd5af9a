"""The file log: JSON lines, each written whole, in a file that is rotated by size and age.

One `write` to a file opened for appending puts a line there whole, and the file is renamed, never
cut: whoever ships it sees no half line and loses none.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from lookout.server.alerts.delivery.message import AlertMessage
from lookout.server.alerts.documents.channel import FileSettings
from lookout.server.alerts.errors import NotDelivered

DAY_S = 86_400.0


class FileLog:
    """`channels.channel.OpenChannel`."""

    def __init__(
        self, settings: FileSettings, folder: Path, clock: Callable[[], float] = time.time
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._path = folder / settings.name
        self._clock = clock

    def send(self, message: AlertMessage) -> str:
        line = json.dumps({**message.data, "sent": self._clock()}, ensure_ascii=False) + "\n"
        content = line.encode("utf-8", "replace")
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._rotate(len(content))
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                self._write(handle, content)
            finally:
                os.close(handle)
        except OSError as error:
            raise NotDelivered(f"{self._path} cannot be written: {error.strerror}") from error
        return f"written to {self._path}"

    def _write(self, handle: int, content: bytes) -> None:
        before = os.fstat(handle).st_size
        written = os.write(handle, content)
        if written != len(content):
            os.ftruncate(handle, before)  # a full disk took a part of the line
            raise NotDelivered(f"the disk that holds {self._path} is full")
        os.fsync(handle)

    def _rotate(self, more: int) -> None:
        """Renames the file where it would become too large, or its first line is too old."""
        try:
            state = self._path.stat()
        except FileNotFoundError:
            return
        now_s = self._clock()
        too_large = state.st_size > 0 and state.st_size + more > self._settings.max_bytes
        if (
            not too_large
            and now_s - self._began_s(state.st_mtime) < self._settings.max_days * DAY_S
        ):
            return
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(now_s))
        target = self._path.with_name(f"{self._path.name}.{stamp}")
        number = 1
        while target.exists():
            target = self._path.with_name(f"{self._path.name}.{stamp}.{number}")
            number += 1
        self._path.rename(target)
        for old in self._rotated()[: -self._settings.keep]:
            with contextlib.suppress(FileNotFoundError):
                old.unlink()

    def _began_s(self, otherwise_s: float) -> float:
        """When the first line was written."""
        with self._path.open("rb") as file:
            first = file.readline(1 << 20)
        try:
            sent = json.loads(first).get("sent")
        except (ValueError, AttributeError):
            return otherwise_s
        return float(sent) if isinstance(sent, int | float) else otherwise_s

    def _rotated(self) -> list[Path]:
        found = self._folder.glob(f"{self._path.name}.*")
        return sorted(found, key=lambda path: (path.stat().st_mtime, path.name))
