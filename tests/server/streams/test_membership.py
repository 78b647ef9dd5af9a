"""When a consumer that is given no partitions is to begin anew."""

from __future__ import annotations

from lookout.server.streams.membership import GroupMembership


def test_who_has_been_given_its_share_waits_for_nothing_even_if_that_is_none() -> None:
    member = GroupMembership(100.0, 20.0)
    member.joins(100.0)
    assert not member.is_overdue(120.0)
    assert member.is_overdue(120.1)
    member.given()
    assert not member.is_overdue(1e9)


def test_who_has_lost_its_partitions_waits_from_then_on() -> None:
    member = GroupMembership(0.0, 20.0)
    member.joins(0.0)
    member.given()
    member.taken(500.0)
    assert not member.is_overdue(520.0)
    assert member.is_overdue(520.1)


def test_each_new_client_is_given_twice_the_time_until_one_is_given_partitions() -> None:
    member = GroupMembership(0.0, 20.0)
    member.joins(0.0)
    overdue_s = []
    now_s = 0.0
    for waits_s in (20.0, 40.0, 80.0, 160.0, 160.0):
        assert not member.is_overdue(now_s + waits_s)
        now_s += waits_s + 0.5
        assert member.is_overdue(now_s)
        overdue_s.append(now_s)
        member.joins(now_s)
    assert overdue_s == [20.5, 61.0, 141.5, 302.0, 462.5]
    member.given()
    member.taken(1000.0)
    assert member.is_overdue(1020.5)
