"""The leases of what is done here, where several servers share one store: of the cameras that are
served, and of what one server does for all.

An edge sends its frames to one server at a time, so the server that it came to last takes its
camera over at once; another device of that name, or a server that would fetch the camera, waits
until the lease has been given back or is over.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import socket
import threading
import time
from collections.abc import Callable

from lookout.server.live.camera_claims import HERE, Lost
from lookout.server.live.camera_names import Device
from lookout.server.storage.errors import StorageError
from lookout.server.storage.store_sharing import Lease, Leases
from lookout.server.threads.stoppable_thread import StoppableThread

log = logging.getLogger(__name__)

TTL_S = 6.0
"""So long after its server was killed a camera that is fetched waits for another one."""
ROUND_S = 2.0


class LeaseClaim:
    """`server.live.camera_claims.CameraClaim`."""

    def __init__(
        self, camera: str, holder: str, device: str, lost: Lost, ended: Callable[[], object]
    ) -> None:
        self.camera = camera
        self.id = ""
        self.holder = holder
        self.device = device
        self.lost = lost
        self.lease: Lease | None = None
        self.fresh = True
        self.over = False
        self._ended = ended

    @property
    def held(self) -> bool:
        return self.lease is not None and not self.over

    def release(self) -> None:
        self.over = True
        self._ended()


class LeaseKeeper(StoppableThread):
    """Owns the thread that takes leases, renews them and gives them back. While the store is away
    everything stays as it is: who served a camera goes on.

    id_of: the id of the camera of this name (`CameraDirectory.id_of`). clock: Unix seconds.
    """

    def __init__(
        self,
        leases: Leases,
        id_of: Callable[[str], str],
        clock: Callable[[], float] = time.time,
        server: str = "",
    ) -> None:
        self._leases = leases
        self._id_of = id_of
        self._clock = clock
        self._server = server or f"{socket.gethostname()}:{secrets.token_hex(4)}"
        self._guard = threading.Lock()  # of the claims
        self._claims: list[LeaseClaim] = []
        self._awake = threading.Event()
        self._failing = False
        super().__init__("leases")

    def claim(self, camera: str, device: Device, lost: Lost) -> LeaseClaim:
        """Claims a camera for a device, or for this server itself (HERE). A claim of a device
        that another one of the same name precedes is lost for good; one of the server waits."""
        mark = "" if device == HERE else _mark(device)
        claim = LeaseClaim(camera, f"{self._server}/{mark}", mark, lost, self._awake.set)
        with self._guard:
            self._claims.append(claim)
        self._awake.set()
        return claim

    def duty(self, name: str) -> Callable[[], bool]:
        """Claims what one server does for all; tells, any thread, whether that is this one now."""
        claim = LeaseClaim(name, f"{self._server}/", "", lambda _: None, self._awake.set)
        claim.id = f"duty_{name}"
        with self._guard:
            self._claims.append(claim)
        self._awake.set()

        def is_ours() -> bool:
            lease = claim.lease  # one that is over may be another server's already
            return lease is not None and not claim.over and lease.until_s > self._clock()

        return is_ours

    def close(self, timeout_s: float) -> bool:
        """Gives every camera back, as far as the store is there."""
        with self._guard:
            for claim in self._claims:
                claim.over = True
        self._stop.set()
        self._awake.set()
        return super().close(timeout_s)

    def step(self) -> None:
        """One round. Raises StorageError."""
        with self._guard:
            claims = tuple(self._claims)
        for claim in claims:
            if not claim.over:
                self._take(claim)
        for claim in claims:
            if claim.over:
                self._give_back(claim)

    def _work(self) -> None:
        while not self._stop.is_set():
            self._awake.clear()
            self._step()
            self._awake.wait(ROUND_S)
        self._step()

    def _step(self) -> None:
        try:
            self.step()
        except StorageError as error:
            if not self._failing:  # logged once, not with every round
                log.warning("leases of cameras wait for the store: %s", error)
            self._failing = True
        else:
            self._failing = False

    def _take(self, claim: LeaseClaim) -> None:
        claim.id = claim.id or self._id_of(claim.camera)  # once: the camera may be renamed
        lease = self._acquired(claim)
        if lease is None and (claim.device or claim.held):
            lease = self._refused(claim)
        claim.lease, claim.fresh = lease, False

    def _acquired(self, claim: LeaseClaim) -> Lease | None:
        return self._leases.acquire(claim.id, claim.holder, TTL_S, self._clock())

    def _refused(self, claim: LeaseClaim) -> Lease | None:
        """The lease after all, where its device has come here from the server that has it."""
        other = next((one for one in self._leases.all() if one.camera == claim.id), None)
        server, _, device = ("", "", "") if other is None else other.holder.partition("/")
        if other is None or (claim.fresh and claim.device and device == claim.device):
            if other is not None:
                self._leases.release(other)
            return self._acquired(claim)
        where = server.partition(":")[0]
        claim.over = bool(claim.device)
        if device == claim.device:
            claim.lost(f"camera {claim.camera!r} has moved to {where}")
        else:
            claim.lost(
                f"camera {claim.camera!r} is served by {where} already; give each camera a name of "
                "its own with --camera-name"
            )
        return None

    def _give_back(self, claim: LeaseClaim) -> None:
        with self._guard:
            shared = any(
                one.holder == claim.holder and one.camera == claim.camera and not one.over
                for one in self._claims
            )
        if claim.lease is not None and not shared:
            self._leases.release(claim.lease)
        with self._guard:
            self._claims.remove(claim)


def _mark(device: Device) -> str:
    """A device as the database may know it: what it is called stays here."""
    return hashlib.sha256(f"{device.key}\n{device.id}".encode()).hexdigest()[:16]
