"""Only what has nothing unfinished before it is committed."""

from __future__ import annotations

from lookout.server.streams.offsets import OffsetLedger


def test_what_is_done_in_any_order_is_committed_up_to_the_first_that_is_not() -> None:
    ledger = OffsetLedger()
    for offset in (7, 8, 10, 11):  # 9 was a transaction's mark: offsets rise, with gaps
        ledger.take(offset)
    ledger.done(8)
    assert ledger.take_position() is None
    ledger.done(7)
    assert ledger.take_position() == 9
    assert ledger.take_position() is None, "once is enough"
    ledger.done(11)
    assert ledger.take_position() is None
    assert len(ledger) == 2
    ledger.done(10)
    assert ledger.take_position() == 12
    assert len(ledger) == 0
