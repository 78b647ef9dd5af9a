"""Guessing the token of the socket port gets slower and slower, for one address alone."""

from __future__ import annotations

import contextlib

import pytest

from lookout.server.enrolment.photo_handler import DisabledHandler
from lookout.server.transport.guess_delay import FREE_FAILURES, LONGEST_S, GuessDelay
from lookout.wire.errors import NotAuthorised, NotNow
from tests.support.server_fakes import FakeRecogniser
from tests.support.service import RunningService, receive_result, send_frame

HERE, ELSEWHERE = "192.0.2.7", "192.0.2.8"


def guesses_until(end_s: float, address: str = HERE) -> int:
    """How many guesses somebody gets in, who tries as often as may be."""
    delay, now_s, count = GuessDelay(), 0.0, 0
    while now_s < end_s:
        wait_s = delay.wait_s(address, now_s)
        if wait_s > 0:
            now_s += wait_s
            continue
        delay.failed(address, now_s)
        count += 1
    return count


def test_402_guesses_a_second_become_two_a_minute() -> None:
    assert guesses_until(60.0) == FREE_FAILURES + 5  # after 1, 2, 4, 8 and 16 more seconds
    assert guesses_until(3660.0) - guesses_until(60.0) == 3600 / LONGEST_S


def test_the_delay_is_of_one_address_and_ends_with_the_right_token() -> None:
    delay = GuessDelay()
    for _ in range(FREE_FAILURES + 3):
        delay.failed(HERE, 0.0)
    assert delay.wait_s(HERE, 0.0) == 8.0
    assert delay.wait_s(ELSEWHERE, 0.0) == 0.0
    delay.succeeded(HERE)
    assert delay.wait_s(HERE, 0.0) == 0.0


def test_one_that_failed_too_often_tries_one_at_a_time() -> None:
    delay = GuessDelay()
    for _ in range(FREE_FAILURES):
        delay.failed(HERE, 0.0)
    assert delay.wait_s(HERE, 5.0) == 0.0
    assert delay.wait_s(HERE, 5.0) > 0.0  # the first one has not ended
    delay.ended(HERE)
    assert delay.wait_s(HERE, 5.0) == 0.0


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("2001:db8::2", True),
        ("2001:db8:0:1::1", False),
        ("::ffff:192.0.2.7", False),
    ],
)
def test_ipv6_counts_by_network(other: str, same: bool) -> None:
    delay = GuessDelay()
    for _ in range(FREE_FAILURES):
        delay.failed("2001:db8::1", 0.0)
    assert (delay.wait_s(other, 0.0) > 0) == same


def test_a_guesser_is_put_off_and_an_edge_that_is_connected_notices_nothing() -> None:
    with RunningService(FakeRecogniser(), DisabledHandler(), token="right") as service:
        edge = service.connect(token="right")
        with contextlib.closing(edge):
            for _ in range(FREE_FAILURES):
                with pytest.raises(NotAuthorised):
                    service.connect(token="wrong")
            for token in ("wrong", "right"):
                with pytest.raises(NotNow, match="try again in 1 s"):
                    service.connect(token=token)
            send_frame(edge, "door", 1, b"jpeg")
            assert receive_result(edge)[0].number == 1
