"""Hostile bytes on the wire: they end in a WireError, never in a crash or an unbounded buffer.

    python -m benchmarks.fuzz_wire --cases 100000

Four properties, each over its share of the cases:

- whatever bytes arrive, in whatever chunks, only a WireError escapes and no more is buffered than
  one message at its limits;
- the same for valid streams with bytes changed, cut out, repeated and put in;
- the same for well-framed messages whose JSON part is hostile, read on into every record;
- valid messages come out as they went in, in any chunks.

A failure prints the smallest case.
"""

from __future__ import annotations

import itertools
import json
import math
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.support.command import command_parser
from lookout.wire.auth import Challenge, Hello, Welcome
from lookout.wire.corrections import Corrected, Correction, Say
from lookout.wire.errors import WireError
from lookout.wire.framing import HEADER, MAGIC, VERSION, Decoder, Kind, Limits, Message, encode
from lookout.wire.records import (
    Face,
    FaceState,
    FrameInfo,
    PhotoInfo,
    Refusal,
    Result,
    Verdict,
    VerdictReason,
)

LIMITS = Limits(meta_bytes=300, jpeg_bytes=100)
"""Small, so that the cases cross them."""

RECORDS = (
    *(Challenge, Hello, Welcome, FrameInfo, Result, PhotoInfo, Verdict, Refusal),
    *(Correction, Corrected),
)

Chunks = list[int]
chunks = st.lists(st.integers(1, 60), min_size=1, max_size=6) | st.just([10_000])

words = st.text(max_size=8)
plain = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    # no denormals: a network that ran in this process may have told the processor to flush them
    | st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)
    | words
)
values = plain | st.lists(plain, max_size=2) | st.dictionaries(words, plain, max_size=2)
FIELDS = """
    camera number captured_at overlay faces box state name distance track timings_ms dropped request
    filename keep_anyway reasons code words kept fatal nonce client mac token_required software
    meta_bytes jpeg_bytes takes ignored advice say said_at
"""
metas = st.dictionaries(words | st.sampled_from(FIELDS.split()), values, max_size=3)
messages = st.builds(Message, st.sampled_from(Kind), metas, st.binary(max_size=LIMITS.jpeg_bytes))

hostile_json = (
    st.builds(lambda meta: json.dumps(meta).encode(), metas)
    | st.builds(lambda value: json.dumps(value).encode(), values)
    | st.sampled_from(
        [
            b'{"number":1e400}',
            b'{"number":' + b"9" * 250 + b"}",
            b'{"camera":"\\ud800","number":1}',
            b"[" * 300,
            b'{"faces":' * 30,
            b'{"a":1,"a":2}',
            b'{"number":NaN}',
            b'{"faces":[{"box":[1,2,3,1e308],"state":"known"}]}',
        ]
    )
    | st.binary(max_size=60)
)


FACE = Face((1.5, 2.0, 30.0, 40.25), FaceState.KNOWN, "Zoë", 0.41, 7)
SAMPLES = [
    Message(Kind.CHALLENGE, Challenge("0" * 64, True, "lookout").to_meta()),
    Message(Kind.HELLO, Hello("door", "1" * 64, "2" * 64).to_meta()),
    Message(Kind.WELCOME, Welcome(Limits(), "3" * 64).to_meta()),
    Message(Kind.FRAME, FrameInfo("door", 1, 1.5).to_meta(), b"\xff\xd8 picture \xff\xd9"),
    Message(Kind.RESULT, Result("door", 1, 1.5, (FACE,), {"detect": 3.25}).to_meta(), b"\xff\xd8"),
    Message(Kind.PHOTO, PhotoInfo(1, "Zoë", "a.jpg").to_meta(), b"\xff\xd8"),
    Message(Kind.VERDICT, Verdict(1, (VerdictReason("dark", "too dark"),), kept=False).to_meta()),
    Message(Kind.ERROR, Refusal("busy", "too many", number=1).to_meta()),
    Message(Kind.CORRECTION, Correction(1, "door", Say.NOT, 7, "Zoë").to_meta()),
    Message(Kind.CORRECTED, Corrected(1, "Noted.", 1.5).to_meta()),
    Message(Kind.PING),
]
WHOLE = [encode(message, LIMITS) for message in SAMPLES]


