"""A face is searched among all sightings, the loose and those in blocks, and never a forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lookout.faces.detections import Floats
from lookout.server.movement.face_index import SETTLED_S, FaceIndex
from lookout.server.movement.face_search import SLACK, FaceSearch, Order, search_face
from lookout.server.storage.face_codes import face_codes, read_face_codes
from lookout.server.storage.records import Person, Sighting, SightingFilter
from lookout.server.storage.store import Store
from tests.support.stores import Opening

NOW_S = 1_795_521_600.0
ENCODER = "dlib-128"
BLOCK = 8


def face(number: int, way: float = 0.0) -> Floats:
    """The encoding of a person, unlike those of others by √2, and at a distance of `way`."""
    encoding = np.zeros(128, np.float32)
    encoding[number] = 1.0
    encoding[127] = way
    return encoding


class Site:
    """A store in which somebody is seen once a minute, long ago, and what is asked of it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.index = self.opened()
        self._count = 0

    def opened(self, **given: int) -> FaceIndex:
        return FaceIndex(
            self.store.faces, ENCODER, clock=lambda: NOW_S, **{"block": BLOCK, **given}
        )

    def see(self, encoding: Floats | None, camera: str = "door", person: str | None = None) -> str:
        self._count += 1
        at_s = NOW_S - 100_000.0 + 60 * self._count
        sighting = f"s{self._count}"
        self.store.sightings.add(
            Sighting(
                sighting,
                camera,
                at_s,
                at_s + 5,
                "unknown",
                person,
                encoding=encoding,
                encoder=ENCODER,
            )
        )
        return sighting

    def put_together(self) -> None:
        while self.index.tidy():
            pass

    def blocks(self) -> list[int]:
        return [block.count for block in self.store.faces.blocks(ENCODER)]

    def ask(
        self,
        encoding: Floats,
        distance: float = 0.6,
        which: SightingFilter | None = None,
        order: Order = Order.NEAREST,
        limit: int = 20,
    ) -> FaceSearch:
        return search_face(
            self.index,
            self.store,
            encoding,
            distance,
            which=which or SightingFilter(),
            order=order,
            limit=limit,
        )

    def found(self, encoding: Floats, **given: Any) -> list[str]:
        return [one.sighting for one in self.ask(encoding, **given).found]


@pytest.fixture
def site(open_store: Opening, tmp_path: Path) -> Iterator[Site]:
    with open_store(tmp_path / "data", {}) as store:
        yield Site(store)


def test_the_nearest_and_the_latest_are_found_loose_and_in_blocks(site: Site) -> None:
    ways = (0.4, 0.1, 0.3, 0.2, 0.5)
    ada = [site.see(face(1, way)) for way in ways]
    for number in range(2, 20):
        site.see(face(number))
    site.see(None)
    nearest = [ada[1], ada[3], ada[2], ada[0], ada[4]]
    for _ in range(2):
        result = site.ask(face(1))
        assert [one.sighting for one in result.found] == nearest
        assert [one.distance for one in result.found] == pytest.approx(sorted(ways), abs=1e-6)
        assert result.searched == 23
        assert site.found(face(1), order=Order.LATEST) == ada[::-1]
        assert site.found(face(1), order=Order.LATEST, limit=2) == ada[:-3:-1]
        assert site.found(face(1), distance=0.25) == nearest[:2]
        assert site.found(face(50)) == []
        site.put_together()
        assert site.blocks() == [8, 8]  # and seven that are not enough for a block


def test_a_filter_holds_and_the_number_searched_tells_of_no_other_camera(site: Site) -> None:
    shown = site.see(face(1, 0.3), "hall")
    for _ in range(30):
        site.see(face(1))
    site.put_together()
    which = SightingFilter(cameras=("hall",))
    result = site.ask(face(1), which=which)
    assert ([one.sighting for one in result.found], result.searched) == ([shown], 1)
    assert site.ask(face(1), which=SightingFilter(cameras=())).searched == 0
    later = SightingFilter(since_s=NOW_S)
    assert site.found(face(1), which=later) == []


