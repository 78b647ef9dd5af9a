"""The JSON part is read strictly."""

from __future__ import annotations

from typing import Any

import pytest

from lookout.wire import meta
from lookout.wire.errors import BadMessage


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "cannot be read"),
        (b"[1]", "is an object, got list"),
        (b'"text"', "is an object, got str"),
        (b'{"a":NaN}', "NaN is not JSON"),
        (b'{"a":-Infinity}', "-Infinity is not JSON"),
        (b'{"a":1e999}', "not finite"),
        (b'{"a":' + b"9" * 19 + b"}", "more than 64 bits"),
        (b'{"a":' + b"9" * 5000 + b"}", "cannot be read"),
        (b'{"a":' + b"[" * 8 + b"]" * 8 + b"}", "deeper than 8 levels"),
        (b'{"a":' * 200_000, "nested too deeply"),  # Python 3.14 reads 50,000 levels
        (b'{"a":' + b"[" * 100_000, "nested too deeply"),
        (b'{"a":1,"a":2}', "names a key twice"),
        (b'{"a":"\\ud83d"}', "half a Unicode surrogate pair"),
        (b'{"\\udc00":1}', "half a Unicode surrogate pair"),
        (b'{"a":"\xff"}', "cannot be read"),
        (b'{"a":1} {}', "cannot be read"),
        ("{}".encode("utf-16"), "cannot be read"),
    ],
)
def test_hostile_json_is_refused_with_a_message(data: bytes, message: str) -> None:
    with pytest.raises(BadMessage, match=message):
        meta.parse(data)


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 2**63, "\ud800", b"bytes", object(), {1: "key"}, {"\udfff": 1}],
)
def test_what_would_be_refused_over_there_is_not_sent(value: Any) -> None:
    with pytest.raises(BadMessage):
        meta.pack({"a": value})


def test_a_value_that_contains_itself_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(BadMessage, match="deeper"):
        meta.pack({"a": loop})


def test_names_of_any_script_go_through_unchanged() -> None:
    fields: dict[str, Any] = {"name": "Zoë 王小明 👩🏽‍🔬", "n": [1, -2.5, True, None, {"deep": []}]}
    packed = meta.pack(fields)
    assert "王小明".encode() in packed
    assert meta.parse(packed) == fields
