"""The properties of benchmarks/system/fuzz_wire.py, on a small share of its cases."""

from __future__ import annotations

import pytest

from benchmarks.system.fuzz_wire import PROPERTIES, decode, fuzz
from lookout.wire.errors import WireError

pytestmark = pytest.mark.long

CASES = 1500


@pytest.mark.slow
@pytest.mark.parametrize("name", PROPERTIES)
def test_no_case_escapes(name: str) -> None:
    assert fuzz(name, CASES) >= PROPERTIES[name][2] * CASES


@pytest.mark.parametrize("error", [RecursionError, ValueError, WireError])
def test_the_fuzzer_sees_what_it_looks_for(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def parse(_: bytes) -> None:
        raise error

    monkeypatch.setattr("lookout.wire.framing.json_part.parse", parse)
    if error is WireError:
        assert fuzz("hostile JSON", 250) >= 50
    else:
        with pytest.raises(error):
            fuzz("hostile JSON", 250)


def test_a_message_in_one_giant_chunk_is_taken_one_by_one() -> None:
    ping = bytes.fromhex("4c4f4f4b 01 08 0000 00000002 00000000") + b"{}"
    assert len(decode(ping * 1000, [10**6])) == 1000
