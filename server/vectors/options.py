"""What a user can set of vector engines."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from lookout.server.errors import BadSettings

KEY_VARIABLE = "LOOKOUT_VECTORS_KEY"


class VectorEngine(StrEnum):
    """A vector engine, and the extra that has its client."""

    QDRANT = "qdrant"
    MILVUS = "milvus"
    PGVECTOR = "pgvector"


_SCHEMES = {
    "qdrant": VectorEngine.QDRANT,
    "qdrants": VectorEngine.QDRANT,
    "milvus": VectorEngine.MILVUS,
    "milvuss": VectorEngine.MILVUS,
    "postgresql": VectorEngine.PGVECTOR,
    "postgres": VectorEngine.PGVECTOR,
}
_PORTS = {VectorEngine.QDRANT: 6333, VectorEngine.MILVUS: 19530, VectorEngine.PGVECTOR: 5432}


@dataclass(frozen=True, slots=True)
class VectorOptions:
    """url: as it was given; key: Qdrant's API key, Milvus' token or PostgreSQL's password. rotated:
    the engine holds turned vectors."""

    engine: VectorEngine
    url: str
    key: str = field(default="", repr=False)
    rotated: bool = False

    @property
    def parts(self) -> SplitResult:
        return urlsplit(self.url)

    @property
    def tls(self) -> bool:
        return self.parts.scheme in ("qdrants", "milvuss")

    @property
    def host(self) -> str:
        return self.parts.hostname or "localhost"

    @property
    def port(self) -> int:
        return self.parts.port or _PORTS[self.engine]

    @property
    def http_url(self) -> str:
        """The address as clients over HTTP want it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"


def add_vector_options(add: Callable[..., object]) -> None:
    """`--vectors` and what goes with it; `add` is a parser's `add_argument`."""
    add(
        "--vectors",
        type=_checked(read_engine),
        default=None,
        metavar="URL",
        help="ask a vector engine who may be near among very many people, like "
        "qdrant://host:6333, milvus://host:19530 or postgresql://user@host/database; qdrants and "
        "milvuss are encrypted (none: the search in this process)",
    )
    add(
        "--vectors-in-clear",
        action="store_true",
        help="accept that the encodings of all people then lie in the engine, unsealed",
    )
    add(
        "--vectors-rotated",
        action="store_true",
        help="turn the vectors by a secret of the store, so that they compare with no others; "
        "this hides them, it does not encrypt them",
    )
    add(
        "--vectors-key-file",
        type=Path,
        metavar="FILE",
        help=f"API key, token or password of the engine; the variable {KEY_VARIABLE} does the same",
    )


def take_vectors(values: dict[str, Any], environment: Mapping[str, str]) -> VectorOptions | None:
    """What the parsed values say of vector engines, taken out of them. Raises BadSettings."""
    options: VectorOptions | None = values.pop("vectors")
    file: Path | None = values.pop("vectors_key_file")
    in_clear, rotated = values.pop("vectors_in_clear"), values.pop("vectors_rotated")
    if options is None:
        return None
    if not in_clear:
        raise BadSettings(
            "--vectors copies the encodings of all people into another program, where they are "
            "not sealed: say --vectors-in-clear if that is what you want (docs/vectors.md)"
        )
    key = environment.get(KEY_VARIABLE, "")
    if file is not None:
        try:
            key = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadSettings(f"--vectors-key-file {file} cannot be read: {error}") from error
    return replace(options, key=key, rotated=rotated)


def read_engine(url: str) -> VectorOptions:
    """An engine by its address. Raises ValueError with a line for people."""
    try:
        parts = urlsplit(url)
        engine, password = _SCHEMES[parts.scheme], parts.password
        _ = parts.port  # a port that is none raises here
    except (ValueError, KeyError) as error:
        raise ValueError(
            "give the engine as qdrant://host:6333, milvus://host:19530 or "
            "postgresql://user@host/database"
        ) from error
    if password or "password" in parse_qs(parts.query):
        raise ValueError(
            f"a password in an address can be read by others: give it in {KEY_VARIABLE} or with "
            "--vectors-key-file"
        )
    return VectorOptions(engine, url)


def _checked(read: Callable[[str], Any]) -> Callable[[str], Any]:
    def checked(text: str) -> Any:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return checked
