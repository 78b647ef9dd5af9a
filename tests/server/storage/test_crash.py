"""SIGKILL amid concurrent writes; `python -m benchmarks.crash` is the long version."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.system.crash import run_rounds
from tests.support.mongo import is_missing


@pytest.mark.slow
def test_what_was_acknowledged_survives_sigkill_and_nothing_is_torn(tmp_path: Path) -> None:
    rounds = run_rounds(tmp_path / "data", rounds=3, writes=120, seed=1)
    assert all(one.acknowledged >= 30 for one in rounds)
    assert [(one.lost, one.torn) for one in rounds] == [(0, 0)] * 3


@pytest.mark.slow
@pytest.mark.skipif(is_missing(), reason="a server to test with is optional: secantusdb")
def test_nor_is_anything_lost_or_torn_with_mongodb(
    tmp_path: Path,
) -> None:
    rounds = run_rounds(tmp_path, rounds=2, writes=60, seed=1, store="mongo")
    assert all(one.acknowledged >= 15 for one in rounds)
    assert [(one.lost, one.torn) for one in rounds] == [(0, 0)] * 2
