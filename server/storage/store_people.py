"""The protocols of people and of their face samples.

What holds for the methods of all of them stands in `server.storage.store`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from lookout.faces.detections import Floats
from lookout.server.storage.records import FaceSample, Page, Person


class People(Protocol):
    """The people who are known, oldest first."""

    def add(self, person: Person) -> None:
        """Raises Conflict where the id or the identifier is taken."""

    def update(self, person: Person) -> None:
        """Replace name, identifier and info. Raises Conflict where the identifier is taken."""

    def get(self, person: str) -> Person: ...

    def many(self, people: Sequence[str]) -> tuple[Person, ...]:
        """Those of these people who are there, in no order."""

    def marks(self) -> Mapping[str, bytes]:
        """A mark of everybody, by id, oldest first; it changes whenever the person does."""

    def find_by_identifier(self, identifier: str) -> Person | None: ...

    def find_by_name(self, name: str) -> tuple[Person, ...]:
        """Everybody of this name; letter case and Unicode form do not count."""

    def page(self, limit: int, cursor: str | None = None, text: str = "") -> Page[Person]:
        """`text`: only people whose name, identifier or information contains it."""

    def count(self) -> int: ...

    def merge(self, source: str, target: str) -> None:
        """Give samples, sightings, events and alerts of `source` to `target`, and its place on
        lists, and remove `source`.

        The samples, events and alerts are sealed anew under the target's key.
        """

    def delete(self, person: str) -> None:
        """Forget a person: samples, sightings, events and alerts, their crops and the keys to all
        that, and their place on lists."""


class Samples(Protocol):
    """The face samples of people, oldest first."""

    def add(self, sample: FaceSample, image_jpeg: bytes | None = None) -> FaceSample:
        """Keep a sample and its crop; `has_image` of what is returned tells of the crop."""

    def get(self, sample: str) -> FaceSample: ...

    def of(self, person: str) -> tuple[FaceSample, ...]: ...

    def many(self, samples: Sequence[str]) -> tuple[FaceSample, ...]:
        """Those of these samples that are there, in no order."""

    def owners(self, encoder: str, besides: str = "") -> tuple[tuple[str, str], ...]:
        """The id of each sample that is no negative, and of its person: what may have changed of a
        sample that has been read once. Without those whose origin is `besides`."""

    def encodings(
        self, encoder: str, negative: bool = False
    ) -> tuple[tuple[str, ...], tuple[str, ...], Floats]:
        """What a gallery is made of: N sample ids, N person ids and (N, D) float32."""

    def page(
        self, limit: int, cursor: str | None = None, person: str | None = None
    ) -> Page[FaceSample]: ...

    def find_by_content(self, content_hash: bytes) -> tuple[FaceSample, ...]:
        """The samples that came from a photograph with this SHA-256."""

    def image(self, sample: str) -> bytes:
        """The crop as JPEG. Raises NotFound where there is none."""

    def count(self, person: str | None = None) -> int: ...

    def counts(self) -> Mapping[str, int]:
        """The number of samples of each person who has any."""

    def portraits(self, people: Sequence[str]) -> Mapping[str, str]:
        """Of each of these people who has one, the sample with the best picture."""

    def move(self, samples: Sequence[str], person: str) -> None:
        """Give samples to another person: sealed anew, crops too."""

    def delete(self, samples: Sequence[str]) -> int:
        """Returns how many there were; ids that are not there do not matter."""

    def version(self) -> int:
        """A number that rises with every change of people or samples, by any process."""
