"""Several servers on one store: a camera is served by one of them at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from benchmarks.support.waiting import wait_until
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.cameras.lease_keeper import TTL_S, LeaseKeeper
from lookout.server.cameras.puller import ELSEWHERE, Puller
from lookout.server.cameras.stream_host import StreamHost
from lookout.server.cameras.views import LiveViews
from lookout.server.enrolment.photo_handler import DisabledHandler
from lookout.server.live.camera_claims import HERE
from lookout.server.live.camera_names import Device
from lookout.server.live.frame_job import Deliver, FrameJob, Source
from lookout.server.storage.camera_records import CameraKind, CameraRecord
from lookout.server.storage.errors import StorageError
from lookout.server.storage.sqlite.store import SqliteStore, open_store
from lookout.server.storage.store_sharing import Lease, Leases
from lookout.wire.errors import ConnectionLost
from lookout.wire.framing import Kind
from lookout.wire.records import Refusal
from tests.support.server_fakes import FakeRecognizer
from tests.support.service import RunningService, receive_result, send_frame

DOOR, OTHER_DOOR = Device("pi-1"), Device("pi-2")


@dataclass
class Site:
    """Two servers with one store and one clock."""

    stores: tuple[SqliteStore, SqliteStore]
    now_s: float = 1_800_000_000.0
    told: list[str] = field(default_factory=list)

    def keeper(self, number: int, leases: Leases | None = None) -> LeaseKeeper:
        store = self.stores[number]
        directory = CameraDirectory(store.cameras)
        return LeaseKeeper(
            leases or store.leases, directory.id_of, lambda: self.now_s, f"server-{number}:x"
        )


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with open_store(tmp_path / "data", {}) as one, open_store(tmp_path / "data", {}) as other:
        yield Site((one, other))


def test_another_device_of_that_name_is_told_where_the_camera_is_until_it_is_given_back(
    site: Site,
) -> None:
    one, other = site.keeper(0), site.keeper(1)
    first = one.claim("Door", DOOR, site.told.append)
    one.step()
    second = other.claim("Door", OTHER_DOOR, site.told.append)
    other.step()
    assert (first.held, second.held) == (True, False)
    assert site.told == [
        "camera 'Door' is served by server-0 already; give each camera a name of its own with "
        "--camera-name"
    ]
    first.release()
    one.step()
    third = other.claim("Door", OTHER_DOOR, site.told.append)
    other.step()
    assert third.held
    assert len(site.told) == 1


def test_a_camera_of_a_server_that_was_killed_is_free_once_its_lease_is_over(site: Site) -> None:
    killed, other = site.keeper(0), site.keeper(1)
    killed.claim("Door", HERE, site.told.append)
    killed.step()
    waiting = other.claim("Door", HERE, site.told.append)
    other.step()
    site.now_s += TTL_S - 0.1
    other.step()
    held = [waiting.held]
    site.now_s += 0.2
    other.step()
    assert [*held, waiting.held] == [False, True]
    # and where it was only stopped, and goes on, it learns that the camera is another's
    killed.step()
    assert site.told == ["camera 'Door' has moved to server-1"]


def test_a_lease_is_renewed_with_every_round(site: Site) -> None:
    one, other = site.keeper(0), site.keeper(1)
    kept = one.claim("Door", HERE, site.told.append)
    waiting = other.claim("Door", HERE, site.told.append)
    for _ in range(5):
        one.step()
        other.step()
        assert (kept.held, waiting.held) == (True, False)
        site.now_s += TTL_S - 0.1
    assert [lease.term for lease in site.stores[0].leases.all()] == [1]


def test_an_edge_that_goes_to_another_server_takes_its_camera_along_at_once(site: Site) -> None:
    left, right = site.keeper(0), site.keeper(1)
    before = left.claim("Door", DOOR, site.told.append)
    left.step()
    after = right.claim("Door", DOOR, site.told.append)
    right.step()
    assert after.held
    assert site.told == []
    left.step()
    right.step()
    assert (before.held, after.held) == (False, True)
    assert site.told == ["camera 'Door' has moved to server-1"]


def test_a_reconnect_keeps_the_camera_when_the_earlier_connection_ends(site: Site) -> None:
    keeper = site.keeper(0)
    old = keeper.claim("Door", DOOR, site.told.append)
    keeper.step()
    new = keeper.claim("Door", DOOR, site.told.append)
    old.release()
    keeper.step()
    assert new.held
    assert [lease.term for lease in site.stores[1].leases.all()] == [1]


class Away:
    """Leases of a store that comes and goes."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases
        self.away = False

    @property
    def _reached(self) -> Leases:
        if self.away:
            raise StorageError("the database is away")
        return self._leases

    def acquire(self, camera: str, holder: str, ttl_s: float, now_s: float) -> Lease | None:
        return self._reached.acquire(camera, holder, ttl_s, now_s)

    def renew(self, lease: Lease, ttl_s: float, now_s: float) -> Lease | None:
        return self._reached.renew(lease, ttl_s, now_s)

    def release(self, lease: Lease) -> None:
        self._reached.release(lease)

    def all(self) -> tuple[Lease, ...]:
        return self._reached.all()


