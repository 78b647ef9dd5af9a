"""The coordinator's folder: its key, its members, its invitations."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lookout.faces.atomic_file import replace_file
from lookout.json_document import read_json
from lookout.server.federated.certificates import (
    authority,
    load_key,
    new_key,
    server_certificate,
    site_certificate,
)
from lookout.server.federated.errors import BadInvitation, BadRoundMessage, NotJoined
from lookout.server.federated.history import History
from lookout.server.federated.journal import RoundJournal
from lookout.server.federated.signing import from_base64, public_of, to_base64

INVITATION_S = 7 * 86_400.0
MAX_MEMBERS = 200
MAX_BYTES = 2**20
_TEXT = 200


@dataclass(frozen=True, slots=True)
class Member:
    """A site. key: base64 of its public key. left: when it left; None while it is in."""

    id: str
    name: str
    key: str
    joined: float
    left: float | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """token: its SHA-256, never itself."""

    name: str
    token: str
    expires: float


class Members:
    """The folder of a coordinator. Any process: each change replaces the file in one step."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self.folder = folder
        self.journal = RoundJournal(folder, clock)
        self._clock = clock
        self._file = folder / "members.json"

    @classmethod
    def found(cls, folder: Path, clock: Callable[[], float], address: str) -> Members:
        """A new federation at an address, `host:port`, under which sites reach this machine; in a
        folder that has one its address changes."""
        members = cls(folder, clock)
        key = new_key(folder / "key.pem")
        if not (folder / "authority.pem").exists():
            pem = authority(key, clock())
            replace_file(folder / "authority.pem", pem)
            replace_file(folder / "server.pem", server_certificate(key, pem, clock()))
            members.journal.note("founded", address=address)
        members._write({**members._read(), "address": address})
        return members

    @property
    def exists(self) -> bool:
        return (self.folder / "key.pem").exists()

    @property
    def address(self) -> str:
        """Raises NotJoined where nothing was founded."""
        if not self.exists:
            raise NotJoined("this machine coordinates nothing: lookout federated found HOST:PORT")
        return str(self._read()["address"])

    @property
    def key(self) -> Ed25519PrivateKey:
        return load_key(self.folder / "key.pem")

    @property
    def history(self) -> History:
        return History(self.folder, public_of(self.key))

    def all(self) -> list[Member]:
        """Those that left, too; by when they joined."""
        return [Member(**one) for one in self._read()["members"]]

    def active(self) -> dict[str, bytes]:
        """The sites of the next round, and their keys."""
        return {one.id: from_base64(one.key) for one in self.all() if one.left is None}

    def invite(self, name: str) -> bytes:
        """A file for one site, good for INVITATION_S and for one use. Raises BadInvitation."""
        content = self._read()
        if len(self.active()) >= MAX_MEMBERS:
            raise BadInvitation(f"a federation has at most {MAX_MEMBERS} sites")
        if not 0 < len(name) <= _TEXT:
            raise BadInvitation(f"a site's name has 1 to {_TEXT} characters")
        token = secrets.token_urlsafe(32)
        now_s = self._clock()
        digest = hashlib.sha256(token.encode()).hexdigest()
        invitation = Invitation(name, digest, now_s + INVITATION_S)
        waiting = [one for one in content["invitations"] if one["expires"] > now_s]
        self._write({**content, "invitations": [*waiting, asdict(invitation)]})
        self.journal.note("invited", name=name)
        return json.dumps(
            {
                "lookout": "invitation to a federation",
                "name": name,
                "address": self.address,
                "coordinator": to_base64(public_of(self.key)),
                "authority": (self.folder / "authority.pem").read_text(),
                "token": token,
                "expires": invitation.expires,
            },
            indent=1,
        ).encode()

    def admit(self, token: str, public: bytes) -> Mapping[str, str]:
        """Makes a member of the owner of a key who has an invitation. Raises BadInvitation."""
        content, now_s = self._read(), self._clock()
        digest = hashlib.sha256(token.encode()).hexdigest()
        waiting = [Invitation(**one) for one in content["invitations"]]
        good = [i for i in waiting if hmac.compare_digest(i.token, digest) and i.expires > now_s]
        if not good:
            raise BadInvitation("the invitation was used, is too old, or is of another federation")
        site = f"sit_{secrets.token_hex(8)}"
        pem = (self.folder / "authority.pem").read_bytes()
        certificate = site_certificate(self.key, pem, site, public, now_s)
        member = Member(site, good[0].name, to_base64(public), now_s)
        left = [asdict(one) for one in waiting if one is not good[0]]
        self._write(
            {**content, "members": [*content["members"], asdict(member)], "invitations": left}
        )
        self.journal.note("joined", site=site, name=member.name)
        return {"site": site, "certificate": certificate.decode()}

    def leave(self, site: str) -> Member:
        """Lets a site go: it is in no round from the next on, and its certificate is worth nothing.

        Raises NotJoined for no member.
        """
        content = self._read()
        for index, one in enumerate(self.all()):
            if one.id == site and one.left is None:
                gone = replace(one, left=self._clock())
                content["members"][index] = asdict(gone)
                self._write(content)
                self.journal.note("left", site=site, name=one.name)
                return gone
        raise NotJoined(f"there is no site {site!r:.60} in this federation")

    def _read(self) -> dict[str, Any]:
        content: object = {}
        if self._file.exists():
            content = read_json(self._file.read_bytes(), MAX_BYTES)
        if not isinstance(content, dict):
            raise BadRoundMessage(f"{self._file} holds no members")
        return {"address": "", "members": [], "invitations": [], **content}

    def _write(self, content: Mapping[str, Any]) -> None:
        replace_file(self._file, json.dumps(content, indent=1).encode())