def test_what_is_forgotten_or_changed_is_not_found_and_the_rest_still_is(site: Site) -> None:
    site.store.people.add(Person("ada", "Ada", 1.0))
    ada = [site.see(face(1, number / 100), person="ada") for number in range(3)]
    others = [site.see(face(1, 0.1 + number / 100)) for number in range(21)]
    site.put_together()
    assert site.blocks() == [8, 8, 8]
    assert site.found(face(1)) == [*ada, *others[:17]]
    site.store.people.delete("ada")
    assert site.blocks() == [8, 8]
    assert site.found(face(1), limit=200) == others
    changed = site.store.sightings.get(others[-1])
    site.store.sightings.update(replace(changed, encoding=face(9)))
    assert site.found(face(1), limit=200) == others[:-1]
    assert site.found(face(9)) == [others[-1]]
    site.put_together()
    assert site.blocks() == [5, 8, 8]
    assert site.found(face(1), limit=200) == others[:-1]


def test_nothing_of_a_block_is_left_on_the_disk_nor_can_be_read_before(
    site: Site, open_store: Opening, tmp_path: Path
) -> None:
    sightings = [site.see(face(number)) for number in range(BLOCK)]
    site.put_together()
    keys = site.store.faces.blocks(ENCODER)
    encoded = np.float32(1.0).tobytes() * 3
    assert encoded not in open_store.kept(tmp_path / "data")
    site.store.sightings.delete(sightings[:1])
    assert site.store.faces.open(keys[0]) is None
    with site.store.transaction():
        left = len(site.store.faces.loose(ENCODER, 100))
    assert left == BLOCK - 1


def test_a_sighting_that_goes_on_waits_and_another_encoder_has_its_own(site: Site) -> None:
    for _ in range(BLOCK):
        site.see(face(1))
    going = site.store.sightings.get("s3")
    site.store.sightings.update(replace(going, last_s=NOW_S - SETTLED_S + 1))
    site.put_together()
    assert site.blocks() == []
    site.store.sightings.update(replace(going, encoder="sface"))
    site.see(face(1))
    site.put_together()
    assert site.blocks() == [BLOCK]
    assert "s3" not in site.found(face(1), limit=200)


def test_what_does_not_fit_into_memory_is_read_and_found_all_the_same(site: Site) -> None:
    seen: Sequence[str] = [site.see(face(1, 0.01 * number)) for number in range(4 * BLOCK)]
    site.put_together()
    site.index = site.opened(most_bytes=BLOCK * 200)
    for _ in range(2):
        assert site.found(face(1), limit=200) == [*seen]


def test_a_second_process_that_forgets_is_noticed(
    open_store: Opening, site: Site, tmp_path: Path
) -> None:
    seen = [site.see(face(1, 0.01 * number)) for number in range(BLOCK)]
    site.put_together()
    assert site.found(face(1)) == seen
    with open_store(tmp_path / "data", {}) as other:
        other.sightings.delete(seen[:3])
    assert site.found(face(1)) == seen[3:]


def test_codes_are_off_by_less_than_what_is_allowed_for_real_encodings() -> None:
    """Encodings of dlib have a length of about 1.4, those of SFace of 1: random ones of such
    lengths, each component of the same spread, are the hardest to put into steps."""
    chance = np.random.default_rng(5)
    encodings = chance.normal(0, 1.4 / np.sqrt(128), (4000, 128)).astype(np.float32)
    codes = face_codes(np.arange(4000), encodings)
    again = read_face_codes(codes.to_bytes(), 4000)
    for probe in encodings[:20] * np.float32(0.9):
        exact = np.linalg.norm(encodings - probe, axis=1)
        assert np.abs(again.distances(probe) - exact)[exact > 0.3].max() < SLACK / 2
    np.testing.assert_array_equal(again.numbers, codes.numbers)
