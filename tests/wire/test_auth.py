"""The handshake's arithmetic, against MACs computed here from docs/wire.md."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace

import pytest

from lookout.wire import auth
from lookout.wire.errors import BadMessage, NotAuthorized
from lookout.wire.framing import Limits

LIMITS = Limits(1000, 2000)


def shake(edge_token: str, server_token: str) -> auth.Welcome:
    asked = auth.challenge(server_token)
    hello = auth.answer(asked, "door", edge_token)
    welcome = auth.admit(asked, hello, server_token, LIMITS)
    auth.confirm(asked, hello, welcome, edge_token)
    return welcome


@pytest.mark.parametrize("token", ["", "secret", "пароль ☃ 👩🏽‍🔬", "\udcff\udc80", "x" * 10_000])
def test_the_same_token_on_both_sides_lets_the_edge_in(token: str) -> None:
    assert shake(token, token).limits == LIMITS


def test_one_letter_typed_in_two_ways_is_one_token() -> None:
    assert shake("caf\u00e9", "cafe\u0301").mac is not None


@pytest.mark.parametrize(
    ("edge", "server"), [("a", "b"), ("a", ""), ("", "b"), ("a", "A"), ("a", "a ")]
)
def test_different_tokens_are_refused(edge: str, server: str) -> None:
    with pytest.raises(NotAuthorized):
        shake(edge, server)


def test_the_macs_are_those_of_the_document() -> None:
    asked = auth.challenge("secret")
    hello = auth.answer(asked, "door", "secret")
    welcome = auth.admit(asked, hello, "secret", LIMITS)
    nonces = bytes.fromhex(asked.nonce) + bytes.fromhex(hello.nonce)
    for mac, label in (
        (hello.mac, b"lookout 1 edge knows the token"),
        (welcome.mac, b"lookout 1 server knows the token"),
    ):
        assert mac == hmac.new(b"secret", label + nonces, hashlib.sha256).hexdigest()


def test_neither_the_token_nor_the_same_nonce_is_ever_sent_twice() -> None:
    nonces = set()
    for _ in range(100):
        asked = auth.challenge("secret")
        hello = auth.answer(asked, "door", "secret")
        nonces |= {asked.nonce, hello.nonce}
        assert "secret" not in f"{asked.to_meta()}{hello.to_meta()}"
    assert len(nonces) == 200


def test_an_answer_recorded_on_one_connection_opens_no_other() -> None:
    recorded = auth.answer(auth.challenge("secret"), "door", "secret")
    with pytest.raises(NotAuthorized):
        auth.admit(auth.challenge("secret"), recorded, "secret", LIMITS)


def test_a_server_that_sends_the_edges_own_proof_back_is_refused() -> None:
    asked = auth.challenge("secret")
    hello = auth.answer(asked, "door", "secret")
    with pytest.raises(NotAuthorized, match="could not prove"):
        auth.confirm(asked, hello, auth.Welcome(LIMITS, hello.mac), "secret")


@pytest.mark.parametrize("mac", [None, "", "00" * 32, "☃"])
def test_a_server_without_proof_is_refused(mac: str | None) -> None:
    asked = auth.challenge("secret")
    hello = auth.answer(asked, "door", "secret")
    with pytest.raises(NotAuthorized, match="could not prove"):
        auth.confirm(asked, hello, auth.Welcome(LIMITS, mac), "secret")


def test_a_server_that_pretends_to_want_no_token_does_not_get_the_edges_frames() -> None:
    open_door = replace(auth.challenge("secret"), token_required=False)
    with pytest.raises(NotAuthorized, match="start the server with the same --token"):
        auth.answer(open_door, "door", "secret")


def test_the_records_read_back_what_they_wrote() -> None:
    asked = auth.challenge("secret")
    hello = auth.answer(asked, "door", "secret")
    welcome = auth.admit(asked, hello, "secret", LIMITS)
    assert auth.Challenge.from_meta(asked.to_meta()) == asked
    assert auth.Hello.from_meta(hello.to_meta()) == hello
    assert auth.Welcome.from_meta(welcome.to_meta()) == welcome


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": "00"},
        {"nonce": "zz" * 32},
        {"nonce": None},
        {"client": ""},
        {"client": "x" * 201},
        {"client": "two\nlines"},
        {"client": 7},
        {"mac": 7},
    ],
    ids=str,
)
def test_a_malformed_hello_is_refused(change: dict[str, object]) -> None:
    hello = auth.answer(auth.challenge(""), "door", "")
    with pytest.raises(BadMessage):
        auth.Hello.from_meta(hello.to_meta() | change)
