"""Pictures that are too large for a message: they lie in a folder, sealed, and the message carries
their SHA-256 (a claim check)."""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path

from lookout.server.storage.errors import cannot
from lookout.server.storage.lock import make_folder
from lookout.server.streams.errors import BadStreamMessage
from lookout.server.streams.picture import claim_of
from lookout.server.streams.sealing import StreamKey

KEEP_S = 25 * 3600.0
"""An hour longer than the topic of those that failed keeps the message."""
MAX_CLAIMS = 200
"""In the folder, at up to 64 MiB each."""


class ClaimFolder:
    """A folder of sealed pictures. Any thread, any process."""

    def __init__(self, folder: Path, key: StreamKey) -> None:
        """Makes the folder. Raises StorageError."""
        make_folder(folder)
        self._folder = folder
        self._key = key

    def put(self, content: bytes, now_s: float) -> str:
        """Puts a picture down for good; returns its claim. Raises StorageError, DiskFull where too
        many lie here."""
        self.expire(now_s)
        if sum(1 for _ in self._folder.glob("*.claim")) >= MAX_CLAIMS:
            raise cannot(
                f"{MAX_CLAIMS} large pictures wait in {self._folder} already: is `lookout consume` "
                "running?",
                OSError(),
            )
        claim = claim_of(content)
        beside = self._folder / f".{uuid.uuid4()}.part"
        try:
            with beside.open("xb") as file:
                file.write(self._key.seal(content, claim))
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path(claim))
            os.utime(self._path(claim), (now_s, now_s))
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise cannot(f"{self._folder} takes no picture: {error.strerror}", error) from error
        return claim

    def get(self, claim: str) -> bytes:
        """Raises BadMessage where it is not there, or is another picture."""
        try:
            content = self._key.open(self._path(claim).read_bytes(), claim)
        except OSError as error:
            raise BadStreamMessage(
                f"the large picture that it stands for is not in {self._folder}: server and "
                "consumers need the same --kafka-claims"
            ) from error
        if claim_of(content) != claim:
            raise BadStreamMessage("the large picture that it stands for is another one")
        return content

    def expire(self, now_s: float) -> int:
        """Removes what nobody can ask for any more; returns how many."""
        gone = 0
        for path in [*self._folder.glob("*.claim"), *self._folder.glob(".*.part")]:
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < now_s - KEEP_S:
                    path.unlink()
                    gone += 1
        return gone

    def _path(self, claim: str) -> Path:
        return self._folder / f"{claim}.claim"
