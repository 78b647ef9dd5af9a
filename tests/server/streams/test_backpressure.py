"""When a consumer reads on, waits, and pauses."""

from __future__ import annotations

from lookout.server.streams.backpressure import (
    HIGH,
    HIGH_BYTES,
    LOW,
    PAUSED_AFTER_S,
    Backpressure,
    Reading,
)


def with_pictures(count: int, size: int = 1000) -> Backpressure:
    pressure = Backpressure()
    for _ in range(count):
        pressure.taken(size)
    return pressure


def test_reads_until_its_hands_are_full() -> None:
    pressure = with_pictures(HIGH - 1)
    assert pressure.look(0.0) is Reading.READS
    pressure.taken(1000)
    assert pressure.look(0.0) is Reading.WAITS


def test_an_answer_in_time_spares_the_pause() -> None:
    pressure = with_pictures(HIGH)
    pressure.look(0.0)
    pressure.answered(1000)
    assert pressure.look(PAUSED_AFTER_S - 0.1) is Reading.READS
    pressure.taken(1000)
    assert pressure.look(PAUSED_AFTER_S + 0.1) is Reading.WAITS


def test_pauses_once_nothing_is_answered_for_a_while_and_reads_on_with_few_in_hand() -> None:
    pressure = with_pictures(HIGH)
    pressure.look(0.0)
    assert pressure.look(PAUSED_AFTER_S) is Reading.PAUSED
    for _ in range(HIGH - LOW - 1):
        pressure.answered(1000)
        assert pressure.look(PAUSED_AFTER_S) is Reading.PAUSED
    pressure.answered(1000)
    assert pressure.look(PAUSED_AFTER_S) is Reading.READS


def test_few_large_pictures_fill_its_hands_too() -> None:
    assert with_pictures(2, HIGH_BYTES // 2).look(0.0) is Reading.WAITS
