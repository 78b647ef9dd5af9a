"""Where Flower is, and the environment in which its programs run: no telemetry, nothing fetched."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lookout import paths
from lookout.faces.atomic_file import make_private_folder
from lookout.paths import config_folder
from lookout.server.federated.errors import FlowerMissing

VARIABLE = "LOOKOUT_FLOWER"
SITE, COORDINATOR = "LOOKOUT_FEDERATED_SITE", "LOOKOUT_FEDERATED_COORDINATOR"
"""Folders that `site_app` and `round_app` work in."""
POLL_S = 0.2
_PROGRAMS = ("flower-superlink", "flower-supernode", "flwr")


@dataclass(frozen=True, slots=True)
class Flower:
    """An environment with Flower: `bin` holds its programs."""

    bin: Path

    @classmethod
    def find(cls, environ: Mapping[str, str] = os.environ) -> Flower:
        """The one that $LOOKOUT_FLOWER names, this one, or `flower/` in the configuration folder.

        Raises FlowerMissing with how to make it.
        """
        usual = config_folder(environ) / "flower"
        named = environ.get(VARIABLE)
        for folder in (Path(named),) if named else (Path(sys.prefix), usual):
            if all((folder / "bin" / program).is_file() for program in _PROGRAMS):
                return cls((folder / "bin").absolute())
        raise FlowerMissing(
            f"Flower is in no environment of its own. Make one: python3 -m venv {usual} && "
            f"{usual}/bin/pip install '.[federated]' in a clone of Lookout, or name another with "
            f"${VARIABLE}"
        )

    def program(self, name: str) -> str:
        return str(self.bin / name)

    def variables(self, folder: Path, role: str) -> dict[str, str]:
        """The environment of its programs for a site's or a coordinator's folder."""
        kept = {
            k: v for k, v in os.environ.items() if k in ("LANG", "HOME", "TZ", "LC_ALL", "TMPDIR")
        }
        return {
            **kept,
            "PATH": os.pathsep.join([str(folder / "bin"), str(self.bin), os.defpath]),
            "PYTHONPATH": str(folder / "python"),
            "FLWR_HOME": str(folder / "flower"),
            "FLWR_TELEMETRY_ENABLED": "0",
            "FLWR_SUPEREXEC_TASK_POLL_INTERVAL": str(POLL_S),
            role: str(folder.absolute()),
        }

    def prepare(self, folder: Path) -> None:
        """Puts this very code where Flower's Python finds it, and nothing else of this environment;
        and `site_app` in the place of the program that would run what a coordinator sends."""
        for name in ("bin", "python", "flower"):
            make_private_folder(folder / name)
        link = folder / "python" / "lookout"
        link.unlink(missing_ok=True)
        link.symlink_to(Path(paths.__file__).parent, target_is_directory=True)
        program = folder / "bin" / "flwr-clientapp"
        module = "lookout.server.federated.flower.site_app"
        program.write_text(f'#!/bin/sh\nexec "{self.bin / "python"}" -m {module} "$@"\n')
        program.chmod(0o700)
