"""One client is served: in order, from where it was, for as long as its token is good."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from lookout.server.accounts.accounts import Accounts
from lookout.server.accounts.passwords import Passwords
from lookout.server.accounts.scopes import NO_AUTH
from lookout.server.accounts.tokens import ACCESS_S
from lookout.server.events.cameras import NamesAsIds
from lookout.server.events.envelope import EnvelopeMaker
from lookout.server.events.feed import EventFeed
from lookout.server.sockets.hub import Hub
from lookout.server.sockets.listener import Listener
from lookout.server.sockets.serving import ClientMessage, serve
from lookout.server.storage.records import Event, Role, new_id
from lookout.server.storage.sqlite.store import SqliteStore, open_store

PASSWORD = "correct horse 7 staple"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with open_store(tmp_path / "data", {}) as store:
        yield store


def hub_of(store: SqliteStore) -> Hub:
    return Hub(EventFeed(store), EnvelopeMaker(store, NamesAsIds()))


def happens(store: SqliteStore, camera: str = "door") -> int:
    return store.events.add(Event(new_id(), "camera.online", 1.0, camera)).number


def test_it_ends_when_the_token_has_expired(store: SqliteStore) -> None:
    accounts = Accounts(store, Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)))
    accounts.create_user("ann", PASSWORD, Role.VIEWER, 1000.0)
    token = accounts.sign_in("ann", PASSWORD, "", 1000.0).access
    times = iter([1000.0, 1001.0, 1002.0, 1000.0 + ACCESS_S])
    sent: list[ClientMessage] = []

    async def send(message: ClientMessage) -> None:
        sent.append(message)

    def look_up() -> object:
        return accounts.by_token(token, next(times))

    reason = asyncio.run(serve(hub_of(store), look_up, None, send, 0.01))  # type: ignore[arg-type]
    assert reason == "the access token has expired"
    assert sent[0].name == "hello"


def test_what_happens_during_the_replay_comes_once_and_after_it(store: SqliteStore) -> None:
    for _ in range(3):
        happens(store)
    sent: list[int] = []

    async def main() -> None:
        ended = asyncio.Event()

        async def send(message: ClientMessage) -> None:
            if message.name == "event":
                sent.append(message.data["id"])
            if len(sent) == 1:
                await asyncio.to_thread(happens, store)
            if len(sent) == 5:
                ended.set()
            elif len(sent) == 4:
                await asyncio.to_thread(happens, store)

        serving = asyncio.create_task(serve(hub_of(store), lambda: NO_AUTH, 0, send, 60.0))
        await asyncio.wait_for(ended.wait(), 60.0)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)

    asyncio.run(main())
    assert sent == [1, 2, 3, 4, 5]


def test_a_client_that_takes_nothing_keeps_a_bounded_number_of_messages(
    store: SqliteStore,
) -> None:
    hub = hub_of(store)
    numbers = [happens(store) for _ in range(5)]

    async def main() -> list[object]:
        listener = Listener(NO_AUTH, max_waiting=3)
        for written in await hub.missed(0, 10):
            listener.offer(written)
        waiting = [await listener.get(), await listener.get()]
        return [getattr(getattr(one, "event", None), "number", "resync") for one in waiting]

    assert asyncio.run(main()) == ["resync", numbers[4]]


def test_the_hub_listens_only_while_somebody_listens_to_it(store: SqliteStore) -> None:
    hub = hub_of(store)

    async def main() -> list[int]:
        first, second = hub.join(NO_AUTH), hub.join(NO_AUTH)
        numbers = [happens(store), happens(store)]
        for listener in (first, second):
            for number in numbers:
                written = await asyncio.wait_for(listener.get(), 60.0)
                assert getattr(written, "event", None) is not None
                assert written.event.number == number  # type: ignore[union-attr]
            hub.leave(listener)
        await asyncio.sleep(0)
        happens(store)
        again = hub.join(NO_AUTH)
        last = happens(store)
        written = await asyncio.wait_for(again.get(), 60.0)
        hub.leave(again)
        return [last, written.event.number]  # type: ignore[union-attr]

    last, told = asyncio.run(main())
    assert told == last
