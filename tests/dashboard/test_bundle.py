"""The dashboard that the package holds is the one that its sources make.

Node is needed for building alone; where it is not, or the packages of `make dashboard` are not
installed, these tests are skipped, but for CI.
"""

from __future__ import annotations

import filecmp
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

SOURCES = ROOT / "dashboard"
BUILT = ROOT / "server" / "api" / "dashboard"
FIRST_LOAD_BYTES = 250_000
"""Of script, as a browser gets it from a proxy that compresses."""
BUILD_S = 300.0


@pytest.fixture(scope="module")
def npm() -> str:
    found = shutil.which("npm") or ""
    if not found or not (SOURCES / "node_modules").is_dir():
        message = "no Node, or its packages are missing: `make dashboard` installs them"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return found


def run(npm: str, *arguments: str) -> None:
    done = subprocess.run(
        [npm, "run", "--silent", *arguments],
        cwd=SOURCES,
        capture_output=True,
        text=True,
        timeout=BUILD_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_a_fresh_build_is_what_the_package_holds(npm: str, tmp_path: Path) -> None:
    run(npm, "build", "--", "--outDir", str(tmp_path / "built"))
    built = set(files_of(tmp_path / "built"))
    assert built == set(files_of(BUILT)), "`make dashboard`, and commit server/api/dashboard"
    _, differ, failed = filecmp.cmpfiles(tmp_path / "built", BUILT, sorted(built), shallow=False)
    assert (differ, failed) == ([], []), "`make dashboard`, and commit server/api/dashboard"


@pytest.mark.slow
@pytest.mark.usefixtures("npm")
def test_the_types_are_those_of_the_servers_own_openapi(tmp_path: Path) -> None:
    described = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "openapi.py")],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60.0,
    )
    (tmp_path / "openapi.json").write_bytes(described.stdout)
    fresh = tmp_path / "schema.ts"
    program = SOURCES / "node_modules" / ".bin" / "openapi-typescript"
    given = [str(program), str(tmp_path / "openapi.json"), "--output", str(fresh)]
    subprocess.run(given, capture_output=True, check=True, timeout=60.0)
    current = SOURCES / "src" / "api" / "schema.ts"
    assert fresh.read_text() == current.read_text(), "`make dashboard`, and commit the types"


@pytest.mark.slow
@pytest.mark.parametrize("check", ["lint", "check", "test"])
def test_the_sources_are_clean(npm: str, check: str) -> None:
    run(npm, check)


def test_the_first_load_is_small() -> None:
    page = (BUILT / "index.html").read_text()
    scripts = [*re.findall(r'(?:src|href)="\./(assets/[^"]+\.js)"', page)]
    assert scripts
    assert sum(compressed(BUILT / script) for script in closure(scripts)) < FIRST_LOAD_BYTES


def test_the_page_names_nothing_outside_its_folder() -> None:
    for name in ("index.html", "manifest.webmanifest", "sw.js"):
        text = (BUILT / name).read_text()
        assert "://" not in text, name
        for target in re.findall(r'(?:src|href)="([^"]+)"', text):
            assert not target.startswith("/"), target
    start = json.loads((BUILT / "manifest.webmanifest").read_text())["start_url"]
    assert start == "./"


def test_the_colours_are_those_of_the_edges_page() -> None:
    def tokens(path: Path) -> list[str]:
        return re.findall(r"--[\w-]+: [^;]+;", path.read_text())

    edge = tokens(ROOT / "edge" / "static" / "page.css")
    assert len(edge) > 20
    assert tokens(SOURCES / "src" / "tokens.css") == edge


def files_of(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield str(path.relative_to(folder))


def compressed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 6))


def closure(scripts: list[str]) -> set[Path]:
    """These scripts and all that they import at once; parts that pages load later do not count."""
    found: set[Path] = set()
    todo = [Path(script) for script in scripts]
    while todo:
        script = todo.pop()
        if script in found:
            continue
        found.add(script)
        text = (BUILT / script).read_text()
        imports = re.findall(r'(?:from|import)\s*"\./([\w.-]+\.js)"', text)
        todo += [script.parent / name for name in imports]
    return found
