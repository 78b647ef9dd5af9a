"""The path under which a reverse proxy serves everything, in the addresses that answers hold.

What is stored and computed knows no such path: an address is `/api/v1/…` until it is told to
somebody, whose request says where the server stands for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Annotated, Any

from pydantic import PlainSerializer

_base_path: ContextVar[str] = ContextVar("base_path", default="")
ADDRESS_KEYS = frozenset({"image", "crop", "annotated", "timeline_picture"})
"""The keys under which plain JSON holds addresses."""
_OURS = "/api/v1/"


def base_path() -> str:
    """The path of the request that is being answered, such as `/lookout`; empty at the root."""
    return _base_path.get()


def stand_under(path: str) -> None:
    """Lets the answer to this request, and all that it starts, be under this path."""
    _base_path.set(path)


def placed(json: Any) -> Any:
    """Plain JSON with its addresses as the client has to ask for them; a copy where that differs
    from what it is given."""
    base = base_path()
    return _placed(json, base) if base else json


def _placed(json: Any, base: str) -> Any:
    match json:
        case Mapping():
            return {
                key: base + value
                if key in ADDRESS_KEYS and isinstance(value, str) and value.startswith(_OURS)
                else _placed(value, base)
                for key, value in json.items()
            }
        case list() | tuple():
            return [_placed(value, base) for value in json]
        case _:
            return json


def _as_asked(path: str) -> str:
    return base_path() + path


Address = Annotated[str, PlainSerializer(_as_asked, return_type=str)]
"""An address of this server in a model of an answer: kept as `/api/v1/…`, told under the path."""
