"""A disk for the edge's captures that can be filled to the last byte, and emptied again.

Where the system lets us, it is a real one: a tmpfs of 256 KiB that only the edge process sees,
mounted in a mount namespace of its own. Elsewhere (containers often forbid mounting) the edge's
largest file is limited to nothing (RLIMIT_FSIZE): writes fail all the same, with EFBIG in place of
ENOSPC.
"""

from __future__ import annotations

import os
import resource
import subprocess
from pathlib import Path

from benchmarks.support.programs import Program

SIZE_KIB = 256
MOUNT = 'mount -t tmpfs -o size="$1"k lookout "$2" && shift 2 && exec "$@"'
FILLER = ".filler"


class Disk:
    """The folder `images` as the edge sees it. `within` is what the edge's command begins with."""

    def __init__(self, images: Path) -> None:
        self._images = images
        self._edge: Program | None = None
        images.mkdir(parents=True)
        as_user = () if os.geteuid() == 0 else ("--user", "--map-current-user", "--keep-caps")
        command = (
            *("unshare", "--mount", "--propagation", "private", *as_user),
            *("sh", "-c", MOUNT, "sh", str(SIZE_KIB), str(images)),
        )
        self.mounted = _runs((*command, "true"))
        self.within: tuple[str, ...] = command if self.mounted else ()

    @property
    def kind(self) -> str:
        return f"tmpfs of {SIZE_KIB} KiB" if self.mounted else "RLIMIT_FSIZE"

    def attach(self, edge: Program) -> None:
        """The edge that was started with `within`."""
        self._edge = edge

    def fill(self) -> None:
        if not self.mounted:
            self._limit(0)
            return
        with (self.seen() / FILLER).open("wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(4096))
            except OSError:
                return  # full, as intended

    def free(self) -> None:
        if self.mounted:
            (self.seen() / FILLER).unlink()
        else:
            self._limit(resource.RLIM_INFINITY)

    def files(self) -> list[str]:
        """The files that the edge left there, whole or not."""
        seen = self.seen()
        found = (path for path in seen.rglob("*") if path.is_file())
        return sorted(str(path.relative_to(seen)) for path in found if path.name != FILLER)

    def seen(self) -> Path:
        """The folder as the edge sees it, reached through its process."""
        if not self.mounted:
            return self._images
        return Path(f"/proc/{self._pid()}/root") / self._images.relative_to("/")

    def _limit(self, size: int) -> None:
        _, hard = resource.prlimit(self._pid(), resource.RLIMIT_FSIZE)
        resource.prlimit(self._pid(), resource.RLIMIT_FSIZE, (size, hard))

    def _pid(self) -> int:
        if self._edge is None:
            raise RuntimeError("the disk has no edge yet")
        return self._edge.pid


def _runs(command: tuple[str, ...]) -> bool:
    try:
        return (
            subprocess.run(command, capture_output=True, timeout=10.0, check=False).returncode == 0
        )
    except OSError:
        return False
