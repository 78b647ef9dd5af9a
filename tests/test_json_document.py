"""The one reader of JSON from outside, at its limits."""

from __future__ import annotations

import pytest

from lookout.json_document import MAX_DEPTH, BadJson, read_json


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def test_what_is_within_the_limits_is_read() -> None:
    assert read_json('{"name": "Zoë \\ud83d\\ude00", "of": [1, null]}'.encode(), 100) == {
        "name": "Zoë 😀",
        "of": [1, None],
    }
    read_json(nested(MAX_DEPTH), 100)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (nested(MAX_DEPTH + 1), "deeper than 32 levels"),
        (nested(100_000), "deeper than 32 levels"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "deeper than 32 levels"),
        (b"[" + b" " * 1_000_000 + b"]", "at most 500000 are read"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b"[" + b"9" * 5000 + b"]", "not valid JSON"),
        (b'["\\ud83d"]', "half a character"),
        (b'{"\\ud83d": 1}', "half a character"),
        (b'"Bj\xf6rn"', "not in UTF-8"),
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
    ],
)
def test_what_is_not_is_refused_in_words(content: bytes, message: str) -> None:
    with pytest.raises(BadJson, match=message):
        read_json(content, 500_000)
