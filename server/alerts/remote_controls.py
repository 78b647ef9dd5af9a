"""The profile and the silences of cameras, as Home Assistant reads and switches them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from lookout.server.alerts import desk
from lookout.server.alerts.definitions_io import SILENCE, keep_site, read_site
from lookout.server.alerts.documents.rule import Profile
from lookout.server.alerts.documents.silence import Matchers, Silence, SilenceBody
from lookout.server.storage.errors import NotFound
from lookout.server.storage.store import Store

SILENCE_S = 3600.0
"""A silence that is switched on ends by itself: a forgotten one must not last."""
BY = "Home Assistant"

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class RemoteControls:
    """Any thread. Every method raises StorageError."""

    store: Store

    def version(self) -> int:
        return self.store.definitions.version()

    def profile(self) -> str:
        """Whether somebody is home."""
        return read_site(self.store).profile.value

    def silenced(self, cameras: Mapping[str, str], now_s: float) -> dict[str, float]:
        """Until when nothing of a camera is told, by its id. `cameras`: the ids by name."""
        found: dict[str, float] = {}
        for one in self._of_cameras():
            camera = cameras.get(str(one.matchers.camera), str(one.matchers.camera))
            if one.until > now_s:
                found[camera] = max(one.until, found.get(camera, 0.0))
        return found

    def set_profile(self, profile: str) -> None:
        """Raises ValueError for one that there is not."""
        site = read_site(self.store)
        keep_site(self.store, site.model_copy(update={"profile": Profile(profile)}))

    def silence(self, camera: str, now_s: float) -> None:
        """Nothing of this camera, by id, is told for SILENCE_S."""
        matchers = Matchers(camera=camera)
        body = SilenceBody(until=now_s + SILENCE_S, matchers=matchers, comment=f"switched in {BY}")
        desk.add(self.store, SILENCE, body, created_by=BY)

    def unsilence(self, camera: str, name: str) -> None:
        """Ends every silence of this camera alone, whoever made it."""
        for one in self._of_cameras():
            if one.matchers.camera in (camera, name):
                try:
                    desk.delete(self.store, SILENCE, one.id)
                except NotFound:
                    continue

    def _of_cameras(self) -> list[Silence]:
        """Those that silence a camera as a whole."""
        kept: tuple[Silence, ...] = desk.all_kept(self.store, SILENCE)
        return [
            one
            for one in kept
            if one.matchers.camera and one.matchers == Matchers(camera=one.matchers.camera)
        ]
