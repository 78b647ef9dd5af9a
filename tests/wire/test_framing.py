"""Messages to bytes and back, against bytes that were put together by hand."""

from __future__ import annotations

import pytest

from lookout.wire.errors import BadMessage, TooLarge, WireError, WrongVersion
from lookout.wire.framing import HEADER, Decoder, Kind, Limits, Message, encode

LIMITS = Limits(meta_bytes=64, jpeg_bytes=8)

# magic, version 1, kind 4 (FRAME), reserved, 7 bytes of JSON, 3 bytes of JPEG
FRAME = bytes.fromhex("4c4f4f4b 01 04 0000 00000007 00000003") + b'{"a":1}\xff\xd8\xff'
PING = bytes.fromhex("4c4f4f4b 01 08 0000 00000002 00000000") + b"{}"


def decode_all(decoder: Decoder, data: bytes) -> list[Message]:
    messages = []
    while data:
        data = data[decoder.feed(data) :]
        while (message := decoder.next_message()) is not None:
            messages.append(message)
    return messages


def test_a_message_is_these_bytes() -> None:
    assert encode(Message(Kind.FRAME, {"a": 1}, b"\xff\xd8\xff"), LIMITS) == FRAME
    assert encode(Message(Kind.PING), LIMITS) == PING


def test_these_bytes_are_a_message() -> None:
    assert decode_all(Decoder(LIMITS), FRAME + PING) == [
        Message(Kind.FRAME, {"a": 1}, b"\xff\xd8\xff"),
        Message(Kind.PING, {}, b""),
    ]


def test_a_stream_cut_into_single_bytes_gives_the_same_messages() -> None:
    decoder = Decoder(LIMITS)
    messages = []
    for byte in FRAME + PING:
        messages += decode_all(decoder, bytes([byte]))
    assert [message.kind for message in messages] == [Kind.FRAME, Kind.PING]


def test_the_decoder_asks_for_the_header_then_for_the_body_and_for_no_byte_more() -> None:
    decoder = Decoder(LIMITS)
    assert decoder.wanted == HEADER.size == 16
    decoder.feed(FRAME[:16])
    assert decoder.wanted == 10
    assert decoder.next_message() is None
    assert decoder.feed(FRAME[16:] + PING) == 10
    assert decoder.wanted == 0
    assert decoder.feed(PING) == 0
    assert decoder.next_message() is not None
    assert decoder.next_message() is None
    assert decoder.wanted == 16


def test_the_kinds_keep_their_numbers() -> None:
    assert [kind.value for kind in Kind] == list(range(1, 13))
    assert [kind.name for kind in Kind][:4] == ["CHALLENGE", "HELLO", "WELCOME", "FRAME"]


@pytest.mark.parametrize(
    ("header", "error", "message"),
    [
        (b"GET / HTTP/1.1\r\n", BadMessage, "does not speak Lookout's protocol"),
        (b"LOOK\x02" + FRAME[5:16], WrongVersion, "version 2 .* version 1"),
        (b"LOOK\x01\x00" + FRAME[6:16], BadMessage, "no message of kind 0"),
        (b"LOOK\x01\x0d" + FRAME[6:16], BadMessage, "no message of kind 13"),
        (FRAME[:6] + b"\x00\x01" + FRAME[8:16], BadMessage, "reserved field is zero, got 1"),
        (FRAME[:8] + b"\x00\x00\x00\x41" + FRAME[12:16], TooLarge, "JSON part .* 65 .* 64"),
        (FRAME[:12] + b"\xff\xff\xff\xff", TooLarge, "JPEG part .* 4,294,967,295 .* 8"),
    ],
    ids=["magic", "version", "kind 0", "kind 13", "reserved", "long JSON", "long JPEG"],
)
def test_a_bad_header_is_refused_before_one_byte_of_the_body_is_taken(
    header: bytes, error: type[WireError], message: str
) -> None:
    decoder = Decoder(LIMITS)
    with pytest.raises(error, match=message):
        decoder.feed(header + bytes(1000))
    assert decoder.buffered == 0


def test_after_an_error_the_decoder_takes_nothing_more() -> None:
    decoder = Decoder(LIMITS)
    with pytest.raises(BadMessage):
        decoder.feed(bytes(16))
    with pytest.raises(BadMessage):
        decoder.feed(PING)
    assert decoder.next_message() is None


def test_a_promised_body_costs_nothing_until_it_arrives() -> None:
    decoder = Decoder(Limits(jpeg_bytes=2**32 - 1))
    decoder.feed(FRAME[:12] + b"\xff\xff\xff\xff")
    assert decoder.buffered == 16


def test_parts_of_just_the_limit_pass_and_one_byte_more_does_not() -> None:
    fits = Message(Kind.FRAME, {"a": "x" * 56}, bytes(8))
    assert decode_all(Decoder(LIMITS), encode(fits, LIMITS)) == [fits]
    for meta, jpeg in (({"a": "x" * 57}, bytes(8)), ({"a": 1}, bytes(9))):
        with pytest.raises(TooLarge):
            encode(Message(Kind.FRAME, meta, jpeg), LIMITS)
