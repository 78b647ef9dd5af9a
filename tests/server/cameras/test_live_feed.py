"""A viewer gets each camera at the rate that it wishes, and never more than it can show."""

from __future__ import annotations

from lookout.server.cameras.live_feed import LiveFeed, Wish, read_wishes
from lookout.server.cameras.views import CameraView


class Site:
    """Two cameras that a test makes send."""

    def __init__(self) -> None:
        self.views: dict[str, CameraView] = {}
        self.conditions = {"cam_a": "online", "cam_b": "online"}
        self.count = 0
        self.feed = LiveFeed(self.views.get, lambda camera: self.conditions[camera])

    def send(self, camera: str) -> None:
        self.count += 1
        self.views[camera] = CameraView(camera, self.count, 0.0, b"", ())

    def next(self, now_s: float) -> tuple[str, bool] | None:
        """The camera that comes next, and whether with a picture; shown at once."""
        delivery = self.feed.next(now_s)
        if delivery is None:
            return None
        self.feed.acknowledge(delivery.seq)
        return delivery.camera, delivery.view is not None


def test_nothing_comes_before_it_is_wished_for() -> None:
    site = Site()
    site.send("cam_a")
    assert site.next(0.0) is None


def test_a_grid_gets_one_frame_a_second_and_the_focus_all_of_them() -> None:
    site = Site()
    site.feed.watch([Wish("cam_a", fps=1.0), Wish("cam_b", fps=30.0)], 0.0)
    counts = {"cam_a": 0, "cam_b": 0}
    for tick in range(50):  # five seconds of two cameras at ten frames a second
        for camera in counts:
            site.send(camera)
        while (came := site.next(tick / 10)) is not None:
            counts[came[0]] += 1
    assert counts == {"cam_a": 5, "cam_b": 50}


def test_who_does_not_acknowledge_gets_two_pictures_and_then_the_newest() -> None:
    site = Site()
    site.feed.watch([Wish("cam_a", fps=30.0)], 0.0)
    sent = []
    for tick in range(10):
        site.send("cam_a")
        delivery = site.feed.next(float(tick))
        if delivery is not None and delivery.view is not None:
            sent.append((delivery.seq, delivery.view.number))
    assert sent == [(1, 1), (2, 2)]
    site.feed.acknowledge(2)
    delivery = site.feed.next(10.0)
    assert delivery is not None
    assert delivery.view is not None
    assert (delivery.seq, delivery.view.number) == (3, 10)


def test_an_acknowledgement_of_what_was_never_sent_opens_nothing() -> None:
    site = Site()
    site.feed.watch([Wish("cam_a", fps=30.0)], 0.0)
    site.feed.acknowledge(1_000_000)
    for tick in range(3):
        site.send("cam_a")
        site.feed.next(float(tick))
    assert site.feed.next(9.0) is None


def test_a_camera_that_stops_is_told_once_without_a_picture() -> None:
    site = Site()
    site.feed.watch([Wish("cam_a", fps=30.0)], 0.0)
    site.send("cam_a")
    assert site.next(0.0) == ("cam_a", True)
    site.conditions["cam_a"] = "silent"
    assert site.next(1.0) == ("cam_a", False)
    assert site.next(2.0) is None
    site.conditions["cam_a"] = "online"
    site.send("cam_a")
    assert site.next(3.0) == ("cam_a", True)


def test_a_busy_camera_does_not_starve_another() -> None:
    site = Site()
    site.feed.watch([Wish("cam_a", fps=30.0), Wish("cam_b", fps=30.0)], 0.0)
    came = []
    for tick in range(20):
        site.send("cam_a")
        site.send("cam_b")
        came.append(site.next(tick / 20))  # the viewer manages half of what comes
    assert None not in came
    assert sum(one == ("cam_a", True) for one in came) == 10


def test_wishes_out_of_range_become_the_nearest_possible() -> None:
    given = {
        "watch": [
            {"camera": "cam_a", "fps": 1e9, "width": 3},
            {"camera": "cam_b", "fps": -5},
            {"camera": 7},
            "nonsense",
            {"camera": "cam_c", "fps": "fast", "width": True},
        ]
    }
    assert read_wishes(given) == [
        Wish("cam_a", 30.0, 80),
        Wish("cam_b", 0.05, None),
        Wish("cam_c", 1.0, None),
    ]
    assert read_wishes({"ack": 3}) is None
