"""Servers that share a store, each with a gallery of its own: what one learns, rejects or forgets
holds at the others, too."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from lookout.faces.decision.negatives import beside, read_negatives
from lookout.faces.detections import Floats
from lookout.faces.gallery.encodings_file import load_gallery, read_gallery, save_gallery
from lookout.faces.gallery.gallery import Gallery
from lookout.faces.protocols import Encoder
from lookout.server.gallery.file_takeover import TakenRows
from lookout.server.gallery.people_index import PeopleIndex
from lookout.server.gallery.rejections import reject_encodings, take_back
from lookout.server.gallery.relabelling import Relabelled, relabel
from lookout.server.gallery.row_removal import drop_rows
from lookout.server.gallery.shared_calibration import share_calibration
from lookout.server.gallery.shared_rejections import Said, SharedRejections, merged
from lookout.server.storage.sqlite.store import SqliteStore, open_store
from lookout.server.storage.store import Store


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[tuple[SqliteStore, SqliteStore]]:
    with open_store(tmp_path / "data", {}) as one, open_store(tmp_path / "data", {}) as other:
        yield one, other


def axis(number: int) -> Floats:
    """An encoding that is like no other: one unit along an axis."""
    return np.asarray(np.eye(128, dtype=np.float32)[number], np.float32)


def written(path: Path, *rows: tuple[str, int]) -> None:
    encodings = np.array([axis(number) for _, number in rows], np.float32).reshape(-1, 128)
    save_gallery(path, Gallery(encodings, tuple(name for name, _ in rows), "dlib-128"))


def names_in(path: Path) -> list[str]:
    return sorted(read_gallery(path).names)


@dataclass
class Server:
    """A server's folder, which outlasts the server."""

    folder: Path
    encoder: Encoder

    @property
    def gallery(self) -> Path:
        return self.folder / "encodings.pkl"

    def start(self, store: Store, mark: str = "store-1") -> PeopleIndex:
        cache: dict[bytes, Gallery] = {}

        def file() -> Gallery:  # the same object while the file is the same, as the watcher does
            content = self.gallery.read_bytes()
            if content not in cache:
                cache[content] = load_gallery(self.gallery, self.encoder)
            return cache[content]

        return PeopleIndex(
            store,
            self.encoder,
            file,
            functools.partial(drop_rows, self.gallery, self.encoder),
            taken=TakenRows(self.folder / "taken.json", mark),
        )


@pytest.fixture
def servers(tmp_path: Path, encoder: Encoder) -> tuple[Server, Server]:
    made = tuple(Server(tmp_path / name, encoder) for name in ("one", "other"))
    for server, rows in zip(made, ((("Ada", 0), ("Bob", 1)), (("Cid", 2),)), strict=True):
        server.folder.mkdir()
        written(server.gallery, *rows)
    return made[0], made[1]


def test_each_server_knows_the_people_of_both_galleries_and_removes_only_its_own(
    stores: tuple[Store, Store], servers: tuple[Server, Server]
) -> None:
    one, other = (server.start(store) for server, store in zip(servers, stores, strict=True))
    assert sorted(one.renew().by_label.names) == ["Ada", "Bob", "Cid"]
    assert sorted(other.renew().by_label.names) == ["Ada", "Bob", "Cid"]
    written(servers[0].gallery, ("Ada", 0))
    assert sorted(one.renew().by_label.names) == ["Ada", "Cid"]
    assert sorted(other.renew().by_label.names) == ["Ada", "Cid"]
    again = servers[1].start(stores[1])  # a restart takes nothing over twice, and nothing away
    assert sorted(again.renew().by_label.names) == ["Ada", "Cid"]


def test_who_is_forgotten_at_one_server_goes_from_the_gallery_of_the_other(
    stores: tuple[Store, Store], servers: tuple[Server, Server]
) -> None:
    one, other = (server.start(store) for server, store in zip(servers, stores, strict=True))
    one.renew()
    (cid,) = stores[0].people.find_by_name("Cid")
    one.forget_person(cid.id)
    other.renew()
    assert names_in(servers[1].gallery) == []
    assert stores[0].people.find_by_name("Cid") == ()
    assert names_in(servers[0].gallery) == ["Ada", "Bob"]


def test_who_is_forgotten_while_a_server_is_off_does_not_come_back_with_it(
    stores: tuple[Store, Store], servers: tuple[Server, Server]
) -> None:
    one = servers[0].start(stores[0])
    servers[1].start(stores[1])  # and it ends
    (cid,) = stores[0].people.find_by_name("Cid")
    one.forget_person(cid.id)
    written(servers[1].gallery, ("Cid", 2), ("Dan", 3))  # learned while it was off
    again = servers[1].start(stores[1])
    assert sorted(again.renew().by_label.names) == ["Ada", "Bob", "Dan"]
    assert names_in(servers[1].gallery) == ["Dan"]


