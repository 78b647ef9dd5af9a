"""Secrets out of text: the one place that hides passwords, tokens and keys from people and logs.

Two ways, used together. `redact` hides what is given to it as a secret, in every spelling that a
message may use, and what looks like one: the login of an address, a query, `password=…`, an API
key, an Authorization header. `SecretsFilter` does the same to each record of a log handler, its
traceback included. Where a pattern is in doubt it hides too much.
"""

from __future__ import annotations

import html
import json
import logging
import re
import sys
import threading
import traceback
import urllib.parse
from collections.abc import Iterable
from types import TracebackType
from typing import NoReturn

from lookout.command_line import VariableParser

MASK = "***"

LOGIN_HINT = (
    "characters such as # / ? % [ @ in a user name or password are written %23 %2F %3F %25 %5B %40"
)

SHORTEST_SECRET = 4
"""Characters. A shorter one would be masked in half of all words; patterns still hide it."""

_FIELDS = (
    r"(?:user|loginuse|loginpas|pass(?:word|wd|phrase)?|pwd|psw|pw|"
    r"(?:\w{1,32}[_-])?(?:token|secret|password|signature)|api[_-]?key|x-api-key|credentials?)"
)

_LOGIN = re.compile(
    r"(?<=://).{1,256}(?=@[\w\[])|(?<![\w:*])[^\s:/@\"']{1,64}:[^\s/]\S{0,127}(?=@[\w\[])"
)
"""All between a scheme and the last @ of the line, for a password may hold any character; else
name:password@host without a scheme. Lengths are bounded, so that no text takes long."""

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(\b[a-z][a-z0-9+.-]{0,20}://[^\s?]{0,256}\?)\S+", re.I), rf"\1{MASK}"),
    (
        re.compile(
            r"\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(\"?\s*:\s*)[^\r\n]+", re.I
        ),
        rf"\1\2{MASK}",
    ),
    (re.compile(rf"([\"']{_FIELDS}[\"']\s*:\s*)\"(?:[^\"\\]|\\.)*\"", re.I), rf'\1"{MASK}"'),
    (re.compile(rf"([\"']{_FIELDS}[\"']\s*:\s*)'(?:[^'\\]|\\.)*'", re.I), rf"\1'{MASK}'"),
    (re.compile(rf"(?<![a-z])({_FIELDS}=)[^\s&]+", re.I), rf"\1{MASK}"),
    (re.compile(r"\b(Bearer\s+)[\w.~+/=-]{8,}", re.I), rf"\1{MASK}"),
    (re.compile(r"\b(Basic\s+)(?=\S*[0-9A-Z=])[A-Za-z0-9+/]{6,}={0,2}"), rf"\1{MASK}"),
    (re.compile(r"\blk_[\w-]{8,}"), f"lk_{MASK}"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), MASK),
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without `secrets`, in any spelling, and without what looks like a secret."""
    spellings = {spelling for secret in secrets for spelling in _spellings(secret)}
    exact = [re.compile(re.escape(spelling)) for spelling in spellings]
    text = _masked(
        text, [found.span() for search in (*exact, _LOGIN) for found in search.finditer(text)]
    )
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def without_secrets(address: str) -> str:
    """The address for people: scheme, host, port and path, without login, query and fragment.

    Takes what people paste, not only valid addresses: all up to the last @ counts as the login,
    whatever characters it holds. Where that leaves in doubt which part is the host, none is shown.
    """
    scheme, mark, rest = address.partition("://")
    if not mark:
        return redact(address)
    login, _, rest = rest.rpartition("@")
    if "?" in login:  # of a password or before a query: what follows the @ may be either
        return f"{scheme}://{MASK}"
    place = re.match(r"(?:\[[0-9A-Fa-f:.%]*\]|[^\s/?#&;=:]*)(?::\d+)?", rest)
    host = place[0] if place else ""
    path = re.match(r"/[^?#]*", rest[len(host) :])
    return redact(f"{scheme}://{host}{path[0] if path else ''}")


def secrets_of(address: str) -> tuple[str, ...]:
    """The secrets that an address holds, for `redact`: its login, whole, and its password, also
    decoded, and the values of its query."""
    _, mark, rest = address.partition("://")
    if not mark:
        return ()
    login, at, _ = rest.rpartition("@")
    found = [login, login.partition(":")[2]] if at else []
    query = rest.partition("?")[2].partition("#")[0]
    found += [query, *(field.partition("=")[2] for field in query.split("&"))]
    found += [
        unquote(secret)
        for secret in found
        for unquote in (urllib.parse.unquote, urllib.parse.unquote_plus)
    ]
    return tuple(dict.fromkeys(secret for secret in found if len(secret) >= SHORTEST_SECRET))


class SecretsFilter(logging.Filter):
    """Redacts each record of the handler that it is added to: message, arguments and traceback."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets = tuple(secrets)

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage(), self._secrets), None
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = redact(_trace(*record.exc_info), self._secrets)
            record.exc_info = None
        if record.stack_info:
            record.stack_info = redact(record.stack_info, self._secrets)
        return True


class RedactingParser(VariableParser):
    """A command line whose complaints repeat no secret of a value that is out of place."""

    def error(self, message: str) -> NoReturn:
        if message.startswith("unrecognized arguments"):  # a misspelt option may hold a secret
            message = re.sub(r"(--?[\w-]+=)\S+", rf"\1{MASK}", message)
        super().error(redact(message))


def hide_secrets(secrets: Iterable[str] = ()) -> None:
    """Redacts all that this process logs, and the tracebacks of uncaught errors. Call it once,
    after the handlers of the root logger exist."""
    secrets_filter = SecretsFilter(secrets)
    for handler in logging.getLogger().handlers:
        handler.addFilter(secrets_filter)
    secrets = tuple(secrets)

    def report(
        kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.stderr.write(redact(_trace(kind, error, trace), secrets) + "\n")

    sys.excepthook = report
    threading.excepthook = lambda hook: report(hook.exc_type, hook.exc_value, hook.exc_traceback)


def _masked(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with each stretch of overlapping spans replaced by the mask."""
    kept, end = [], 0
    for first, last in sorted(spans):
        if first >= end:
            kept += [text[end:first], MASK]
        end = max(end, last)
    return "".join([*kept, text[end:]])


def _trace(
    kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
) -> str:
    return "".join(traceback.format_exception(kind, error, trace)).rstrip()


def _spellings(secret: str) -> Iterable[str]:
    """The secret as it is, percent-encoded, escaped as Python, JSON and HTML write it."""
    if len(secret) < SHORTEST_SECRET:
        return
    yield secret
    quoted = [
        urllib.parse.quote(secret, safe, errors="replace") for safe in ("", "/", "!$&'()*+,;=:@/?")
    ]
    quoted.append(urllib.parse.quote_plus(secret, errors="replace"))
    for spelling in quoted:
        yield spelling
        yield re.sub(r"%[0-9A-F]{2}", lambda escape: escape[0].lower(), spelling)
    yield repr(secret)[1:-1]
    yield ascii(secret)[1:-1]
    yield json.dumps(secret)[1:-1]
    yield html.escape(secret)
