"""A ticket stands for a key for a minute, and for nobody afterwards."""

from __future__ import annotations

import pytest

from lookout.server.accounts.errors import InvalidToken
from lookout.server.accounts.tickets import MAX_TICKETS, TICKET_S, Tickets


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_a_ticket_stands_for_its_secret_until_a_minute_is_over() -> None:
    clock = Clock()
    tickets = Tickets(clock)
    ticket = tickets.make("lk_a_key")
    clock.now_s += TICKET_S - 0.1
    assert tickets.secret_of(ticket) == "lk_a_key"
    clock.now_s += 0.1
    with pytest.raises(InvalidToken):
        tickets.secret_of(ticket)


def test_a_ticket_that_nobody_made_is_worth_nothing() -> None:
    with pytest.raises(InvalidToken):
        Tickets().secret_of("made up")


def test_the_oldest_of_too_many_tickets_makes_room() -> None:
    tickets = Tickets()
    made = [tickets.make(f"key {number}") for number in range(MAX_TICKETS + 1)]
    with pytest.raises(InvalidToken):
        tickets.secret_of(made[0])
    assert tickets.secret_of(made[1]) == "key 1"
