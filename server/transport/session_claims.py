"""The claims of the cameras that one session carries, where several servers share a store."""

from __future__ import annotations

import asyncio
import contextlib

from lookout.server.live.camera_claims import CameraClaim, CameraClaims
from lookout.server.live.camera_names import Device
from lookout.wire.errors import NotNow


class SessionClaims:
    """The event loop's thread only."""

    def __init__(self, claims: CameraClaims) -> None:
        self._claims = claims
        self._own: dict[str, CameraClaim] = {}
        self._loop = asyncio.get_running_loop()
        self._lost: asyncio.Future[str] = self._loop.create_future()

    def claim(self, camera: str, name: str, device: Device) -> None:
        """Claims what a device calls `camera` and is called `name` here."""
        if camera in self._own:
            self._own[camera].release()
        self._own[camera] = self._claims.claim(name, device, self._lose)

    async def watch(self) -> None:
        """Until a camera is another server's; raises NotNow then: the edge is told so, and asks the
        next server of its list."""
        raise NotNow(await self._lost)

    def release(self) -> None:
        """Ends them all."""
        for claim in self._own.values():
            claim.release()

    def _lose(self, words: str) -> None:
        """Any thread."""

        def lose() -> None:
            if not self._lost.done():
                self._lost.set_result(words)

        with contextlib.suppress(RuntimeError):  # the loop is closed: the server is ending
            self._loop.call_soon_threadsafe(lose)
