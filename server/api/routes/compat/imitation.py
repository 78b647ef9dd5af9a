"""The route class of compatible routes: as lenient with a request as the originals are.

- A blank parameter (`?limit=&page=`) takes its default.
- A slash at the end of the path does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Request, Response
from starlette.routing import Match
from starlette.types import Scope

from lookout.server.api.security.authorization import Guarded


class Imitation(Guarded):
    """A route whose errors are those of the system that it imitates
    (`server.api.routes.compat.dialects`)."""

    error_response = {  # noqa: RUF012 - a constant
        "description": "An error in the form of the system that is imitated",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child = super().matches(scope)
        path = scope["path"]
        if match is Match.NONE and path.endswith("/") and not self.path.endswith("/"):
            return super().matches({**scope, "path": path.rstrip("/")})
        return match, child

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def lenient(request: Request) -> Response:
            return await handle(without_blanks(request))

        return lenient


def without_blanks(request: Request) -> Request:
    """The request without its blank parameters; `blank_parameters` has their names."""
    given = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    blank = frozenset(name for name, value in given if not value.strip())
    if not blank:
        return request
    query = urlencode([(name, value) for name, value in given if value.strip()])
    scope = {**request.scope, "query_string": query.encode(), "lookout_blank": blank}
    return Request(scope, request.receive)


def blank_parameters(request: Request) -> frozenset[str]:
    """The names of the parameters that were given and blank."""
    blank = request.scope.get("lookout_blank", frozenset())
    return frozenset(blank)
