"""The cameras of which whoever asks may know: what the others saw is, to them, not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from lookout.server.accounts.errors import Forbidden
from lookout.server.api.dependencies import dependencies_of
from lookout.server.api.security.authorization import principal_of
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.events.cameras import visible_names
from lookout.server.storage.camera_records import CameraRecord
from lookout.server.storage.errors import NotFound
from lookout.server.storage.records import Sighting


@dataclass(frozen=True, slots=True)
class VisibleCameras:
    """`names`: those of the only cameras to know of; None: of all."""

    names: tuple[str, ...] | None
    cameras: CameraDirectory

    def camera(self, camera: str) -> CameraRecord:
        """The camera with this id. Raises NotFound, as for one that is not there, where it is not
        one of them."""
        found = self.cameras.get(camera)
        if not self.sees(found.name):
            raise NotFound(f"there is no camera {camera!r:.60}")
        return found

    def sees(self, camera: str) -> bool:
        """Whether the camera of this name is one of them."""
        return self.names is None or camera in self.names

    def checked(self, sighting: Sighting) -> Sighting:
        """The sighting. Raises NotFound, as for one that is not there, where another camera saw
        it."""
        if not self.sees(sighting.camera):
            raise NotFound(f"there is no sighting {sighting.id!r:.60}")
        return sighting


def visible_of(request: Request) -> VisibleCameras:
    parts = dependencies_of(request)
    names = visible_names(principal_of(request), parts.directory)
    return VisibleCameras(names, parts.hub.directory)


def whole_site(visible: Annotated[VisibleCameras, Depends(visible_of)]) -> None:
    """Raises Forbidden for whoever may know of some cameras only: what is asked is of all."""
    if visible.names is not None:
        raise Forbidden("this shows what all cameras saw, and you may see some of them only")


Seeing = Annotated[VisibleCameras, Depends(visible_of)]
"""The cameras of which whoever asks may know, as a parameter of a route."""