def test_a_store_that_is_away_cuts_no_camera_that_is_served(site: Site) -> None:
    leases = Away(site.stores[0].leases)
    keeper = site.keeper(0, leases)
    claim = keeper.claim("Door", DOOR, site.told.append)
    keeper.step()
    leases.away = True
    site.now_s += 60.0
    with pytest.raises(StorageError):
        keeper.step()
    assert claim.held
    leases.away = False
    keeper.step()
    assert claim.held
    assert site.told == []


def test_closing_gives_every_camera_back(site: Site) -> None:
    keeper = site.keeper(0)
    keeper.start()
    claim = keeper.claim("Door", DOOR, site.told.append)
    wait_until(lambda: claim.held)
    assert keeper.close(20.0)
    assert site.stores[1].leases.all() == ()


def test_an_edge_of_another_device_is_refused_with_words_by_the_other_server(site: Site) -> None:
    with contextlib.ExitStack() as opened:
        services = []
        for number in (0, 1):
            keeper = site.keeper(number)
            opened.callback(keeper.close, 20.0)
            keeper.start()
            services.append(
                opened.enter_context(
                    RunningService(FakeRecognizer(), DisabledHandler(), claims=keeper)
                )
            )
        door = opened.enter_context(contextlib.closing(services[0].connect(device="1" * 16)))
        send_frame(door, "Door", 1, b"picture")
        receive_result(door)
        wait_until(lambda: site.stores[0].leases.all())
        stranger = opened.enter_context(contextlib.closing(services[1].connect(device="2" * 16)))
        send_frame(stranger, "Door", 1, b"picture")
        while (message := stranger.receive(10.0)).kind is not Kind.ERROR:
            pass  # the frame is answered, too, where the store has not been asked yet
        refusal = Refusal.from_meta(message.meta)
        assert (refusal.code, refusal.fatal) == ("busy", True)
        assert "is served by server-0 already" in refusal.message
        with pytest.raises(ConnectionLost):
            stranger.receive(10.0)
        send_frame(door, "Door", 2, b"picture")
        assert receive_result(door)[0].number == 2


class NoFrames:
    """A `FrameQueue` to which nothing comes."""

    def offer(self, job: FrameJob, deliver: Deliver) -> None:
        raise AssertionError("there is no camera")

    def forget(self, source: Source) -> None:
        """There is none."""


class Opened(Exception):
    """The puller would start a process for a camera."""


def no_host(name: str) -> StreamHost:
    raise Opened(name)


def test_a_camera_is_fetched_by_one_of_two_servers(site: Site) -> None:
    record = CameraRecord("cam_1", "Yard", CameraKind.FILE, 1.0, address="/nowhere.mp4")
    CameraDirectory(site.stores[0].cameras).add(record)
    other = site.keeper(1)
    elsewhere = other.claim("Yard", HERE, site.told.append)
    other.step()
    keeper = site.keeper(0)
    directory = CameraDirectory(site.stores[0].cameras)
    puller = Puller(directory, LiveViews(NoFrames()), claims=keeper, host=no_host)
    puller.step()
    keeper.step()
    puller.step()
    status = puller.status(record)
    assert status is not None
    assert status.why == ELSEWHERE
    elsewhere.release()
    other.step()
    keeper.step()
    with pytest.raises(Opened):
        puller.step()
    assert puller.close(20.0)
    keeper.step()
    assert site.stores[0].leases.all() == ()


def test_what_one_server_does_for_all_is_taken_over_when_that_was_killed_or_only_stopped(
    site: Site,
) -> None:
    first, second = site.keeper(0), site.keeper(1)
    one, other = first.duty("alerts"), second.duty("alerts")
    first.step()
    second.step()
    assert (one(), other()) == (True, False)
    site.now_s += TTL_S + 0.1  # the first has not renewed
    assert (one(), other()) == (False, False)  # and does not act on what may be another's by now
    second.step()
    first.step()
    assert (one(), other()) == (False, True)
    assert second.close(20.0)
    second.step()
    first.step()
    assert (one(), other()) == (True, False)
