"""The slope of round trips over a minute, on series whose slope is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.system.link import drift_interval, drift_ms_per_min

AT_S = np.arange(0.0, 60.0, 0.1).tolist()


def test_a_queue_that_grows_by_a_millisecond_a_second_drifts_by_sixty_a_minute() -> None:
    growing = [100.0 + second for second in AT_S]
    assert drift_ms_per_min(AT_S, growing) == pytest.approx(60.0)
    low, high = drift_interval(AT_S, growing)
    assert low == pytest.approx(60.0)
    assert high == pytest.approx(60.0)


def test_waves_of_twenty_seconds_leave_the_slope_undecided() -> None:
    waves = [100.0 + 20.0 * float(np.sin(second * 2 * np.pi / 20.0)) for second in AT_S]
    low, high = drift_interval(AT_S, waves)
    assert low < 0.0 < high
