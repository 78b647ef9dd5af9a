"""docs/limits.md names constants and tests that are there."""

from __future__ import annotations

import re

from tests.support.paths import ROOT

ROW = re.compile(r"^\| .*\| `(\w+)` in `([\w/]+\.py)` \| `(tests/[\w/]+\.py)` \|$")


def test_each_limit_names_a_constant_and_a_test_that_exist() -> None:
    bounds, _, _ = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8").partition("## What a")
    lines = bounds.splitlines()
    rows = [line for line in lines if line.startswith("| ") and not line.startswith("| what")]
    assert len(rows) >= 20
    for line in rows:
        found = ROW.match(line)
        assert found, f"this row names no constant and test: {line}"
        name, module, test = found.groups()
        assert re.search(rf"^{name}\b.* = ", (ROOT / module).read_text(), re.MULTILINE), line
        assert (ROOT / test).is_file(), line
