"""Some of the fault table, one round each, on the real programs; `python -m benchmarks.faults`
plays all of it. With YuNet: HOG alone fills a small machine, whose page then says so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.system.faults.catalogue import FAULTS
from benchmarks.system.faults.engine import play
from benchmarks.system.faults.stage import Laboratory

pytestmark = [pytest.mark.slow, pytest.mark.data, pytest.mark.usefixtures("weights")]


@pytest.fixture(scope="module")
def laboratory(weights: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    with Laboratory(tmp_path_factory.mktemp("laboratory"), ("--detector", "yunet")) as laboratory:
        yield laboratory


@pytest.mark.parametrize("name", ["killed", "malicious", "half-open", "silence", "disk-full"])
def test_the_viewer_sees_what_the_issue_promises_and_no_program_dies(
    laboratory: Laboratory, name: str
) -> None:
    (row,) = play([FAULTS[name]], laboratory, most_rounds=1)
    assert len(row.rounds) == 1
    assert row.missed == ()
