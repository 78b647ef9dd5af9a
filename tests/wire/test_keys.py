"""API keys in the handshake, against what docs/wire.md says is computed."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace

import pytest

from lookout.wire import auth
from lookout.wire.errors import BadMessage, NotAuthorized
from lookout.wire.framing import Limits
from lookout.wire.keys import edge_key

KEY = "lk_dGhpcyBpcyBhIGtleSBvZiB0aGUgdGVzdHM"
LIMITS = Limits(1000, 2000)


def test_id_and_secret_are_those_of_the_document() -> None:
    def derived(label: str) -> str:
        return hmac.new(KEY.encode(), label.encode(), hashlib.sha256).hexdigest()

    own = edge_key(KEY)
    assert own.id == derived("lookout 1 edge key id")[:32]
    assert own.secret == derived("lookout 1 edge key secret")
    assert own.secret not in repr(own)


@pytest.mark.parametrize("server_token", ["", "a token that this edge does not know"])
def test_an_edge_with_a_key_and_a_server_that_knows_it_prove_themselves(server_token: str) -> None:
    asked = auth.challenge(server_token, keys=True)
    hello = auth.answer(asked, "door", KEY)
    assert hello.key == edge_key(KEY).id
    said = str(asked.to_meta()) + str(hello.to_meta())
    assert KEY not in said
    assert edge_key(KEY).secret not in said
    welcome = auth.admit(asked, hello, edge_key(KEY).secret, LIMITS)
    auth.confirm(asked, hello, welcome, KEY)


def test_another_keys_secret_opens_nothing() -> None:
    asked = auth.challenge("", keys=True)
    hello = auth.answer(asked, "door", KEY)
    with pytest.raises(NotAuthorized):
        auth.admit(asked, hello, edge_key(KEY + "x").secret, LIMITS)


def test_a_server_that_does_not_know_the_key_is_turned_away() -> None:
    asked = auth.challenge("", keys=True)
    hello = auth.answer(asked, "door", KEY)
    for mac in (None, hello.mac, "00" * 32):
        with pytest.raises(NotAuthorized, match="could not prove"):
            auth.confirm(asked, hello, auth.Welcome(LIMITS, mac), KEY)


@pytest.mark.parametrize("token", ["", "secret"])
def test_a_server_that_takes_no_keys_is_sent_nothing_made_from_one(token: str) -> None:
    with pytest.raises(NotAuthorized, match="takes none"):
        auth.answer(auth.challenge(token), "door", KEY)


def test_both_sides_understand_those_who_know_nothing_of_keys() -> None:
    asked = auth.challenge("secret", keys=True)
    old_challenge = {k: v for k, v in asked.to_meta().items() if k != "keys"}
    assert auth.Challenge.from_meta(old_challenge) == replace(asked, keys=False)
    hello = auth.answer(asked, "door", "secret")
    old_hello = {k: v for k, v in hello.to_meta().items() if k != "key"}
    assert auth.Hello.from_meta(old_hello) == hello
    with pytest.raises(BadMessage):
        auth.Challenge.from_meta({**old_challenge, "keys": "yes"})
    with pytest.raises(BadMessage):
        auth.Hello.from_meta({**old_hello, "key": 7})
