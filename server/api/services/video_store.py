"""Videos that were sent and their results: kept for a day, and never longer than the server runs.

Crops and the timeline's picture are sealed with a key that is in this process's memory alone, one
for each video. The video that was sent and the annotated copy are files of up to gigabytes, which
have to be files for the decoder and for a player that jumps about; they lie in the clear, mode 0600
in folders of mode 0700. The video that was sent is removed as soon as its job has ended.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet

from lookout.faces.atomic_file import replace_file
from lookout.server.storage.errors import NotFound, StorageError
from lookout.server.storage.records import new_id
from lookout.server.storage.vault import DataKey

KEPT_S = 24 * 3600.0
MAX_KEPT = 32
"""The oldest is forgotten for a newer one."""
FOLDER = "videos"
_LOCK = ".lock"


class Video:
    """The files of one video. Made by `VideoStore`; any thread."""

    def __init__(self, number: str, folder: Path, made_s: float) -> None:
        """`made_s` is the time on the clock of its VideoStore."""
        self.id = number
        self.made_s = made_s
        self.source = folder / "sent"
        self.annotated = folder / "annotated.mp4"
        self._folder = folder
        self._key = DataKey(Fernet.generate_key())
        self._crops = 0

    def keep_crop(self, jpeg: bytes) -> str:
        """Keep a face; returns its address. Raises StorageError."""
        self._crops += 1
        self._seal(f"crop-{self._crops}", jpeg)
        return f"/api/v1/videos/{self.id}/crops/{self._crops}.jpg"

    def crop_at(self, address: str) -> bytes:
        """The face that `keep_crop` kept at this address. Raises NotFound or StorageError."""
        return self.crop(int(Path(address).stem))

    def crop(self, number: int) -> bytes:
        """Raises NotFound or StorageError."""
        return self._open(f"crop-{number}")

    def keep_timeline(self, png: bytes) -> None:
        """Raises StorageError."""
        self._seal("timeline", png)

    def timeline(self) -> bytes:
        """Raises NotFound or StorageError."""
        return self._open("timeline")

    def remove_source(self) -> None:
        """Remove the video that was sent, once it is no longer needed."""
        self.source.unlink(missing_ok=True)

    def _seal(self, name: str, content: bytes) -> None:
        if not self._folder.is_dir():
            raise NotFound("the video has been forgotten meanwhile")
        try:
            replace_file(self._folder / name, self._key.seal(content))
        except OSError as error:
            raise StorageError(f"cannot keep the results of a video: {error.strerror}") from error

    def _open(self, name: str) -> bytes:
        try:
            return self._key.open((self._folder / name).read_bytes())
        except FileNotFoundError:
            raise NotFound("there is no such picture of this video (yet)") from None
        except OSError as error:
            raise StorageError(f"cannot read the results of a video: {error}") from error


class VideoStore:
    """All videos of this process. Any thread. `close` removes everything."""

    def __init__(self, data: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises StorageError. Removes what dead processes left behind."""
        self._clock = clock
        self._lock = threading.Lock()
        self._videos: dict[str, Video] = {}
        self._folder = data / FOLDER / new_id()
        try:
            self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _sweep(self._folder.parent)
            self._folder.mkdir(mode=0o700)
            self._held = _locked(self._folder)
        except OSError as error:
            raise StorageError(f"cannot make {self._folder}: {error.strerror}") from error

    @property
    def free_bytes(self) -> int:
        """Free space on the disk that holds the videos."""
        return shutil.disk_usage(self._folder).free

    def new(self) -> Video:
        """A place for a video. Raises StorageError."""
        number = new_id()
        folder = self._folder / number
        try:
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise StorageError(f"cannot make {folder}: {error.strerror}") from error
        with self._lock:
            self._videos[number] = video = Video(number, folder, self._clock())
            beyond = list(self._videos)[:-MAX_KEPT]
        for old in beyond:
            self.remove(old)
        return video

    def get(self, number: str) -> Video:
        """Raises NotFound."""
        with self._lock:
            found = self._videos.get(number)
        if found is None:
            raise NotFound("there is no such video; videos are forgotten after a day")
        return found

    def remove(self, number: str) -> None:
        """Forget a video and all that was made of it, whether or not it is there."""
        with self._lock:
            self._videos.pop(number, None)
        shutil.rmtree(self._folder / number, ignore_errors=True)

    def expire(self, now_s: float | None = None) -> int:
        """Forgets what is older than KEPT_S at `now_s` of the clock; returns how many."""
        now_s = self._clock() if now_s is None else now_s
        with self._lock:
            old = [video.id for video in self._videos.values() if now_s - video.made_s > KEPT_S]
        for number in old:
            self.remove(number)
        return len(old)

    def close(self) -> None:
        with self._lock:
            self._videos.clear()
        _clear(self._folder)
        os.close(self._held)


def _locked(folder: Path) -> int:
    """A handle that locks the folder for as long as this process lives."""
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return handle


def _sweep(parent: Path) -> None:
    """Remove the folders whose process has died: the keys to them died with it."""
    for folder in parent.iterdir():
        if not folder.is_dir():
            continue
        try:
            handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            continue  # is being made this moment
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue  # another server on this data folder
        else:
            _clear(folder)
        finally:
            os.close(handle)


def _clear(folder: Path) -> None:
    """Remove the folder, its lock last: cut short, the next start finds it and goes on."""
    for child in folder.iterdir():
        if child.name != _LOCK:
            shutil.rmtree(child, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
