"""How long a guesser waits, worked out by hand."""

from __future__ import annotations

import pytest

from lookout.server.accounts.delay import FORGOTTEN_AFTER_S, DelayRule, delay_s, wait_s
from lookout.server.storage.records import Failures

RULE = DelayRule(free=3, cap_s=60.0)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (3, 0), (4, 1), (5, 2), (6, 4), (9, 32), (10, 60), (100_000, 60)],
)
def test_the_delay_doubles_after_the_free_failures_up_to_the_cap(
    failures: int, seconds: float
) -> None:
    assert delay_s(failures, RULE) == seconds


@pytest.mark.parametrize(
    ("at_s", "seconds"),
    [
        (1000.0, 4.0),
        (1003.0, 1.0),
        (1004.0, 0.0),
        (1000.0 + FORGOTTEN_AFTER_S, 0.0),
        (900.0, 4.0),
        (-9e6, 0.0),
    ],
)
def test_the_wait_counts_from_the_latest_failure(at_s: float, seconds: float) -> None:
    assert wait_s(Failures(6, 1000.0), RULE, at_s) == seconds
