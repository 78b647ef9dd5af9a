"""The rights of an edge with a key on the socket: to enrol where allowed, to use its own names."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from lookout.server.accounts.accounts import Accounts
from lookout.server.accounts.edge_keys import EdgeKeys
from lookout.server.accounts.keys import ApiKeyRing
from lookout.server.accounts.scopes import SCOPES, Principal, Scope
from lookout.server.enrolment.photo_handler import DisabledHandler
from lookout.server.storage.records import Role
from lookout.server.storage.sqlite.store import open_store
from lookout.wire.connection import Connection
from lookout.wire.corrections import Correction, Say
from lookout.wire.framing import Kind, Message
from lookout.wire.records import PhotoInfo, Refusal
from tests.support.server_fakes import FakeRecogniser
from tests.support.service import RunningService, receive_result, send_frame

ADMIN = Principal("tests", "tests", SCOPES[Role.ADMIN])


@pytest.fixture
def ring(tmp_path: Path) -> Iterator[ApiKeyRing]:
    with open_store(tmp_path / "data", {}) as store:
        yield Accounts(store).keys


def key_with(ring: ApiKeyRing, *scopes: Scope) -> str:
    return ring.create("pi", frozenset(scopes), ADMIN, 1000.0)[1]


def refusal_of(edge: Connection) -> Refusal:
    while (message := edge.receive(10.0)).kind is Kind.PING:
        pass
    assert message.kind is Kind.ERROR
    return Refusal.from_meta(message.meta)


def test_a_key_with_edge_alone_neither_enrols_nor_corrects(ring: ApiKeyRing) -> None:
    """The handler that is behind it refuses with other words, so they tell who refused."""
    photo = PhotoInfo(1, "Ada", "ada.jpg", keep_anyway=True)
    correction = Correction(2, "door", Say.IGNORE, track=1)
    with RunningService(FakeRecogniser(), DisabledHandler(), keys=EdgeKeys(ring)) as service:
        for scopes, words in (
            ((Scope.EDGE,), "lacks the right `enrol`"),
            ((Scope.EDGE, Scope.ENROL), "--no-enrol"),
        ):
            edge = service.connect(token=key_with(ring, *scopes))
            with contextlib.closing(edge):
                send_frame(edge, "door", 1, b"jpeg")
                assert receive_result(edge)[0].number == 1
                edge.send(Message(Kind.PHOTO, photo.to_meta(), b"jpeg"), 10.0)
                refusal = refusal_of(edge)
                assert refusal.request == 1
                assert words in refusal.message
                assert not refusal.fatal
                edge.send(Message(Kind.CORRECTION, correction.to_meta()), 10.0)
                refusal = refusal_of(edge)
                assert refusal.request == 2
                assert words in refusal.message


def test_frames_of_another_key_are_not_those_of_the_camera_whose_name_they_bear(
    ring: ApiKeyRing, caplog: pytest.LogCaptureFixture
) -> None:
    recogniser = FakeRecogniser()
    with RunningService(recogniser, DisabledHandler(), keys=EdgeKeys(ring)) as service:
        own, foreign = key_with(ring, Scope.EDGE), key_with(ring, Scope.EDGE)
        for token, number in ((own, 1), (foreign, 2), (own, 3)):
            with contextlib.closing(service.connect(token=token)) as edge:
                send_frame(edge, "front", number, b"jpeg")
                result = receive_result(edge)[0]
                assert (result.camera, result.number) == ("front", number)
    seen = [job.source.camera for batch in recogniser.batches for job in batch]
    assert seen == ["front", "front (2)", "front"]
    assert "another device or key has the camera name 'front'" in caplog.text
