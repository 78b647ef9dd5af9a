"""Who may call a route: asked before the body is read, of every route without exception.

    @router.get("/people")
    @allow(Scope.PEOPLE_READ)
    def people(...): ...

A route that says neither `allow` nor `public` cannot be built. Whoever asks is known by a token or
API key in `Authorization: Bearer …`, or by an API key in `x-api-key`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.routing import Match, compile_path
from starlette.types import Message, Receive
from starlette.types import Scope as ASGIScope

from lookout.json_document import BadJson, read_json
from lookout.server.accounts.accounts import Accounts
from lookout.server.accounts.errors import InvalidToken
from lookout.server.accounts.keys import PREFIX
from lookout.server.accounts.scopes import NO_AUTH, Principal, Scope
from lookout.server.accounts.tickets import Tickets
from lookout.server.api.errors.api_error import ApiError
from lookout.server.api.errors.envelope import ErrorEnvelope, path_within
from lookout.server.api.security.client_address import trusted_principal

MAX_BODY_BYTES = 1 << 20
"""Of a request that carries no picture."""

FORM = "lookout_form"
"""Where in the scope a form is that was read for its key."""

SECURITY_SCHEMES: Mapping[str, object] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An access token from /api/v1/auth/login, or an API key.",
    },
    "apiKey": {"type": "apiKey", "in": "header", "name": "x-api-key"},
}

_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])
_FORMS = frozenset({"multipart/form-data", "application/x-www-form-urlencoded"})
_SCOPE = "_lookout_scope"
_ANY_OF = "_lookout_any_of"
_FORM_KEY = "_lookout_form_key"
_TICKET = "_lookout_ticket"
_READING = threading.RLock()
"""Of routes: in the event loop, and in the thread that describes the API."""
_PATTERN = frozenset({"path_regex", "path_format", "param_convertors"})


def allow(scope: Scope) -> Callable[[_Endpoint], _Endpoint]:
    """Whoever has this right may call the route."""

    def mark(endpoint: _Endpoint) -> _Endpoint:
        setattr(endpoint, _SCOPE, scope)
        return endpoint

    return mark


def allow_any(*scopes: Scope) -> Callable[[_Endpoint], _Endpoint]:
    """A holder of any of these rights may call the route, which itself asks for the right one."""

    def mark(endpoint: _Endpoint) -> _Endpoint:
        setattr(endpoint, _ANY_OF, frozenset(scopes))
        return signed_in(endpoint)

    return mark


def allow_form_key(scope: Scope) -> Callable[[_Endpoint], _Endpoint]:
    """As `allow`, and the key may be the field `api_key` or `admin_key` of the form: some clients
    can send it no other way, so their body is read before it is known who they are."""

    def mark(endpoint: _Endpoint) -> _Endpoint:
        setattr(endpoint, _FORM_KEY, True)
        return allow(scope)(endpoint)

    return mark


def allow_ticket(scope: Scope) -> Callable[[_Endpoint], _Endpoint]:
    """As `allow`, and `?ticket=…` may stand for the key: for pictures that a page shows."""

    def mark(endpoint: _Endpoint) -> _Endpoint:
        setattr(endpoint, _TICKET, True)
        return allow(scope)(endpoint)

    return mark


def signed_in(endpoint: _Endpoint) -> _Endpoint:
    """Whoever is known may call the route, whatever their rights."""
    setattr(endpoint, _SCOPE, "")
    return endpoint


def public(endpoint: _Endpoint) -> _Endpoint:
    """Everybody may call the route."""
    setattr(endpoint, _SCOPE, None)
    return endpoint


def schema_of(model: type[BaseModel]) -> dict[str, str]:
    """The schema of a model that the schema of the whole API has because of another route."""
    return {"$ref": f"#/components/schemas/{model.__name__}"}


class Guarded(APIRoute):
    """A route that lets nobody in who may not.

    FastAPI reads the signature of a route and builds what checks all that it takes and gives. For
    the 200 routes that took a second of each start, which calls few of them: so it is done when a
    route is first called or described, and until then the route knows what it is found by.
    """

    error_response: Mapping[str, Any] = {
        "content": {"application/json": {"schema": schema_of(ErrorEnvelope)}}
    }
    """What OpenAPI says of every answer of 400 and above. As `model` FastAPI would build a reader
    for each status of each route, 1,700 in all, through which no answer ever goes: half of the time
    that the application took to start."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if not hasattr(endpoint, _SCOPE):
            raise TypeError(f"{path} does not say who may call it: use allow or public")
        self.scope: Scope | str | None = getattr(endpoint, _SCOPE)
        self.any_of: frozenset[Scope] = getattr(endpoint, _ANY_OF, frozenset())
        self.takes_tickets: bool = getattr(endpoint, _TICKET, False)
        # FastAPI's own limit answers with plain text; ours with the envelope
        self.body_limit: int = options.pop("max_body_size", None) or MAX_BODY_BYTES
        self.path, self.endpoint = path, endpoint
        self._fixed = path.partition("{")[0]
        self.methods = {method.upper() for method in options.get("methods") or ("GET",)}
        responses: dict[int | str, dict[str, Any]] = {
            status: dict(self.error_response) for status in _statuses(self.scope, path)
        }
        options["responses"] = {**responses, **(options.get("responses") or {})}
        if self.scope is not None:
            extra: dict[str, Any] = {"security": [{"bearer": []}, {"apiKey": []}]}
            if self.scope or self.any_of:
                extra["x-lookout-right"] = self.scope or " or ".join(sorted(self.any_of))
            options["openapi_extra"] = {**extra, **(options.get("openapi_extra") or {})}
        self._unread: dict[str, Any] | None = options

    def matches(self, scope: ASGIScope) -> tuple[Match, ASGIScope]:
        # before its pattern is compiled: most routes are passed by, request after request
        if scope["type"] != "http" or not path_within(scope).startswith(self._fixed):
            return Match.NONE, {}
        return super().matches(scope)

    def __getattr__(self, name: str) -> Any:
        """The pattern of the path, or whatever else FastAPI makes of the route, which is read now.
        Any thread."""
        if name in _PATTERN:
            self.path_regex, self.path_format, self.param_convertors = compile_path(self.path)
            return self.__dict__[name]
        with _READING:
            unread, self._unread = self.__dict__.get("_unread"), None
            if unread is not None:
                super().__init__(self.path, self.endpoint, **unread)
        if name not in self.__dict__:
            raise AttributeError(f"{type(self).__name__} has no {name}")
        return self.__dict__[name]

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                if self.scope is not None:
                    request.state.principal = await self._admitted(request)
                return await handle(_bounded(request, self.body_limit))
            finally:
                form = request.scope.get(FORM)
                if isinstance(form, FormData):
                    await form.close()

        return guarded

    async def _admitted(self, request: Request) -> Principal:
        given = Credentials(key=await self._form_key(request) or "")
        ticket = request.query_params.get("ticket") if self.takes_tickets else None
        if ticket:
            given = credentials_of_ticket(request, ticket)
        principal = await run_in_threadpool(principal_by, request, given)
        if self.scope:
            principal.require(Scope(self.scope))
        if self.any_of and not any(principal.may(scope) for scope in self.any_of):
            principal.require(min(self.any_of))
        return principal

    async def _form_key(self, request: Request) -> str | None:
        if not getattr(self.endpoint, _FORM_KEY, False) or _in_headers(request):
            return None
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in _FORMS:
            return None
        bounded = _bounded(request, self.body_limit)
        form = await bounded.form()
        request.scope[FORM] = form
        key = form.get("api_key") or form.get("admin_key")
        return key if isinstance(key, str) else None


