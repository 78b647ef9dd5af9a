"""The HTTP side as the server sees it, and its stand-in where there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from lookout.faces.gallery.coverage import Known
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Encoder
from lookout.server.cameras.views import LiveViews
from lookout.server.gallery.gallery_watch import GalleryWatch
from lookout.server.gallery.negatives_watch import NegativesWatch
from lookout.server.inference.recognition import RecognitionContext
from lookout.server.live.camera_board import CameraBoard
from lookout.server.live.camera_claims import CameraClaims, Unshared
from lookout.server.live.camera_names import CameraNames
from lookout.server.live.pipeline import Observer
from lookout.server.threads.lifecycle import Startable
from lookout.wire.streams import Keys


class WebSide(Protocol):
    """`server.api.composition.Web` is the one with HTTP. The event loop's thread only."""

    @property
    def edge_keys(self) -> Keys | None:
        """The API keys that edges may show."""

    @property
    def camera_names(self) -> CameraNames:
        """The owners of camera names."""

    @property
    def claims(self) -> CameraClaims:
        """The cameras of this server among several on one store."""

    @property
    def observers(self) -> Sequence[Observer]:
        """The observers of live frames."""

    @property
    def keeps_people(self) -> bool:
        """Whether recognition compares with people of its own, into which the file is taken over,
        and not with the file."""

    def open_people(self, encoder: Encoder, file: GalleryWatch) -> Callable[[], Gallery]:
        """The gallery that recognition compares with. Raises StorageError."""

    def liveness_at(self, camera: str) -> str | None:
        """What the camera of this name demands of liveness; None where it has no wish of its own.
        Any thread."""

    def known(self, in_files: Known) -> Known:
        """The names in the store that each encoder has learnt, given who is in its file.

        Raises StorageError."""

    async def start(
        self,
        recognition: RecognitionContext,
        rejected: NegativesWatch,
        cameras: CameraBoard,
        views: LiveViews,
    ) -> Sequence[Startable]:
        """Begins to serve; returns threads that the caller starts and closes before this side."""

    async def stop(self) -> None:
        """Stops listening and ends the requests that are under way."""

    def close(self, timeout_s: float) -> bool:
        """Call after `stop`. False if a thread has not ended after `timeout_s`."""


class NoWeb:
    """The server without HTTP: people come from the file alone, and no sighting is kept."""

    keeps_people = False
    edge_keys: Keys | None = None
    camera_names = CameraNames()
    claims: CameraClaims = Unshared()
    observers: Sequence[Observer] = ()

    def open_people(self, encoder: Encoder, file: GalleryWatch) -> Callable[[], Gallery]:  # noqa: ARG002
        return lambda: file.gallery

    def liveness_at(self, camera: str) -> str | None:  # noqa: ARG002
        return None

    def known(self, in_files: Known) -> Known:  # noqa: ARG002
        return {}

    async def start(
        self,
        recognition: RecognitionContext,  # noqa: ARG002
        rejected: NegativesWatch,  # noqa: ARG002
        cameras: CameraBoard,  # noqa: ARG002
        views: LiveViews,  # noqa: ARG002
    ) -> Sequence[Startable]:
        return ()

    async def stop(self) -> None:
        """Nothing listens."""

    def close(self, timeout_s: float) -> bool:  # noqa: ARG002
        return True
