"""One camera that is gone is told after a minute; half of them at once are one message."""

from __future__ import annotations

from lookout.server.cameras.outage import CameraBack, LostCamera, NetworkLost, Outages


def test_a_short_gap_is_not_told_and_a_long_one_once_with_its_end() -> None:
    outages = Outages(lost_after_s=60.0)
    assert outages.changes({"door": 0.0}, 0.0) == [CameraBack("door", 0.0, None)]
    assert outages.changes({"door": 0.0}, 59.0) == []
    assert outages.changes({"door": 59.5}, 60.0) == []
    assert outages.changes({"door": 59.5}, 120.0) == [LostCamera("door", 59.5)]
    assert outages.changes({"door": 59.5}, 300.0) == []
    assert outages.changes({"door": 359.5}, 360.0) == [CameraBack("door", 360.0, 300.0)]


def test_two_of_five_cameras_are_two_messages() -> None:
    outages = Outages(lost_after_s=60.0)
    cameras = dict.fromkeys("abcde", 0.0)
    outages.changes(cameras, 0.0)
    alive = {**cameras, **dict.fromkeys("cde", 100.0)}
    assert outages.changes(alive, 100.0) == [LostCamera("a", 0.0), LostCamera("b", 0.0)]


def test_more_than_half_at_once_are_the_network() -> None:
    outages = Outages(lost_after_s=60.0)
    outages.changes(dict.fromkeys("abcde", 0.0), 0.0)
    last = {"a": 10.0, "b": 11.0, "c": 12.0, "d": 70.5, "e": 70.5}
    # the minute of b and c is not over, but they went with a
    assert outages.changes(last, 70.5) == [NetworkLost(("a", "b", "c"), 10.0)]
    assert outages.changes(last, 75.0) == []
    last |= {"a": 130.0, "d": 130.0, "e": 130.0}
    assert outages.changes(last, 130.0) == [CameraBack("a", 130.0, 120.0)]


def test_a_camera_that_is_switched_off_is_no_loss() -> None:
    outages = Outages(lost_after_s=60.0)
    outages.changes({"door": 0.0, "yard": 0.0}, 0.0)
    assert outages.changes({"yard": 100.0}, 100.0) == []
    # and comes back as new
    assert outages.changes({"yard": 200.0, "door": 200.0}, 200.0) == [
        CameraBack("door", 200.0, None)
    ]
