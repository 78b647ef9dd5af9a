"""Builds the Debian package of the edge: `python deploy/debian/build.py --arch arm64`.

The package holds Lookout and what pip would install, as wheels for the other machine, so one
machine builds for all and no compiler is needed. It is for one release of Debian, because wheels
are for one Python: bookworm has 3.11, trixie 3.13. `dpkg-deb` and pip are needed.
"""

from __future__ import annotations

import argparse
import compileall
import py_compile
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PYTHONS = {"bookworm": "3.11", "trixie": "3.13"}
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
MANYLINUX = (
    "manylinux_2_28",
    "manylinux_2_27",
    "manylinux_2_26",
    "manylinux_2_17",
    "manylinux2014",
)
EXTRAS = "edge,edge-rtsp"
PINNED = {"bookworm": ("numpy<2",), "trixie": ()}
"""What apt's picamera2 of a release was compiled for."""
LIBRARIES = Path("usr/lib/lookout-edge")


def main() -> int:
    """Writes the package into --out; says where."""
    given = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        fill(tree, Path(folder) / "wheels", given.release, given.arch)
        version = f"{given.version or source_version()}-1+{given.release}"
        describe(tree, version, given.release, given.arch)
        package = given.out / f"lookout-edge_{version}_{given.arch}.deb"
        given.out.mkdir(parents=True, exist_ok=True)
        _run("dpkg-deb", "--build", "--root-owner-group", "-Zzstd", "-z3", tree, package)
    sys.stdout.write(f"{package}\n")
    return 0


def fill(tree: Path, wheels: Path, release: str, arch: str) -> None:
    """The files of the package."""
    libraries = tree / LIBRARIES
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    _run(*pip, "wheel", "--no-deps", "--wheel-dir", wheels, ROOT, "imutils")
    lookout = next(wheels.glob("lookout-*.whl"))
    platforms = [f"--platform={name}_{MACHINES[arch]}" for name in MANYLINUX]
    _run(
        *(*pip, "install", "--target", libraries, "--find-links", wheels, "--no-compile"),
        "--no-warn-conflicts",
        *("--only-binary=:all:", "--implementation=cp", f"--python-version={PYTHONS[release]}"),
        *(*platforms, f"{lookout}[{EXTRAS}]", *PINNED[release]),
    )
    shutil.rmtree(libraries / "bin", ignore_errors=True)
    if f"{sys.version_info.major}.{sys.version_info.minor}" == PYTHONS[release]:
        compileall.compile_dir(
            libraries,
            quiet=1,
            stripdir=tree,
            prependdir="/",
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
    _put(tree / "usr/bin/lookout", (HERE / "lookout.py").read_text(encoding="utf-8"), 0o755)
    unit = (ROOT / "systemd/lookout-edge.service").read_text(encoding="utf-8")
    _put(tree / "lib/systemd/system/lookout-edge.service", packaged(unit), 0o644)
    settings = (ROOT / "systemd/lookout-edge.env").read_text(encoding="utf-8")
    _put(tree / "etc/lookout/lookout-edge.env", settings, 0o600)
    documents = tree / "usr/share/doc/lookout-edge"
    for name in ("LICENSE", "CHANGELOG.md"):
        _put(documents / name, (ROOT / name).read_text(encoding="utf-8"), 0o644)


def packaged(unit: str) -> str:
    """The unit of a clone as that of the package: other paths, the same restrictions."""
    for before, after in (
        ("/srv/lookout/.venv/bin/python -m edge", "/usr/bin/lookout edge"),
        ("file:///srv/lookout/docs/systemd.md", "file:///usr/share/doc/lookout-edge/CHANGELOG.md"),
        ("WorkingDirectory=/srv/lookout", "WorkingDirectory=/var/lib/lookout-edge"),
        (
            "ReadWritePaths=/srv/lookout/utils",
            "ReadWritePaths=/var/lib/lookout-edge\nEnvironment=LOOKOUT_HOME=/var/lib/lookout-edge",
        ),
    ):
        if unit.count(before) != 1:
            raise ValueError(f"the unit does not hold {before} once")
        unit = unit.replace(before, after)
    return unit


def describe(tree: Path, version: str, release: str, arch: str) -> None:
    """What dpkg is told of the package."""
    major, minor = PYTHONS[release].split(".")
    size = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file()) // 1024
    control = f"""\
Package: lookout-edge
Version: {version}
Architecture: {arch}
Maintainer: The Lookout authors <nobody@example.org>
Installed-Size: {size}
Depends: python3 (>= {major}.{minor}), python3 (<< {major}.{int(minor) + 1}), libstdc++6, passwd
Recommends: python3-picamera2
Section: video
Priority: optional
Description: camera and live page of Lookout
 Shows this machine's camera on a web page; a recognition server on another
 machine names the faces. Settings are in /etc/lookout/lookout-edge.env.
"""
    _put(tree / "DEBIAN/control", control, 0o644)
    _put(tree / "DEBIAN/conffiles", "/etc/lookout/lookout-edge.env\n", 0o644)
    for script in ("postinst", "prerm", "postrm"):
        _put(tree / "DEBIAN" / script, (HERE / script).read_text(encoding="utf-8"), 0o755)


def source_version() -> str:
    """The version of Lookout, as in the sources."""
    text = (ROOT / "lookout/__init__.py").read_text(encoding="utf-8")
    found = re.search(r'__version__ = "([^"]+)"', text)
    if found is None:
        raise ValueError("lookout/__init__.py states no version")
    return found[1]


def _put(path: Path, text: str, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def _run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True, timeout=900)  # noqa: S603


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--arch", choices=tuple(MACHINES), default="arm64", help="(%(default)s)")
    parser.add_argument(
        "--release", choices=tuple(PYTHONS), default="bookworm", help="of Debian (%(default)s)"
    )
    parser.add_argument("--version", help="another one than that of the sources")
    parser.add_argument("--out", type=Path, default=Path("dist"), help="(%(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
