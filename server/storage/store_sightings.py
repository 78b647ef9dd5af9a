"""The protocol of sightings.

What holds for the methods of all of them stands in `server.storage.store`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from lookout.faces.detections import Floats
from lookout.server.storage.records import Cluster, Page, Sighting, SightingFilter


class Sightings(Protocol):
    """Who was seen, latest end first."""

    def add(self, sighting: Sighting, image_jpeg: bytes | None = None) -> Sighting: ...

    def update(self, sighting: Sighting, image_jpeg: bytes | None = None) -> Sighting:
        """Replace everything; without `image_jpeg` the best shot that is there stays."""

    def get(self, sighting: str) -> Sighting: ...

    def page(
        self, limit: int, cursor: str | None = None, which: SightingFilter | None = None
    ) -> Page[Sighting]: ...

    def image(self, sighting: str) -> bytes:
        """The best shot as JPEG. Raises NotFound where there is none."""

    def encodings(
        self, encoder: str, which: SightingFilter | None = None, limit: int = 10_000
    ) -> tuple[tuple[str, ...], Floats]:
        """Ids and (N, D) float32 encodings of the latest sightings, to search among."""

    def encodings_of(self, sightings: Sequence[str]) -> Mapping[str, Floats]:
        """The encodings (D,) of those of these sightings that are there and have one."""

    def unnamed(self, encoder: str, limit: int) -> tuple[tuple[str, str], ...]:
        """Id and cluster of the latest sightings of nobody known that this encoder encoded."""

    def assign(self, cluster: str, person: str) -> int:
        """Say who an unknown person is; returns how many sightings that names."""

    def put_into(self, cluster: str, sightings: Sequence[str]) -> int:
        """Say that these sightings are of this unknown person; returns how many there were."""

    def clusters(self, cameras: Sequence[str] | None = None) -> tuple[Cluster, ...]:
        """Every unknown person of whom these cameras, or all, have a sighting, latest first."""

    def last_of(
        self, people: Sequence[str], cameras: Sequence[str] | None = None
    ) -> Mapping[str, float]:
        """When each of these people was seen last by these cameras, or all, where they were."""

    def portraits(
        self, people: Sequence[str], cameras: Sequence[str] | None = None
    ) -> Mapping[str, str]:
        """Of each of these people who has one, the sighting with the best picture."""

    def count(self, which: SightingFilter | None = None) -> int: ...

    def delete(self, sightings: Sequence[str]) -> int:
        """Forget sightings, and the events that tell of them; returns how many there were."""

    def delete_before(self, before_s: float, known: bool, limit: int) -> int:
        """Forget up to `limit` sightings that ended before; returns how many."""

    def drop_images_before(self, before_s: float, limit: int) -> int:
        """Remove the best shots of up to `limit` sightings that ended before."""
