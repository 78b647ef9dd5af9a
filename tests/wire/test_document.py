"""docs/wire.md against the code."""

from __future__ import annotations

import re

import pytest

from lookout.edge import flights
from lookout.edge.link_timing import LinkTiming
from lookout.wire.framing import (
    HANDSHAKE_LIMITS,
    HEADER,
    MAGIC,
    VERSION,
    Decoder,
    Kind,
    Limits,
    encode,
)
from lookout.wire.framing import Message as WireMessage
from lookout.wire.heartbeat import HEARTBEAT_S
from lookout.wire.meta import MAX_DEPTH
from lookout.wire.records import FrameInfo, Overlay
from lookout.wire.refusals import Code
from tests.support.document import DOCUMENT, section


def rows(title: str) -> list[list[str]]:
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_example_is_what_the_code_sends_and_reads() -> None:
    block = DOCUMENT.split("<!-- example: checked by the test -->\n```\n")[1].split("```")[0]
    lines = re.findall(r"^((?:[0-9a-f]{2} ?)+)  ", block, re.MULTILINE)
    example = bytes.fromhex("".join(lines))
    info = FrameInfo("door", 7, 1700000000.5, Overlay.EDGE)
    message = WireMessage(Kind.FRAME, info.to_meta(), b"\xff\xd8\xff\xd9")
    assert encode(message, Limits()) == example
    decoder = Decoder(Limits())
    assert decoder.feed(example) == len(example)
    assert decoder.next_message() == message


def test_the_header_table_adds_up() -> None:
    table = rows("The message")
    assert [int(offset) for offset, *_ in table[:7]] == [0, 4, 5, 6, 8, 12, 16]
    assert sum(int(size) for _, size, *_ in table[:6]) == HEADER.size
    assert bytes.fromhex(table[0][3].split("`")[1]) == MAGIC
    assert int(table[1][3]) == VERSION


def test_the_kinds_are_those_of_the_code() -> None:
    assert {(int(number), name) for number, name, *_ in rows("Kinds")} == {
        (kind.value, kind.name) for kind in Kind
    }


def test_the_limits_are_those_of_the_code() -> None:
    numbers = [[int(cell.replace(",", "")) for cell in cells] for _, *cells in rows("Limits")]
    assert numbers == [
        [HANDSHAKE_LIMITS.meta_bytes, Limits().meta_bytes],
        [HANDSHAKE_LIMITS.jpeg_bytes, Limits().jpeg_bytes],
    ]


def test_the_error_codes_are_those_of_the_code() -> None:
    assert [code.strip("`") for code, _ in rows("Errors")] == [code.value for code in Code]


TIMING = LinkTiming()


@pytest.mark.parametrize(
    ("title", "message"),
    [
        ("The message", f"at most {MAX_DEPTH} levels of nesting"),
        ("Flow", f"at most {flights.MAX_IN_FLIGHT} frames of a camera in flight"),
        ("Flow", f"nothing for {HEARTBEAT_S:g} s sends PING"),
        ("Flow", f"not one byte for {TIMING.silence_s:g} s"),
        ("Flow", f"every {TIMING.retry_s[0]:g}–{TIMING.retry_s[1]:g} s"),
        ("Flow", f"later than {TIMING.overdue_s:g} s"),
        ("Flow", f"after {TIMING.hang_reconnect_s:g} s more"),
    ],
)
def test_the_times_are_those_of_the_code(title: str, message: str) -> None:
    assert message in section(title)