@st.composite
def damaged_streams(draw: st.DrawFn) -> bytes:
    data = bytearray(b"".join(draw(st.lists(st.sampled_from(WHOLE), min_size=1, max_size=3))))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        until = at + draw(st.integers(0, 6))
        match draw(st.sampled_from(["change", "cut", "repeat", "insert"])):
            case "change":
                data[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
            case "cut":
                del data[at:until]
            case "repeat":
                data[at:at] = data[at:until]
            case _:
                data[at:at] = draw(st.binary(max_size=6))
    return bytes(data)


def decode(data: bytes, sizes: Chunks) -> list[Message]:
    """Feeds `data` in chunks of `sizes`, in turn, and watches what the decoder holds."""
    decoder = Decoder(LIMITS)
    found: list[Message] = []
    most = HEADER.size + LIMITS.meta_bytes + LIMITS.jpeg_bytes
    at = 0
    for size in itertools.cycle(sizes):
        if at >= len(data):
            return found
        chunk = data[at : at + size]
        at += decoder.feed(chunk)
        if decoder.buffered > most or decoder.wanted > most:
            raise MemoryError(f"{decoder.buffered} bytes held, {most} allowed")
        message = decoder.next_message()
        if message is not None:
            found.append(message)
    return found


def read_everything(data: bytes, sizes: Chunks) -> None:
    try:
        found = decode(data, sizes)
    except WireError:
        return
    for message in found:
        for record in RECORDS:
            try:
                read = record.from_meta(message.meta)
            except WireError:
                continue
            if record.from_meta(read.to_meta()) is None:
                raise ValueError(f"{record.__name__} lost itself")


def arbitrary_bytes(run: Callable[..., None]) -> Any:
    started = st.binary(max_size=12).map(lambda rest: MAGIC + bytes([VERSION]) + rest)
    return given(st.binary(max_size=80) | started, chunks)(run)


def damaged_messages(run: Callable[..., None]) -> Any:
    return given(damaged_streams(), chunks)(run)


def hostile_meta(run: Callable[..., None]) -> Any:
    def frame(kind: Kind, body: bytes) -> bytes:
        return struct.pack(">4sBBHII", MAGIC, VERSION, kind, 0, len(body), 0) + body

    return given(st.builds(frame, st.sampled_from(Kind), hostile_json), chunks)(run)


def valid_messages(run: Callable[..., None]) -> Any:
    return given(st.lists(messages, min_size=1, max_size=3), chunks)(run)


def comes_out_as_it_went_in(sent: list[Message], sizes: Chunks) -> None:
    fitting = []
    for message in sent:
        try:
            fitting.append((message, encode(message, LIMITS)))
        except WireError:
            continue
    received = decode(b"".join(data for _, data in fitting), sizes)
    if received != [message for message, _ in fitting]:
        raise ValueError(f"sent {fitting!r}, received {received!r}")


Property = tuple[Callable[[Callable[..., None]], Any], Callable[..., None], float]
PROPERTIES: dict[str, Property] = {  # how to make the cases, what must hold, their share
    "arbitrary bytes": (arbitrary_bytes, read_everything, 0.4),
    "damaged messages": (damaged_messages, read_everything, 0.3),
    "hostile JSON": (hostile_meta, read_everything, 0.2),
    "valid messages": (valid_messages, comes_out_as_it_went_in, 0.1),
}


def fuzz(name: str, cases: int) -> int:
    """Runs one property for its share of `cases`; the number that ran. Raises as a case did."""
    cases_of, check, share = PROPERTIES[name]
    ran = 0

    def count(first: Any, sizes: Chunks) -> None:
        nonlocal ran
        ran += 1
        check(first, sizes)

    run = settings(
        max_examples=math.ceil(share * cases),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )(cases_of(count))
    run()
    return ran


def main(arguments: list[str] | None = None) -> int:
    parser = command_parser("fuzz_wire", __doc__)
    parser.add_argument("--cases", type=int, default=100_000, help="in all (default: %(default)s)")
    cases = parser.parse_args(arguments).cases
    total, started = 0, time.monotonic()
    for name in PROPERTIES:
        began = time.monotonic()
        ran = fuzz(name, cases)
        total += ran
        print(f"{name:18} {ran:9,} cases  {time.monotonic() - began:7.1f} s  no escape")
    print(f"{'all':18} {total:9,} cases  {time.monotonic() - started:7.1f} s")
    if total < cases:
        print(f"only {total:,} of {cases:,} cases ran", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
