"""A fresh install without a network: the demo, training and the HTTP API, and who is named when.

The wheel is built and installed with the extras of the README into an environment of its own, with
the network; everything after that runs without one, in a namespace that has none where the system
allows it (Linux, unprivileged user namespaces), else with proxies that lead nowhere.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.support.command import command_parser
from benchmarks.support.report import table, write_json
from lookout.edge.cameras.demo import portrait

ROOT = Path(__file__).resolve().parents[2]
STEPS = ROOT / "benchmarks" / "support" / "offline_steps.py"
EXTRAS = "server,edge,api,demo,models"
ALONE = ("unshare", "--user", "--map-root-user", "--net")
PORTRAIT_ROWS = 330
INSTALL_TIMEOUT_S, STEPS_TIMEOUT_S = 900, 600
_EPILOG = """examples:
  python -m benchmarks.fresh_install
  python -m benchmarks.fresh_install --models ../shared/models --json fresh.json
"""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        began_s = time.monotonic()
        python = install(folder)
        installed_s = time.monotonic() - began_s
        size_mb = sum(f.stat().st_size for f in (folder / "venv").rglob("*") if f.is_file()) / 1e6
        cut_off = without_network()
        steps = run(folder, python, cut_off, options.models)
    print(f"installed in {installed_s:.0f} s, {size_mb:.0f} MB, with all that it needs")
    print(f"without a network: {'a namespace of its own' if cut_off else 'proxies to nowhere'}")
    rows = [(way, what, value) for way, facts in steps.items() for what, value in facts.items()]
    print(table(("way", "what", "measured"), rows))
    facts = {"installed_s": installed_s, "installed_mb": size_mb, "namespace": bool(cut_off)}
    write_json(options.json, "fresh_install", facts | {"steps": steps})
    named = all("Eileen Collins" in facts["names"] for facts in steps.values())
    return 0 if named else 1


def install(folder: Path) -> Path:
    """An environment with the wheel and what it needs; its Python."""
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    copy = folder / "clone"
    subprocess.run(("git", "clone", "--quiet", str(ROOT), str(copy)), check=True)
    subprocess.run(
        (*pip, "wheel", "--no-deps", "--wheel-dir", str(folder), str(copy)),
        check=True,
        timeout=INSTALL_TIMEOUT_S,
    )
    (wheel,) = folder.glob("lookout-*.whl")
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run(
        (*pip, "--python", str(python), "install", f"{wheel}[{EXTRAS}]"),
        check=True,
        timeout=INSTALL_TIMEOUT_S,
    )
    return python


def without_network() -> tuple[str, ...]:
    """The command that runs another one without a network; empty where the system has none."""
    try:
        tried = subprocess.run((*ALONE, "true"), capture_output=True, timeout=10, check=False)
    except OSError:
        return ()
    return ALONE if tried.returncode == 0 else ()


def run(
    folder: Path, python: Path, cut_off: Sequence[str], models: Path | None
) -> dict[str, dict[str, Any]]:
    """The steps as the user of a fresh install, by what that user has."""
    mirrored = np.ascontiguousarray(portrait()[:PORTRAIT_ROWS, ::-1])
    cv2.imwrite(str(folder / "portrait.png"), mirrored)
    more = [] if models is None else [str(models.resolve())]
    ended = subprocess.run(
        (*cut_off, str(python), str(STEPS), str(folder), *more),
        env={name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
        stdout=subprocess.PIPE,
        text=True,
        timeout=STEPS_TIMEOUT_S,
        check=True,
    )
    steps: dict[str, dict[str, Any]] = json.loads(ended.stdout)
    return steps


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("fresh_install", __doc__, _EPILOG)
    parser.add_argument("--models", type=Path, help="a folder of models, for a second user")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
