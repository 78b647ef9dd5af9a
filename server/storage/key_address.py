"""Where the key service is, and the secret that it asks for: for it, and for the servers that use
it (`lookout keys serve`, `server.storage.mongo.remote_keys`)."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lookout.server.storage.errors import StorageError
from lookout.server.storage.private_file import read_private

URL, TOKEN = "LOOKOUT_KEYS_URL", "LOOKOUT_KEYS_TOKEN"
TOKEN_FILE, CA = "LOOKOUT_KEYS_TOKEN_FILE", "LOOKOUT_KEYS_CA"
MARK = "keys.url"
"""The file of a data folder whose keys are at a service: its address, so that every command finds
the store."""
LEAST_TOKEN = 16
"""Characters of the secret."""


@dataclass(frozen=True, slots=True)
class KeyAddress:
    """url: http or https, without a login. ca: the certificate (PEM) that the service is to be
    known by, where it is not one that this machine trusts. Printed, it shows no secret."""

    url: str
    token: str = field(repr=False)
    ca: Path | None = None

    @property
    def parts(self) -> urllib.parse.SplitResult:
        return urllib.parse.urlsplit(self.url)

    @property
    def tls(self) -> bool:
        return self.parts.scheme == "https"

    @property
    def host(self) -> str:
        return self.parts.hostname or "localhost"

    @property
    def port(self) -> int:
        return self.parts.port or (443 if self.tls else 80)

    def __str__(self) -> str:
        return f"the key service at {self.url}"


def key_url(folder: Path, environment: Mapping[str, str]) -> str:
    """The address of the key service of a data folder; empty where it keeps its keys itself.
    Raises StorageError."""
    given = environment.get(URL, "")
    try:
        return given or (folder / MARK).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"{folder / MARK} cannot be read: {error}") from error


def read_key_address(url: str, environment: Mapping[str, str]) -> KeyAddress:
    """The key service at `url`, with the secret that the environment gives. Raises StorageError."""
    ca = environment.get(CA, "")
    return KeyAddress(checked_url(url), read_key_token(environment), Path(ca) if ca else None)


def checked_url(url: str) -> str:
    """An address of a key service. Raises StorageError."""
    try:
        parts = urllib.parse.urlsplit(url)
        _ = parts.port  # a port that is none raises here
    except ValueError:
        parts = urllib.parse.urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise StorageError("a key service is http://HOST:PORT or https://HOST:PORT")
    if parts.username or parts.password:
        raise StorageError(
            f"an address with a login would be seen by every user of this machine: put the secret "
            f"into {TOKEN}, or into a file that {TOKEN_FILE} names"
        )
    return url.rstrip("/")


def read_key_token(environment: Mapping[str, str], file: Path | None = None) -> str:
    """The secret: of `file`, else of the environment or the file that it names. Raises
    StorageError."""
    named = environment.get(TOKEN_FILE, "")
    if file is None and not environment.get(TOKEN) and named:
        file = Path(named)
    token = (
        environment.get(TOKEN, "") if file is None else read_private(file, f"the secret in {file}")
    )
    if not token:
        raise StorageError(
            f"the key service wants a secret: put it into a file that {TOKEN_FILE} names (mode "
            f"0600), or into {TOKEN}; make one with: openssl rand -hex 32"
        )
    if len(token) < LEAST_TOKEN or not token.isascii() or not token.isprintable():
        raise StorageError(
            f"the secret of the key service has at least {LEAST_TOKEN} plain characters; make one "
            "with: openssl rand -hex 32"
        )
    return token