def test_a_gallery_comes_whole_into_another_store_than_before(
    tmp_path: Path, stores: tuple[Store, Store], servers: tuple[Server, Server]
) -> None:
    servers[0].start(stores[0])
    with open_store(tmp_path / "new", {}) as fresh:
        known = servers[0].start(fresh, mark="store-2")
        assert sorted(known.renew().by_label.names) == ["Ada", "Bob"]
    assert names_in(servers[0].gallery) == ["Ada", "Bob"]


def said(name: str) -> Said:
    return Said(name, "door", (b"\0\0\0\0",))


ADA, BOB = said("Ada"), said("Bob")


@pytest.mark.parametrize(
    ("before", "here", "there", "now"),
    [
        ({}, {1.0: ADA}, {}, {1.0: ADA}),  # said here
        ({}, {}, {1.0: ADA}, {1.0: ADA}),  # said there
        ({}, {1.0: ADA}, {2.0: BOB}, {1.0: ADA, 2.0: BOB}),
        ({1.0: ADA}, {}, {1.0: ADA}, {}),  # taken back here
        ({1.0: ADA}, {1.0: ADA}, {}, {}),  # taken back there
        ({1.0: ADA}, {1.0: BOB}, {1.0: ADA}, {1.0: BOB}),  # renamed here
        ({1.0: ADA}, {1.0: ADA}, {1.0: BOB}, {1.0: BOB}),  # renamed there
        ({1.0: ADA}, {1.0: BOB}, {}, {}),  # renamed here, taken back there
        ({1.0: ADA}, {}, {1.0: BOB}, {1.0: BOB}),  # taken back here, renamed there
    ],
)
def test_what_was_said_changed_or_taken_back_on_either_side_holds(
    before: dict[float, Said], here: dict[float, Said], there: dict[float, Said], now: object
) -> None:
    assert merged({time_s: one.mark for time_s, one in before.items()}, here, there) == now


def sharing(store: Store, server: Server, told: list[str] | None = None) -> SharedRejections:
    heard = [] if told is None else told
    return SharedRejections(
        store,
        server.gallery,
        "dlib-128",
        server.folder / "rejections.json",
        "store-1",
        lambda: heard.append(server.folder.name),
    )


def rejected_at(server: Server) -> list[tuple[str, float]]:
    found = read_negatives(beside(server.gallery))
    return [] if found is None else [(one.name, one.time_s) for one in found.rejections]


def test_a_rejection_at_one_server_holds_at_the_other_until_one_takes_it_back(
    stores: tuple[Store, Store], servers: tuple[Server, Server], encoder: Encoder
) -> None:
    told: list[str] = []
    one, other = (sharing(store, s, told) for store, s in zip(stores, servers, strict=True))
    face = np.stack([axis(5) / np.float32(3)])  # no decimal number of seven digits
    reject_encodings(servers[0].gallery, encoder, "Ada", face, where="door", now_s=1.5)
    one.step()
    other.step()
    assert told == ["other"]
    assert rejected_at(servers[1]) == [("Ada", 1.5)]
    files = [beside(server.gallery).read_bytes() for server in servers]
    assert files[0] == files[1]
    relabel([Relabelled({"Ada": "Ada L."})], servers[1].gallery, 30.0)
    other.step()
    one.step()
    assert rejected_at(servers[0]) == [("Ada L.", 1.5)]
    take_back(servers[1].gallery, encoder, 1.5)
    other.step()
    other = sharing(stores[1], servers[1])  # what was the same at both sides outlasts a restart
    one.step()
    other.step()
    assert [rejected_at(server) for server in servers] == [[], []]
    assert stores[0].definitions.all("rejection") == ()


def test_a_server_starts_with_the_newest_calibration(
    stores: tuple[Store, Store], servers: tuple[Server, Server]
) -> None:
    mine, theirs = (server.folder / "calibration.json" for server in servers)
    share_calibration(stores[0].settings, mine, "sface")
    assert not mine.exists()
    for path, text, made_s in ((mine, "old", 100.0), (theirs, "new", 200.0)):
        path.write_text(text)
        os.utime(path, (made_s, made_s))
    for store, path in ((stores[0], mine), (stores[1], theirs), (stores[0], mine)):
        share_calibration(store.settings, path, "sface")
    assert (mine.read_text(), theirs.read_text()) == ("new", "new")
    share_calibration(stores[0].settings, mine, "dlib-128")  # another encoder's is another
    assert stores[1].settings.get("calibration.sface") == {"text": "new", "made_s": 200.0}
