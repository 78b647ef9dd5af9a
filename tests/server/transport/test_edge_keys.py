"""Edges that connect with an API key: let in, turned away, and turned out once it is revoked."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from benchmarks.support.waiting import wait_until
from lookout.server.accounts.accounts import Accounts
from lookout.server.accounts.edge_keys import EdgeKeys
from lookout.server.accounts.errors import InvalidToken
from lookout.server.accounts.scopes import SCOPES, Principal, Scope
from lookout.server.enrolment.photo_handler import DisabledHandler
from lookout.server.errors import BadSettings
from lookout.server.settings import read_settings
from lookout.server.storage.records import Role
from lookout.server.storage.sqlite.store import SqliteStore, open_store
from lookout.server.transport.session_settings import Timeouts
from lookout.wire.errors import NotAuthorised, NotNow
from lookout.wire.framing import Kind
from lookout.wire.keys import edge_key
from lookout.wire.records import Refusal
from tests.support.server_fakes import FakeRecogniser
from tests.support.server_process import ServerProcess
from tests.support.service import RunningService, receive_result, send_frame

ADMIN = Principal("tests", "tests", SCOPES[Role.ADMIN])
FOREVER_S = 60.0


@pytest.fixture
def ring(tmp_path: Path) -> Any:
    with open_store(tmp_path / "data", {}) as store:
        yield Accounts(store).keys


def key_for_edges(ring: Any, *scopes: Scope, expires_at: float | None = None) -> tuple[str, str]:
    """The id of a new key, and the key."""
    record, key = ring.create("pi", frozenset(scopes), ADMIN, 1000.0, expires_at)
    return record.id, key


def test_only_a_live_key_with_the_right_edge_has_a_secret_for_the_handshake(ring: Any) -> None:
    _, key = key_for_edges(ring, Scope.EDGE, expires_at=5000.0)
    own = edge_key(key)
    assert ring.edge_secret(own.id, 2000.0) == own.secret
    with pytest.raises(InvalidToken, match="expired"):
        ring.edge_secret(own.id, 5000.0)
    _, other = key_for_edges(ring, Scope.CAMERAS_READ)
    with pytest.raises(InvalidToken, match="no API key"):
        ring.edge_secret(edge_key(other).id, 2000.0)


def test_neither_key_nor_secret_stands_in_the_database(tmp_path: Path) -> None:
    with open_store(tmp_path, {}) as store:
        _, key = key_for_edges(Accounts(store).keys, Scope.EDGE)
    content = b"".join(path.read_bytes() for path in tmp_path.glob("lookout.db*"))
    own = edge_key(key)
    assert own.id.encode() in content
    for secret in (key, own.secret):
        assert secret.encode() not in content
    assert bytes.fromhex(own.secret) not in content


def test_an_edge_with_a_key_is_let_in_beside_those_with_the_token(ring: Any) -> None:
    key_id, key = key_for_edges(ring, Scope.EDGE)
    keys = EdgeKeys(ring)
    recogniser = FakeRecogniser()
    with RunningService(recogniser, DisabledHandler(), token="the token", keys=keys) as service:
        for token in (key, "the token"):
            with contextlib.closing(service.connect(token=token)) as edge:
                send_frame(edge, "door", 1, b"jpeg")
                assert receive_result(edge)[0].number == 1
        for wrong in ("", "lk_no_such_key", key + "x"):
            with pytest.raises(NotAuthorised):
                service.connect(token=wrong)
        store: SqliteStore = ring._store
        store.api_keys.revoke(key_id, 2000.0)
        with pytest.raises(NotAuthorised, match="revoked"):
            service.connect(token=key)


def test_a_connection_ends_once_its_key_is_revoked(ring: Any) -> None:
    key_id, key = key_for_edges(ring, Scope.EDGE)
    timeouts = Timeouts(key_s=0.05)
    with (
        RunningService(
            FakeRecogniser(), DisabledHandler(), keys=EdgeKeys(ring), timeouts=timeouts
        ) as service,
        contextlib.closing(service.connect(token=key)) as edge,
        contextlib.closing(service.connect()) as other,
    ):
        send_frame(edge, "door", 1, b"jpeg")
        assert receive_result(edge)[0].number == 1
        store: SqliteStore = ring._store
        store.api_keys.revoke(key_id, 2000.0)
        while (message := edge.receive(FOREVER_S)).kind is Kind.PING:
            pass
        assert message.kind is Kind.ERROR
        assert "revoked" in Refusal.from_meta(message.meta).message
        send_frame(other, "yard", 2, b"jpeg")  # an open server stays open to the others
        assert receive_result(other)[0].number == 2


class SometimesUnreadable:
    """Keys of which one is good; while `readable` is not set, the store cannot be read."""

    def __init__(self, key: str) -> None:
        self.readable = threading.Event()
        self.asked_in_vain = threading.Semaphore(0)
        self._own = edge_key(key)

    async def may_enrol(self, key_id: str) -> bool:
        return True

    async def secret(self, key_id: str) -> str | None:
        if not self.readable.is_set():
            self.asked_in_vain.release()
            raise NotNow("the API key cannot be looked up at the moment: the store is busy")
        return self._own.secret if key_id == self._own.id else None


def test_a_connection_outlives_a_store_that_cannot_be_read_for_a_while(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    keys = SometimesUnreadable("lk_good")
    keys.readable.set()
    with (
        RunningService(
            FakeRecogniser(), DisabledHandler(), keys=keys, timeouts=Timeouts(key_s=0.02)
        ) as service,
        contextlib.closing(service.connect(token="lk_good")) as edge,
    ):
        keys.readable.clear()
        for _ in range(3):
            assert keys.asked_in_vain.acquire(timeout=FOREVER_S)
        send_frame(edge, "door", 1, b"jpeg")
        assert receive_result(edge)[0].number == 1
        with pytest.raises(NotNow, match="cannot be looked up at the moment"):
            service.connect(token="lk_good")
        keys.readable.set()
        with contextlib.closing(service.connect(token="lk_good")) as again:
            send_frame(again, "yard", 2, b"jpeg")
            assert receive_result(again)[0].number == 2
        wait_until(lambda: "can be looked up again" in caplog.text, 10.0)
    assert caplog.text.count("stays connected unchecked") == 1


def test_a_store_that_cannot_be_read_says_nothing_of_the_key(tmp_path: Path) -> None:
    with open_store(tmp_path, {}) as store:
        ring = Accounts(store).keys
        _, key = key_for_edges(ring, Scope.EDGE)
    with pytest.raises(NotNow, match="the store has been closed"):
        asyncio.run(EdgeKeys(ring).secret(edge_key(key).id))


def test_an_edge_does_not_wait_for_another_writer_of_the_store(ring: Any) -> None:
    _, key = key_for_edges(ring, Scope.EDGE)
    store: SqliteStore = ring._store
    written, done = threading.Event(), threading.Event()

    def write() -> None:
        with store.transaction():
            written.set()
            done.wait(FOREVER_S)

    writer = threading.Thread(target=write)
    writer.start()
    assert written.wait(FOREVER_S)

    def is_noted() -> bool:
        return store.api_keys.all()[0].last_used_at is not None

    async def ask() -> str | None:
        try:
            secret = await EdgeKeys(ring, timeout_s=5.0).secret(edge_key(key).id)
            assert not is_noted()
        finally:
            done.set()
        await asyncio.to_thread(wait_until, is_noted)
        return secret

    assert asyncio.run(ask()) == edge_key(key).secret
    writer.join(FOREVER_S)


@pytest.mark.slow
def test_a_key_made_over_http_opens_the_socket_of_the_same_server(
    live_server: ServerProcess, portrait: bytes
) -> None:
    request = urllib.request.Request(  # noqa: S310
        f"{live_server.http_address}/api/v1/keys",
        data=json.dumps({"name": "pi", "rights": ["edge"]}).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        key = json.load(answer)["key"]
    with contextlib.closing(live_server.connect(token=key)) as edge:
        send_frame(edge, "lobby", 1, portrait)
        assert len(receive_result(edge, FOREVER_S)[0].faces) == 1
    with pytest.raises(NotAuthorised):
        live_server.connect(token=key + "x")
    assert key not in live_server.log_text


def test_an_api_key_is_no_token_of_the_server() -> None:
    with pytest.raises(BadSettings, match="give it to the edge"):
        read_settings(["--token", "lk_something"], {})
