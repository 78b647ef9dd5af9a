"""Log lines that repeat are counted, not written."""

from __future__ import annotations

import logging

from lookout.wire.repeats import MOST_IN_A_WINDOW, MOST_PLACES, WINDOW_S, RepeatFilter


class Log:
    """The lines that a filter lets through, by a clock of the test."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.lines: list[str] = []
        self.filter = RepeatFilter(lambda: self.now_s)

    def write(self, line: int, message: str, *arguments: object, level: int = 30) -> None:
        record = logging.LogRecord("edge", level, "file.py", line, message, arguments, None)
        if self.filter.filter(record):
            self.lines.append(record.getMessage())


def test_a_fault_that_recurs_is_written_five_times_a_minute_and_then_counted() -> None:
    log = Log()
    for number in range(1000):
        log.write(1, "camera lost %d", number)
        log.now_s += 0.05
    assert log.lines == [f"camera lost {number}" for number in range(MOST_IN_A_WINDOW)]
    log.now_s = 100.0 + WINDOW_S
    log.write(1, "camera lost %d", 1000)
    assert log.lines[-1] == "camera lost 1000 (995 more such lines were left out)"


def test_other_places_and_levels_are_not_held_back() -> None:
    log = Log()
    for _ in range(100):
        log.write(1, "lost")
    log.write(2, "found")
    log.write(1, "lost", level=40)
    assert log.lines[MOST_IN_A_WINDOW:] == ["found", "lost"]


def test_the_table_is_bounded() -> None:
    log = Log()
    for line in range(10 * MOST_PLACES):
        log.write(line, "x")
    assert len(log.lines) == 10 * MOST_PLACES
    assert len(log.filter._places) == MOST_PLACES
