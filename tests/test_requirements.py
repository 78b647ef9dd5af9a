"""requirements.txt is what pyproject.toml says, for those who install from it."""

from __future__ import annotations

import tomllib

from tests.support.paths import ROOT


def test_requirements_hold_what_the_server_the_edge_and_the_api_need() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    listed = {stripped for line in lines if (stripped := line.partition("#")[0].strip())}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    assert listed == {*extras["server"], *extras["edge"], *extras["api"]}
