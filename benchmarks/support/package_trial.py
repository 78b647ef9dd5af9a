"""The Debian package of the edge, built, installed by apt in a clean Debian, upgraded and purged.

The Debian is a folder that mmdebstrap makes; for another kind of machine its programs run under
qemu-user. The edge in it shows the demo camera, and a server outside names who is on it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cv2

from benchmarks.support.image_trial import BUILD_S, ROOT, TrialFailed, output
from benchmarks.support.programs import start_server, status_of, train
from benchmarks.support.waiting import wait_until
from lookout.demo import ASTRONAUT, FACE_BOTTOM
from lookout.edge.cameras.demo import portrait

VERSIONS = ("0.1.0", "0.1.1")
"""Two versions of the same code, for an upgrade."""
PAGE = 18001
NAMED_S = 240.0
SETTINGS = Path("etc/lookout/lookout-edge.env")
OURS = "LOOKOUT_EDGE_OPTIONS=--camera demo --port 18001"
"""What the user writes into the settings; an upgrade must leave it alone."""


def try_package(folder: Path, arch: str, release: str) -> dict[str, Any]:
    """Builds two versions, installs, runs, upgrades and purges. Raises TrialFailed."""
    repository = folder / "repository"
    shutil.rmtree(repository, ignore_errors=True)
    began_s = time.monotonic()
    first = build(repository, VERSIONS[0], arch, release)
    facts: dict[str, Any] = {
        "build s": round(time.monotonic() - began_s),
        "package MB": round(first.stat().st_size / 1e6, 1),
    }
    root = clean_debian(folder, arch, release)
    offer(root, repository)
    began_s = time.monotonic()
    inside(root, "apt-get", "install", "--yes", "--no-install-recommends", "lookout-edge")
    facts |= {
        "installed s": round(time.monotonic() - began_s),
        "installed version": installed(root),
        "user": inside(root, "id", "-un", "lookout").strip(),
        "mode of the settings": oct((root / SETTINGS).stat().st_mode & 0o777),
    }
    write_settings(root)
    facts |= named_by_a_server_outside(folder, root)
    build(repository, VERSIONS[1], arch, release)
    offer(root, repository)
    inside(root, "apt-get", "upgrade", "--yes")
    facts["after apt upgrade"] = installed(root)
    facts["settings kept"] = OURS in (root / SETTINGS).read_text(encoding="utf-8")
    inside(root, "apt-get", "purge", "--yes", "lookout-edge")
    left = [root / "usr/lib/lookout-edge/lookout", root / "var/lib/lookout-edge", root / SETTINGS]
    facts["left after apt purge"] = ", ".join(str(path) for path in left if path.exists()) or "none"
    return facts


def build(repository: Path, version: str, arch: str, release: str) -> Path:
    """The package of a version, in a folder that apt takes for a repository."""
    script = ROOT / "deploy" / "debian" / "build.py"
    options = ("--arch", arch, "--release", release, "--version", version)
    said = output(
        [sys.executable, str(script), *options, "--out", str(repository)], timeout_s=BUILD_S
    )
    index = output(["dpkg-scanpackages", "--multiversion", str(repository)], 120)
    listed = index.replace(f"Filename: {repository}/", "Filename: ./")
    (repository / "Packages").write_text(listed, encoding="utf-8")
    return Path(said.splitlines()[-1])


def clean_debian(folder: Path, arch: str, release: str) -> Path:
    """A minimal Debian in a folder, fresh from its archive."""
    root = folder / f"{release}-{arch}"
    tar = folder / f"{release}-{arch}.tar"
    if not tar.exists():
        part = tar.with_suffix(".part.tar")
        options = (f"--architectures={arch}", "--variant=minbase", "--include=ca-certificates")
        output(["mmdebstrap", *options, release, str(part)], BUILD_S)
        part.replace(tar)
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    output(["tar", "--extract", "--file", str(tar), "--directory", str(root)], 300)
    shutil.copy("/etc/resolv.conf", root / "etc" / "resolv.conf")
    return root


def offer(root: Path, repository: Path) -> None:
    """Shows the repository to the apt of a Debian."""
    shutil.copytree(repository, root / "srv" / "packages", dirs_exist_ok=True)
    line = "deb [trusted=yes] file:/srv/packages ./\n"
    (root / "etc/apt/sources.list.d/lookout.list").write_text(line, encoding="utf-8")
    inside(root, "apt-get", "update")


def inside(root: Path, *command: str) -> str:
    """What a command in that Debian says. Raises TrialFailed."""
    environment = ("DEBIAN_FRONTEND=noninteractive", "PATH=/usr/sbin:/usr/bin:/sbin:/bin")
    return output(["chroot", str(root), "env", "-i", *environment, *command], BUILD_S)


def installed(root: Path) -> str:
    return inside(root, "dpkg-query", "--show", "--showformat=${Version}", "lookout-edge")


def write_settings(root: Path) -> None:
    """What a user would: the token of the server, and the camera."""
    path = root / SETTINGS
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("LOOKOUT_EDGE_OPTIONS")]
    path.write_text("\n".join([*kept, OURS, ""]), encoding="utf-8")


def named_by_a_server_outside(folder: Path, root: Path) -> dict[str, Any]:
    """Starts the edge as its unit does, and a server of this checkout; who is on the page?"""
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target")
    output([*pip, str(root / "srv" / "demo"), "scikit-image"], BUILD_S)
    people = folder / "people"
    photograph = people / "images" / ASTRONAUT / "portrait.jpg"
    photograph.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(photograph), portrait()[:FACE_BOTTOM], [cv2.IMWRITE_JPEG_QUALITY, 95])
    train(people)
    with start_server(people) as server:
        user = ("setpriv", "--reuid=lookout", "--regid=lookout", "--init-groups")
        variables = (
            *("LOOKOUT_HOME=/var/lib/lookout-edge", "HOME=/var/lib/lookout-edge"),
            *("PYTHONPATH=/srv/demo", "PATH=/usr/bin:/bin"),
        )
        options = (*OURS.partition("=")[2].split(), "--server-port", str(server.port))
        command = ["chroot", str(root), *user, "env", "-i", *variables, "lookout", "edge", *options]
        with (folder / "edge.log").open("w") as log:
            edge = subprocess.Popen(command, stdout=log, stderr=log)
            try:
                named_s = wait_until(lambda: ASTRONAUT in names(), NAMED_S, "a name on the page")
            except TimeoutError as error:
                told = (folder / "edge.log").read_text(encoding="utf-8")
                raise TrialFailed(f"{error}: {told[-1500:]}") from error
            finally:
                edge.terminate()
                edge.wait(30)
    return {"name on the page": ASTRONAUT, "named after s": round(named_s, 1)}


def names() -> list[str]:
    """The names on the page of the edge at this moment."""
    try:
        faces = status_of(PAGE)["faces"]
    except (OSError, KeyError):
        return []
    return [str(face.get("name")) for face in faces]
