"""The wheel as its user meets it: installed into a venv of its own, run from an empty folder.

The venv sees the dependencies of the tests, but neither the clone nor the link to it that
`pip install --editable` makes: Python reads no .pth file of a folder that a .pth file names.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import time
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

import lookout
from lookout.cli import COMMANDS, HELP
from lookout.edge.cameras.demo import portrait
from lookout.wire.connection import Connection, connect
from tests.support.paths import ROOT
from tests.support.service import receive_result, send_frame

pytestmark = pytest.mark.slow

SOURCES = ("lookout", "server", "edge", "faces", "wire", "overlay", "docs", "systemd")
FILES = ("pyproject.toml", "MANIFEST.in", "README.md", "LICENSE", "CHANGELOG.md")
ASTRONAUT = "Eileen Collins"
FACE_BOTTOM = 320
"""Rows of the portrait; below is a mission patch that HOG takes for a second face."""
START_TIMEOUT_S = 180.0
NAMED_TIMEOUT_S = 60.0
LISTENS = re.compile(r"listening on \S+ port (\d+)")
BUILD = "import sys; from setuptools import build_meta; build_meta.{}(sys.argv[1])"
IMPORT_ALL = """
import importlib, pkgutil, sys
import lookout
# torch is of no extra, and used where it is; the extras of the others are not installed for tests
OPTIONAL = {"torch", "flwr", "ray", "qdrant_client", "pymilvus"}
for module in pkgutil.walk_packages(lookout.__path__, "lookout."):
    if module.name.endswith("__main__"):
        continue
    try:
        importlib.import_module(module.name)
    except ModuleNotFoundError as error:
        if error.name not in OPTIONAL:
            raise
print(*(m.__file__ for n, m in sys.modules.items() if n.split(".")[0] == "lookout"), sep="\\n")
"""


@dataclass(frozen=True, slots=True)
class Installed:
    """The wheel in its venv, and the folder of a user who has nothing yet."""

    venv: Path
    user: Path

    @property
    def home(self) -> Path:
        """The folder that Lookout keeps people in."""
        return self.user / ".local" / "share" / "lookout"

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the tests' own, above all no PYTHONPATH."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return kept | {"HOME": str(self.user), "PYTHONDONTWRITEBYTECODE": "1"}

    def command(self, *arguments: str) -> list[str]:
        return [str(self.venv / "bin" / arguments[0]), *arguments[1:]]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.user / "empty",
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


def build(source: Path, hook: str, into: Path) -> Path:
    """Run a hook of the build backend in `source`; the one file that it makes."""
    into.mkdir()
    subprocess.run([sys.executable, "-c", BUILD.format(hook), str(into)], cwd=source, check=True)
    (built,) = into.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, because building writes beside the sources. Links stay links."""
    copy = tmp_path_factory.mktemp("clone")
    for name in SOURCES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=ignored)
    for name in (*FILES, "requirements.txt"):
        shutil.copy(ROOT / name, copy)
    return build(copy, "build_sdist", copy / "dist")


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the source distribution, so that this is shown to be complete."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (source,) = folder.iterdir()
    return build(source, "build_wheel", folder / "dist")


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv" / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", str(python), "--quiet", "install")
    subprocess.run([*pip, "--no-deps", "--no-index", "--no-compile", str(wheel)], check=True)
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    dependencies = dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
    (packages / "dependencies.pth").write_text("\n".join(dependencies), encoding="utf-8")
    (folder / "user" / "empty").mkdir(parents=True)
    return Installed(folder / "venv", folder / "user")


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if not path.is_dir()}


