"""The serving of one client: what it missed, what comes, for as long as it may know."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from lookout.server.accounts.errors import AccountError
from lookout.server.accounts.scopes import SCOPES, Principal
from lookout.server.api.errors.api_error import ApiError
from lookout.server.api.services.base_path import placed
from lookout.server.events.feed import Resync
from lookout.server.sockets.hub import Hub
from lookout.server.sockets.listener import Listener
from lookout.server.storage.errors import StorageError
from lookout.server.storage.records import Role

log = logging.getLogger(__name__)

HELLO, EVENT, RESYNC = "hello", "event", "resync"
MAX_REPLAY = 5000
"""Events that a client is told afterwards; who has missed more asks for the present state."""
REPLAY_PAGE = 200


@dataclass(frozen=True, slots=True)
class ClientMessage:
    """What a client is sent. name: `hello`, `event` or `resync`; data: JSON, of an event its
    envelope."""

    name: str
    data: dict[str, Any]


Send = Callable[[ClientMessage], Awaitable[object]]
LookUp = Callable[[], Principal]
"""Who the client is now. May wait for the store; raises AccountError, ApiError or StorageError."""


async def serve(
    hub: Hub,
    look_up: LookUp,
    last_id: int | None,
    send: Send,
    recheck_s: float,
) -> str:
    """Sends messages until the client may know no more, and returns why, in words.

    last_id: the last event that the client knows of; None: it wants none of the past. recheck_s: so
    often it is looked up whether the client may still know, and of what. Raises what
    `look_up` raises at first, Overloaded, StorageError, and what `send` raises.
    """
    listener = hub.join(await asyncio.to_thread(look_up))
    tasks = (
        asyncio.create_task(_tell(hub, listener, last_id, send)),
        asyncio.create_task(_watch(listener, look_up, recheck_s)),
    )
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()
    finally:
        for task in tasks:
            task.cancel()
        hub.leave(listener)
        await asyncio.gather(*tasks, return_exceptions=True)


def hello(principal: Principal, latest: int) -> ClientMessage:
    """The first message: who the client is to the server, and the latest event."""
    cameras = None if principal.cameras is None else sorted(principal.cameras)
    return ClientMessage(
        HELLO,
        {
            "user": principal.name,
            "role": role_of(principal),
            "rights": sorted(principal.scopes),
            "cameras": cameras,
            "last_id": latest,
        },
    )


def role_of(principal: Principal) -> str | None:
    """The highest role of which the principal has every right."""
    roles = (Role.ADMIN, Role.OPERATOR, Role.VIEWER)
    return next((role.value for role in roles if SCOPES[role] <= principal.scopes), None)


async def _tell(hub: Hub, listener: Listener, last_id: int | None, send: Send) -> str:
    latest = await asyncio.to_thread(hub.feed.latest)
    await send(hello(listener.principal, latest))
    position = latest if last_id is None else last_id
    if last_id is not None and not await _is_whole(hub, last_id, latest):
        await send(ClientMessage(RESYNC, {}))
        position = latest
    while position < latest and (missed := await hub.missed(position, REPLAY_PAGE)):
        for written in missed:
            if written.is_for(listener.principal):
                await send(ClientMessage(EVENT, placed(written.envelope)))
        position = missed[-1].event.number
    while True:
        one = await listener.get()
        if isinstance(one, Resync):
            await send(ClientMessage(RESYNC, {}))
        elif one.event.number > position:
            await send(ClientMessage(EVENT, placed(one.envelope)))


async def _is_whole(hub: Hub, last_id: int, latest: int) -> bool:
    if latest - last_id > MAX_REPLAY:
        return False
    return await asyncio.to_thread(hub.feed.is_whole_since, last_id)


async def _watch(listener: Listener, look_up: LookUp, recheck_s: float) -> str:
    while True:
        await asyncio.sleep(recheck_s)
        try:
            now = await asyncio.to_thread(look_up)
        except (AccountError, ApiError) as error:
            return str(error)
        except StorageError as error:
            log.warning("a client goes on listening unchecked: %s", error)
            continue
        if (now.scopes, now.cameras) != (listener.principal.scopes, listener.principal.cameras):
            return "the rights have changed; connect again"
