"""Signing in to a camera over HTTP: Basic (RFC 7617) and Digest (RFC 2617, RFC 7616).

Nothing says in which encoding a camera keeps its password, so a letter such as ü is tried as UTF-8
first, as browsers send it, then as Latin-1, as old cameras expect it.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

ENCODINGS = ("utf-8", "latin-1")

_HASHES: dict[str, Callable[[bytes], str]] = {
    "md5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "sha": lambda data: hashlib.sha1(data, usedforsecurity=False).hexdigest(),
    "sha-256": lambda data: hashlib.sha256(data).hexdigest(),
    "sha-512": lambda data: hashlib.sha512(data).hexdigest(),
    "sha-512-256": lambda data: hashlib.new("sha512_256", data).hexdigest(),
}
_STRENGTH = tuple(_HASHES)

_SCHEME = re.compile(r"(?:^|,)\s*(basic|digest|[a-z][\w-]*)(?=\s+[\w-]+\s*=|\s*(?:,|$))", re.I)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_PARAMETER = re.compile(r"([\w*-]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s,]+))")


@dataclass(frozen=True, slots=True)
class LoginChallenge:
    """One way of signing in that a server offers; the keys of `parameters` are in lower case."""

    scheme: str
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def algorithm(self) -> str:
        """Of Digest: a key of the known hashes, or what the server says."""
        named = self.parameters.get("algorithm", "MD5").lower()
        return named.removesuffix("-sess")

    @property
    def is_session(self) -> bool:
        return self.parameters.get("algorithm", "").lower().endswith("-sess")

    @property
    def strength(self) -> int:
        """The rank among the ways that are known here; -1 for others."""
        if self.scheme == "digest" and self.algorithm in _HASHES:
            return 1 + _STRENGTH.index(self.algorithm)
        return 0 if self.scheme == "basic" else -1


def challenges(headers: Sequence[str]) -> list[LoginChallenge]:
    """The challenges of all WWW-Authenticate headers; one header may hold several."""
    found = []
    for header in headers:
        blank = _QUOTED.sub(lambda text: f'"{"x" * (len(text[0]) - 2)}"', header)
        starts = list(_SCHEME.finditer(blank))
        ends = [match.start() for match in starts[1:]] + [len(header)]
        for match, end in zip(starts, ends, strict=True):
            parameters = {
                key.lower(): _decoded(re.sub(r"\\(.)", r"\1", quoted) or bare)
                for key, quoted, bare in _PARAMETER.findall(header[match.end() : end])
            }
            found.append(LoginChallenge(match[1].lower(), parameters))
    return found


class Login:
    """A user's answers to challenges; keeps the last one, so that not each request is refused
    first. user, password: as people write them, decoded."""

    def __init__(self, user: str, password: str, nonce: Callable[[], str] | None = None) -> None:
        self._user = user
        self._password = password
        self._client_nonce = nonce or (lambda: secrets.token_hex(8))
        self._challenge: LoginChallenge | None = None
        self._encoding = 0
        self._count = 0

    def take(self, headers: Sequence[str], *, refused: bool) -> bool:
        """Takes the challenges of a refusal; false when there is nothing new to try.

        refused: an answer to a challenge of this very request was refused, too.
        """
        offered = max(challenges(headers), key=lambda each: each.strength, default=None)
        if offered is None or offered.strength < 0:
            return False
        if refused and offered.parameters.get("stale", "").lower() != "true":
            self._encoding += 1
        self._challenge, self._count = offered, 0
        if self._encoding >= len(ENCODINGS) or (self._encoding and self._is_ascii()):
            self._challenge, self._encoding = None, 0
            return False
        return True

    def header(self, method: str, target: str) -> bytes | None:
        """The Authorization header for a request; None before a challenge."""
        if self._challenge is None:
            return None
        if self._challenge.scheme == "basic":
            return b"Basic " + base64.b64encode(self._bytes(f"{self._user}:{self._password}"))
        return self._digest(self._challenge, method, target)

    def _digest(self, challenge: LoginChallenge, method: str, target: str) -> bytes:
        """The response of RFC 7616, 3.4; without `qop` that of RFC 2069."""
        given, hashed = challenge.parameters, _HASHES[challenge.algorithm]
        realm, nonce = given.get("realm", ""), given.get("nonce", "")
        self._count += 1
        count, own = f"{self._count:08x}", self._client_nonce()
        secret = hashed(self._bytes(f"{self._user}:{realm}:{self._password}"))
        if challenge.is_session:
            secret = hashed(f"{secret}:{nonce}:{own}".encode())
        quality = _quality(given.get("qop", ""))
        request = f"{method}:{target}"
        if quality == "auth-int":
            request += f":{hashed(b'')}"
        stages = (nonce, count, own, quality) if quality else (nonce,)
        response = hashed(":".join((secret, *stages, hashed(request.encode()))).encode("latin-1"))
        user = self._user
        if given.get("userhash", "").lower() == "true":
            user = hashed(self._bytes(f"{self._user}:{realm}"))
        fields = [f"username={_quoted(user)}", f"realm={_quoted(realm)}"]
        fields += [f"nonce={_quoted(nonce)}", f"uri={_quoted(target)}", f'response="{response}"']
        if "algorithm" in given:
            fields.append(f"algorithm={given['algorithm']}")
        if "opaque" in given:
            fields.append(f"opaque={_quoted(given['opaque'])}")
        if user != self._user:
            fields.append("userhash=true")
        if quality or challenge.is_session:
            fields.append(f'cnonce="{own}"')
        if quality:
            fields += [f"qop={quality}", f"nc={count}"]
        return b"Digest " + self._bytes(", ".join(fields))

    def _is_ascii(self) -> bool:
        return f"{self._user}{self._password}".isascii()

    def _bytes(self, text: str) -> bytes:
        return text.encode(ENCODINGS[self._encoding], "replace")


def _decoded(text: str) -> str:
    """A header's text, which arrives as Latin-1, as UTF-8 where it is that."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _quality(offered: str) -> str:
    """The protection to answer with: `auth` where offered, else `auth-int`; a GET has no body."""
    offers = [offer.strip().lower() for offer in offered.split(",")]
    return next((known for known in ("auth", "auth-int") if known in offers), "")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