def test_the_wheel_installs_the_name_lookout_alone_and_no_links(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        links = [entry.filename for entry in archive.infolist() if entry.external_attr >> 28 == 0xA]
    assert {name.partition("/")[0] for name in names} == {
        "lookout",
        f"lookout-{lookout.__version__}.dist-info",
    }
    assert links == []


def test_the_wheel_holds_every_file_of_the_rooms(wheel: Path) -> None:
    rooms = ROOT / "lookout"
    listed = subprocess.run(
        ["git", "ls-files", "edge", "faces", "overlay", "server", "wire"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    expected = {f"lookout/{name}" for name in listed.stdout.splitlines()}
    expected |= {f"lookout/{file.name}" for file in rooms.iterdir() if file.is_file()}
    with zipfile.ZipFile(wheel) as archive:
        assert {name for name in archive.namelist() if name.startswith("lookout/")} == expected


def test_the_source_distribution_holds_the_documents_and_the_units(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names >= set(FILES)
    assert names >= {"docs/systemd.md", "docs/images/page.png", "systemd/lookout-edge.service"}


def test_every_module_is_imported_from_the_wheel(installed: Installed) -> None:
    ended = installed.run("python", "-c", IMPORT_ALL)
    assert ended.returncode == 0, ended.stderr
    files = ended.stdout.splitlines()
    assert len(files) > 200
    assert [file for file in files if not file.startswith(str(installed.venv))] == []


def test_help_and_version(installed: Installed) -> None:
    assert installed.run("lookout", "--help").stdout == HELP
    assert installed.run("lookout", "--version").stdout == f"lookout {lookout.__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_explains_itself(installed: Installed, command: str) -> None:
    ended = installed.run("lookout", command, "--help")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(f"usage: lookout {command} ")


def test_the_registry_of_models_is_in_the_wheel(installed: Installed) -> None:
    ended = installed.run("lookout", "models", "list")
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"^yunet .* MB .* Apache-2\.0", ended.stdout, re.MULTILINE)


@contextlib.contextmanager
def running_server(installed: Installed, *options: str) -> Iterator[int]:
    """`lookout server` on a free port, which it says in its log."""
    log = installed.user.parent / "server.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            installed.command("lookout", "server", "--port", "0", *options),
            cwd=installed.user / "empty",
            env=installed.environment,
            stderr=stream,
        )
    try:
        until_s = time.monotonic() + START_TIMEOUT_S
        while (match := LISTENS.search(log.read_text(encoding="utf-8"))) is None:
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < until_s, log.read_text(encoding="utf-8")
            time.sleep(0.05)
        yield int(match[1])
    finally:
        process.terminate()
        process.wait(20.0)
    assert process.returncode == 0, log.read_text(encoding="utf-8")


def name_in(edge: Connection, jpeg: bytes) -> str | None:
    """The name of the one face in a picture."""
    send_frame(edge, "door", 1, jpeg)
    result, _ = receive_result(edge, NAMED_TIMEOUT_S)
    (face,) = result.faces
    return face.name


def test_who_is_trained_is_named_and_nothing_is_written_elsewhere(installed: Installed) -> None:
    before = files_below(installed.venv)
    photograph = installed.home / "utils" / "images" / ASTRONAUT / "portrait.jpg"
    photograph.parent.mkdir(parents=True)
    cv2.imwrite(str(photograph), portrait()[:FACE_BOTTOM], [cv2.IMWRITE_JPEG_QUALITY, 95])
    trained = installed.run("lookout", "train", "--detector", "hog")
    assert trained.returncode == 0, trained.stderr
    utils = f"{installed.home}/utils"
    assert f"{utils}/encodings.sface.pkl: 1 encodings of 1 people" in trained.stdout
    assert f"{utils}/encodings.pkl: the same photographs by dlib-128" in trained.stdout

    mirrored = np.ascontiguousarray(portrait()[:FACE_BOTTOM, ::-1])
    jpeg = cv2.imencode(".jpg", mirrored)[1].tobytes()
    with (
        running_server(installed, "--no-http", "--detector", "hog") as port,
        contextlib.closing(connect("127.0.0.1", port, client_id="test")) as edge,
    ):
        assert name_in(edge, jpeg) == ASTRONAUT

    cache = installed.user / ".cache" / "lookout"
    for path in files_below(installed.user):
        assert path.is_relative_to(installed.home) or path.is_relative_to(cache), path
    assert files_below(installed.venv) == before