def _bounded(request: Request, limit: int) -> Request:
    """The request with a body that ends in 413 once it is longer than `limit` bytes."""
    words = f"the body of this request has at most {limit >> 10} KiB"
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > limit:
        raise HTTPException(413, words)
    receive, taken = request.receive, 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise HTTPException(413, words)
        return message

    return _LimitedRequest(request.scope, counted, limit)


class _LimitedRequest(Request):
    """A request whose JSON has limits of size and depth."""

    def __init__(self, scope: ASGIScope, receive: Receive, limit: int) -> None:
        super().__init__(scope, receive)
        self._limit = limit

    async def json(self) -> Any:
        try:
            return read_json(await self.body(), self._limit)
        except BadJson as error:
            raise HTTPException(422, str(error)) from error


def principal_of(request: Request) -> Principal:
    """Who asks. Only behind a route that is not public."""
    principal = request.state.principal
    if not isinstance(principal, Principal):
        raise TypeError("the route is public: nobody in particular asks")
    return principal


Asking = Annotated[Principal, Depends(principal_of)]
"""Who asks, as a parameter of a route."""


def _in_headers(request: Request) -> bool:
    return "x-api-key" in request.headers or "authorization" in request.headers


@dataclass(frozen=True, slots=True)
class Credentials:
    """An API key or an access token, as it was sent: one of them, or neither."""

    key: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @classmethod
    def of(cls, secret: str) -> Credentials:
        """Those that this text is."""
        return cls(key=secret) if secret.startswith(PREFIX) else cls(token=secret)

    @property
    def secret(self) -> str:
        return self.key or self.token


def credentials_in_headers(connection: HTTPConnection) -> Credentials:
    key = connection.headers.get("x-api-key")
    if key is not None:
        return Credentials(key=key)
    kind, _, secret = connection.headers.get("authorization", "").partition(" ")
    return Credentials.of(secret.strip() if kind.lower() == "bearer" else "")


def credentials_of_ticket(connection: HTTPConnection, ticket: str) -> Credentials:
    """Those that this ticket stands for. Raises InvalidToken."""
    tickets: Tickets = connection.app.state.parts.tickets
    return Credentials.of(tickets.secret_of(ticket))


def principal_by(connection: HTTPConnection, given: Credentials | None = None) -> Principal:
    """Who asks, by the headers, or by credentials that came another way where these have none.

    Raises AccountError, and ApiError where there are none at all.
    """
    if connection.app.state.settings.no_auth:
        return NO_AUTH
    accounts: Accounts = connection.app.state.parts.accounts
    sent = credentials_in_headers(connection)
    if given is not None and not sent.secret:
        sent = given
    if sent.token:
        return accounts.by_token(sent.token, time.time())
    try:
        return accounts.by_key(sent.key, time.time()) if sent.key else _nobody()
    except (InvalidToken, ApiError):
        # clients without a key of this server often send some other text in its place
        trusted = trusted_principal(connection)
        if trusted is None:
            raise
        return trusted


def _nobody() -> Principal:
    raise ApiError(
        401,
        "not_authenticated",
        "no token or key was sent: send `Authorization: Bearer <token or API key>` or "
        "`x-api-key: <key>`; POST /api/v1/auth/login gives a token",
        {"missing": "key"},
    )


def _statuses(scope: Scope | str | None, path: str) -> list[int]:
    statuses = [400, 413, 415, 422, 503]
    if scope is not None:
        statuses += [401, 403, 404, 409]
    return statuses + ([401, 403, 404] if "{" in path else [])
