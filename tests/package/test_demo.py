"""What `lookout demo` brings besides the two programs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from lookout.demo import LOOKOUT, make_first_rule


def test_the_store_of_the_demo_begins_with_a_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKOUT_HOME", str(tmp_path))
    make_first_rule()
    exported = subprocess.run(
        [*LOOKOUT, "alerts", "export"], capture_output=True, text=True, timeout=60, check=True
    )
    assert 'name = "somebody you know comes"' in exported.stdout
    assert (tmp_path / "data" / "lookout.db").is_file()
