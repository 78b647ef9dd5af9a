"""An image of `deploy/docker`, built for real and run as it is meant to run, without an engine.

buildah builds it in a chroot (isolation `chroot`, storage `vfs`) on a base that mmdebstrap makes of
Debian. bubblewrap runs it: its root read-only, its user, its entry point and its health check as
the image says them, `/tmp` empty and `/data` a folder. This needs root, and no daemon.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
BASE = "localhost/lookout-base:1"
PACKAGES = "python3,python3-venv,ca-certificates"
LEAN = ("doc", "man", "locale")
BUILD_S, STEP_S = 1500.0, 300.0
SHARED = ("/etc/ssl/certs", "/etc/pip.conf")
"""What the build borrows from this machine: its certificates and its package index."""


class TrialFailed(RuntimeError):
    """A step did not end well; the message is the end of what it said."""


@dataclass(frozen=True, slots=True)
class Image:
    """A built image: its unpacked root, and its configuration as the OCI specification has it."""

    root: Path
    config: dict[str, Any]
    size_mb: float
    layers: int

    @property
    def environment(self) -> dict[str, str]:
        """The variables that the image sets."""
        return dict(line.split("=", 1) for line in self.config.get("Env", ()))

    def command(self, data: Path, program: Sequence[str], **more: str) -> list[str]:
        """The command that runs a program of the image; `more` are variables."""
        user, _, group = self.config["User"].partition(":")
        binds = ["--ro-bind", str(self.root), "/", "--bind", str(data), "/data"]
        variables = {**self.environment, **more}
        return [
            *("bwrap", *binds, "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"),  # noqa: S108
            *("--unshare-pid", "--die-with-parent", "--clearenv"),
            *(word for item in variables.items() for word in ("--setenv", *item)),
            *("--chdir", self.config.get("WorkingDir") or "/"),
            *("setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"),
            *("--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"),
            *program,
        ]

    def run(self, data: Path, program: Sequence[str], timeout_s: float = STEP_S) -> str:
        """What a program of the image says. Raises TrialFailed."""
        return output(self.command(data, program), timeout_s)

    @property
    def health_check(self) -> list[str]:
        """The command of HEALTHCHECK."""
        test: list[str] = self.config["Healthcheck"]["Test"]
        return test[1:]


@dataclass(frozen=True, slots=True)
class Builder:
    """buildah with a store of its own in `folder`."""

    folder: Path

    def base(self, tar: Path) -> None:
        """Makes the base image of a Debian that mmdebstrap has packed, and that where missing."""
        if not tar.exists():
            without = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in LEAN]
            made = tar.with_suffix(".part.tar")
            command = ["mmdebstrap", "--variant=minbase", f"--include={PACKAGES}", *without]
            output([*command, "bookworm", str(made)], BUILD_S)
            made.replace(tar)
        container = self._buildah("from", "scratch").strip()
        self._buildah("add", container, str(tar), "/")
        self._buildah("commit", "--rm", container, BASE)

    def build(self, dockerfile: Path, tag: str) -> Image:
        """Builds a Dockerfile from the top of the repository on the base."""
        shared = [path for path in SHARED if Path(path).exists()]
        volumes = [word for path in shared for word in ("--volume", f"{path}:{path}:ro")]
        self._buildah(
            *("bud", "--isolation", "chroot", "--network", "host", "--format", "docker", *volumes),
            *("--build-arg", f"BASE={BASE}", "--tag", tag, "--file", str(dockerfile), str(ROOT)),
        )
        described = json.loads(self._buildah("inspect", "--type", "image", tag))
        container = self._buildah("from", tag).strip()
        root = Path(self._buildah("mount", container).strip())
        return Image(
            root,
            described["Docker"]["config"],
            megabytes(root),
            len(described["Docker"]["rootfs"]["diff_ids"]),
        )

    def _buildah(self, *arguments: str) -> str:
        places = ("--root", str(self.folder / "store"), "--runroot", str(self.folder / "run"))
        return output(["buildah", *places, "--storage-driver", "vfs", *arguments], BUILD_S)


def megabytes(folder: Path) -> float:
    """The files of a folder, in MB."""
    sizes = (path.lstat().st_size for path in folder.rglob("*") if path.is_file())
    return sum(sizes) / 1e6


def output(command: Sequence[str], timeout_s: float) -> str:
    """What a command says. Raises TrialFailed with the end of its complaint."""
    ended = subprocess.run(
        list(command), capture_output=True, text=True, timeout=timeout_s, check=False
    )
    if ended.returncode:
        raise TrialFailed(f"{command[0]} ended with {ended.returncode}: {ended.stderr[-2000:]}")
    return ended.stdout


def until_it_is_well(image: Image, data: Path, timeout_s: float, **more: str) -> float:
    """Seconds until the health check of the image succeeds. Raises TrialFailed."""

    def is_well() -> bool:
        check = image.command(data, image.health_check, **more)
        return subprocess.run(check, capture_output=True, timeout=30, check=False).returncode == 0

    try:
        return wait_until(is_well, timeout_s, "health", lambda: time.sleep(1.0))
    except TimeoutError as error:
        raise TrialFailed(f"it is not well after {timeout_s:.0f} s") from error
