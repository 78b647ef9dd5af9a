"""A round over Flower: a SuperLink and three SuperNodes as processes, mutual TLS between them."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from lookout.faces.decision.rule import Rule
from lookout.faces.gallery.gallery import Gallery
from lookout.server.federated.aggregate import Aggregation
from lookout.server.federated.counted import load_counted, save_counted
from lookout.server.federated.counting import count_gallery
from lookout.server.federated.errors import FlowerMissing
from lookout.server.federated.flower.environment import Flower
from lookout.server.federated.flower.serving import coordinate, ordered, take_part
from lookout.server.federated.joining import join
from lookout.server.federated.members import Members
from lookout.server.federated.plan import RoundPlan
from tests.server.federated.federation import ENCODER

PEOPLE, STRANGERS = 12, 40
START_S, ROUND_S, ANSWER_S = 120.0, 240.0, 30.0

pytestmark = pytest.mark.slow


def _flower() -> Flower:
    try:
        return Flower.find()
    except FlowerMissing as missing:
        pytest.skip(f"Flower is optional: {missing}")


def _gallery(seed: int) -> tuple[Gallery, np.ndarray[tuple[int, int], np.dtype[np.float32]]]:
    """People of two photographs each, and strangers, as far apart as dlib's encodings are."""
    random = np.random.default_rng(seed)
    middles = random.normal(size=(PEOPLE, 128)) * 0.06
    photographs = np.repeat(middles, 2, axis=0) + random.normal(size=(2 * PEOPLE, 128)) * 0.015
    names = tuple(f"person {i // 2}" for i in range(2 * PEOPLE))
    strangers = random.normal(size=(STRANGERS, 128)) * 0.06
    return Gallery(photographs.astype(np.float32), names, ENCODER), strangers.astype(np.float32)


class Wire:
    """All that sites send, after decryption; runs something when some words pass."""

    def __init__(self) -> None:
        self.sent: dict[str, bytearray] = {}
        self.after: dict[str, asyncio.Event] = {}

    def watch(self, site: str, content: bytes) -> None:
        self.sent.setdefault(site, bytearray()).extend(content)
        if b'"kind":"greeting"' in content and site in self.after:
            self.after[site].set()


def test_a_round_over_flower_survives_a_killed_site_and_no_encoding_is_on_the_wire(
    tmp_path: Path,
) -> None:
    flower = _flower()
    asyncio.run(_played(flower, tmp_path))


async def _played(flower: Flower, folder: Path) -> None:
    wire = Wire()
    members = Members.found(folder / "coordinator", time.time, "127.0.0.1:1")
    async with _coordinating(flower, members, wire):
        sites = {}
        for index in range(3):
            own = folder / f"site{index}"
            invitation = members.invite(f"Site {index}")
            record = await asyncio.to_thread(join, own, invitation, time.time)
            gallery, strangers = _gallery(index)
            rule = Rule.for_encoder(ENCODER, 0.6)
            save_counted(
                own / "counted.npz", count_gallery(gallery, strangers, rule, b"secret", 0.01)
            )
            sites[record.site] = own
        async with contextlib.AsyncExitStack() as running:
            pids = {
                site: await running.enter_async_context(_taking_part(flower, own))
                for site, own in sites.items()
            }
            doomed = list(sites)[-1]
            wire.after[doomed] = asyncio.Event()
            order = {"do": "round", "plan": RoundPlan(ENCODER, Aggregation.SUM).to_json(),
                     "timeout_s": ANSWER_S, "wait_s": START_S}  # fmt: skip
            playing = asyncio.create_task(
                asyncio.to_thread(ordered, flower, members, order, ROUND_S)
            )
            greeted = asyncio.create_task(wire.after[doomed].wait())
            await asyncio.wait({greeted, playing}, return_when=asyncio.FIRST_COMPLETED)
            assert greeted.done(), await playing
            os.killpg(pids[doomed], signal.SIGKILL)
            outcome = await playing
    left = [site for site in sites if site != doomed]
    assert outcome["version"] == 1
    assert set(outcome["told"]) == set(left)
    new = members.history.get(1)
    assert list(new.sites) == sorted(left)
    assert new.missing == {doomed: "was silent"}
    counts = [load_counted(sites[site] / "counted.npz").counts for site in left]
    np.testing.assert_array_equal(new.counts, np.sum(counts, axis=0))
    _inspect(wire, sites)


def _inspect(wire: Wire, sites: dict[str, Path]) -> None:
    """Neither encodings nor counts pass, in any form that numbers are usually sent in."""
    assert set(wire.sent) == set(sites)
    for index, (site, own) in enumerate(sites.items()):
        sent = bytes(wire.sent[site])
        assert b'"kind":"greeting"' in sent
        gallery, strangers = _gallery(index)
        for row in (*gallery.encodings, *strangers):
            for kind in ("<f4", "<f8", "<f2"):
                raw = row.astype(kind).tobytes()
                for part in (raw[:16], raw[16:48]):
                    assert part not in sent
                assert base64.b64encode(raw)[:20] not in sent
            assert f"{row[0]:.6f}".encode() not in sent
        for name in gallery.people:
            assert name.encode() not in sent
        counts = load_counted(own / "counted.npz").counts.ravel()
        for kind in ("<u4", "<i8"):
            assert counts.astype(kind).tobytes() not in sent
            assert base64.b64encode(counts.astype(kind).tobytes()) not in sent


@contextlib.asynccontextmanager
async def _coordinating(flower: Flower, members: Members, wire: Wire) -> AsyncIterator[None]:
    stop, ready = asyncio.Event(), asyncio.Event()

    def serves(port: int) -> None:
        Members.found(members.folder, time.time, f"127.0.0.1:{port}")
        ready.set()

    task = asyncio.create_task(
        coordinate(flower, members, "127.0.0.1", 0, stop, wire.watch, serves)
    )
    async with _ended(task, stop, ready):
        yield


@contextlib.asynccontextmanager
async def _taking_part(flower: Flower, folder: Path) -> AsyncIterator[int]:
    stop, ready, pids = asyncio.Event(), asyncio.Event(), []

    def started(pid: int) -> None:
        pids.append(pid)
        ready.set()

    task = asyncio.create_task(take_part(flower, folder, stop, on_ready=started))
    async with _ended(task, stop, ready):
        yield pids[0]


@contextlib.asynccontextmanager
async def _ended(
    task: asyncio.Task[None], stop: asyncio.Event, ready: asyncio.Event
) -> AsyncIterator[None]:
    """Waits until it is ready, and in the end until it has stopped; one that was killed failed."""
    waiting = asyncio.create_task(ready.wait())
    done, _ = await asyncio.wait(
        {task, waiting}, timeout=START_S, return_when=asyncio.FIRST_COMPLETED
    )
    assert waiting in done, task
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait({task}, timeout=30)
        assert task.done()
        task.exception()
