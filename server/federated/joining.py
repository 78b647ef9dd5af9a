"""A site's way in: an invitation becomes a folder with a key, a certificate and an address."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lookout.faces.atomic_file import make_private_folder, replace_file
from lookout.json_document import read_json
from lookout.server.federated.certificates import COORDINATOR, load_key, new_key
from lookout.server.federated.connections import SHUTDOWN_S, Connections, closed, copied
from lookout.server.federated.errors import BadInvitation, BadRoundMessage, NotJoined
from lookout.server.federated.journal import RoundJournal
from lookout.server.federated.signing import from_base64, public_of, to_base64
from lookout.server.federated.site import SiteDesk, SiteIdentity

MAX_BYTES = 64 * 2**10
JOIN_S = 20.0
MOST_CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class SiteRecord:
    """Where a site belongs. coordinator: base64 of the key that signs rounds. budget: the ε that
    all rounds together may cost a person; None: no limit, and no noise is asked for."""

    site: str
    name: str
    address: str
    coordinator: str
    budget: float | None = None


def load_site(folder: Path) -> SiteRecord:
    """Raises NotJoined where there is none, BadMessage for another file."""
    file = folder / "site.json"
    if not file.is_file():
        raise NotJoined("this machine is in no federation: lookout federated join FILE")
    try:
        content: Any = read_json(file.read_bytes(), MAX_BYTES)
        return SiteRecord(**content)
    except (TypeError, ValueError) as error:
        raise BadRoundMessage(f"{file} cannot be read: {error}") from error


def save_site(folder: Path, record: SiteRecord) -> None:
    replace_file(folder / "site.json", json.dumps(asdict(record), indent=1).encode())


def open_desk(folder: Path, clock: Callable[[], float]) -> SiteDesk:
    """The site's side of rounds, from its folder."""
    record = load_site(folder)
    key, coordinator = load_key(folder / "key.pem"), from_base64(record.coordinator)
    identity = SiteIdentity(record.site, key, coordinator)
    return SiteDesk(folder, identity, clock, record.budget)


def join(
    folder: Path, invitation: bytes, clock: Callable[[], float], budget: float | None = None
) -> SiteRecord:
    """Asks the coordinator to be let in, and keeps what it answers.

    Raises BadInvitation, and OSError if the coordinator is not there or is another.
    """
    if (folder / "site.json").exists():
        raise BadInvitation("this machine is in a federation already: lookout federated leave")
    given = _invitation(invitation)
    make_private_folder(folder)
    replace_file(folder / "authority.pem", str(given["authority"]).encode())
    key = new_key(folder / "key.pem")
    asked = {"token": given["token"], "key": to_base64(public_of(key))}
    answer = asyncio.run(_asked(folder, str(given["address"]), asked))
    if "error" in answer:
        raise BadInvitation(str(answer["error"]))
    replace_file(folder / "certificate.pem", str(answer["certificate"]).encode())
    record = SiteRecord(
        str(answer["site"]), str(given["name"]), str(given["address"]), str(given["coordinator"]),
        budget,
    )  # fmt: skip
    save_site(folder, record)
    RoundJournal(folder, clock).note("joined", site=record.site, address=record.address)
    return record


def leave(folder: Path, clock: Callable[[], float]) -> SiteRecord:
    """Ends the membership from this side: key and certificate are deleted, so that nobody can
    answer for the site; the journal and the rounds stay. Raises NotJoined."""
    record = load_site(folder)
    for name in ("site.json", "key.pem", "certificate.pem", "counted.npz"):
        (folder / name).unlink(missing_ok=True)
    RoundJournal(folder, clock).note("left", site=record.site)
    return record


class Tunnel:
    """A port on this machine that leads to the coordinator by mutual TLS. The event loop's thread
    only."""

    def __init__(self, folder: Path, address: str) -> None:
        self._folder = folder
        self._address = address
        self._connections = Connections(self._talk, MOST_CONNECTIONS)
        self._server: asyncio.Server | None = None

    async def start(self, port: int = 0) -> int:
        """Listens on the loopback address; returns the port. Raises OSError."""
        self._server = await asyncio.start_server(self._connections.serve, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._connections.close()
            await self._server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection; where the coordinator is away it ends, and the SuperNode tries again."""
        there_reader, there_writer = await _connected(
            self._folder, self._address, with_certificate=True
        )
        back = asyncio.create_task(copied(there_reader, writer))
        there = asyncio.create_task(copied(reader, there_writer))
        try:
            await asyncio.wait({back, there}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            back.cancel()
            there.cancel()
            await closed(there_writer)


async def _asked(folder: Path, address: str, body: Mapping[str, object]) -> Mapping[str, Any]:
    async with asyncio.timeout(JOIN_S):
        reader, writer = await _connected(folder, address, with_certificate=False)
        try:
            writer.write(json.dumps(body).encode() + b"\n")
            await writer.drain()
            line = await reader.readline()
        finally:
            await closed(writer)
    answer = read_json(line, MAX_BYTES)
    if not isinstance(answer, dict):
        raise BadInvitation("the coordinator's answer cannot be read")
    return answer


async def _connected(
    folder: Path, address: str, *, with_certificate: bool
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = address.rpartition(":")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(folder / "authority.pem")
    if with_certificate:
        context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    async with asyncio.timeout(JOIN_S):
        return await asyncio.open_connection(
            host,
            int(port),
            ssl=context,
            server_hostname=COORDINATOR,
            ssl_shutdown_timeout=SHUTDOWN_S,
        )


def _invitation(content: bytes) -> Mapping[str, Any]:
    wanted = {"name", "address", "coordinator", "authority", "token"}
    try:
        given = read_json(content, MAX_BYTES)
    except ValueError as error:
        raise BadInvitation(f"the file is no invitation: {error}") from error
    if not isinstance(given, dict) or not wanted <= given.keys():
        raise BadInvitation("the file is no invitation to a federation")
    return given
