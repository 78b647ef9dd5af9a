"""SIGKILL amid alerts; `python -m benchmarks.alert_kills` is the long version."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.system.alert_kills import run_kills


@pytest.mark.slow
def test_no_alert_is_lost_and_none_is_told_by_two_messages(tmp_path: Path) -> None:
    outcome = run_kills(tmp_path / "data", kills=2, seed=1)
    assert outcome.acknowledged >= 5
    assert (outcome.lost, outcome.doubled) == (0, 0)
