"""The key service and its clients: whoever knows the secret keeps keys there, and what one has
destroyed the others forget."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lookout.server.keys.app import MAX_BODY_BYTES
from lookout.server.keys.desk import Destroyed
from lookout.server.storage.errors import StorageError, StoreAway
from lookout.server.storage.key_address import (
    KeyAddress,
    checked_url,
    read_key_address,
    read_key_token,
)
from lookout.server.storage.mongo.key_client import REST_S, KeyClient
from lookout.server.storage.mongo.key_file import FILENAME
from lookout.server.storage.mongo.remote_keys import MAX_UNHEARD_S, RemoteKeys
from tests.support.keys import SECRET, RunningKeys
from tests.support.wire import Certificates

LOCKED = b"gAAAAABlocked"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[RunningKeys]:
    with RunningKeys(tmp_path / "keys") as running:
        yield running


@pytest.fixture
def keys(service: RunningKeys) -> Iterator[RemoteKeys]:
    opened = service.keys()
    yield opened
    opened.close()


@pytest.fixture
def others(service: RunningKeys) -> Iterator[RemoteKeys]:
    opened = service.keys()
    yield opened
    opened.close()


def ask(
    service: RunningKeys, path: str, body: bytes = b"{}", secret: str = SECRET
) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30.0)
    try:
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "body", "secret", "status"),
    [
        ("/v1/state", b"{}", SECRET, 200),
        ("/v1/state", b"{}", "", 401),
        ("/v1/state", b"{}", SECRET[:-1], 401),
        ("/v1/close", b"{}", SECRET, 404),
        ("/v1/many", b"no JSON", SECRET, 422),
        ("/v1/many", b"[]", SECRET, 422),
        ("/v1/many", b'{"numbers": [true]}', SECRET, 422),
        ("/v1/many", json.dumps({"numbers": [1] * 1001}).encode(), SECRET, 422),
        ("/v1/add", b'{"purpose": "store", "locked": "x", "used": []}', SECRET, 422),
        ("/v1/many", b" " * (MAX_BODY_BYTES + 1), SECRET, 413),
    ],
)
def test_only_what_a_server_with_the_secret_asks_is_answered(
    service: RunningKeys, path: str, body: bytes, secret: str, status: int
) -> None:
    answered, content = ask(service, path, body, secret)
    assert answered == status
    assert ("error" in content) == (status != 200)
    assert SECRET not in json.dumps(content)


def test_the_first_of_two_servers_names_the_store_and_makes_its_key(
    keys: RemoteKeys, others: RemoteKeys
) -> None:
    assert (keys.owner(), keys.store_key(), keys.is_unused()) == (None, None, True)
    assert [keys.identity("sto_1"), others.identity("sto_2")] == ["sto_1", "sto_1"]
    assert [keys.keep_store_key(b"one"), others.keep_store_key(b"two")] == [b"one", b"one"]
    assert (others.owner(), others.store_key(), others.is_unused()) == ("sto_1", b"one", True)


def test_a_key_that_is_destroyed_is_off_the_disk_and_forgotten_by_the_other_servers(
    service: RunningKeys, keys: RemoteKeys, others: RemoteKeys
) -> None:
    gone, stays = (keys.add("person", LOCKED + bytes([65 + n])) for n in range(2))
    both = {gone: LOCKED + b"A", stays: LOCKED + b"B"}
    assert others.many([gone, stays]) == both
    keys.doom([gone])
    assert keys.unsettled().doomed == (gone,)
    keys.destroy([gone])
    on_disk = b"".join(path.read_bytes() for path in service.folder.glob(f"{FILENAME}*"))
    assert LOCKED + b"A" not in on_disk
    assert LOCKED + b"B" in on_disk
    others.hear()  # as its thread does every second
    assert others.many([gone, stays]) == {stays: LOCKED + b"B"}
    assert keys.many([gone, stays]) == {stays: LOCKED + b"B"}


class Overtaken(KeyClient):
    """The answer to `many` comes in when what it holds has been destroyed, and that been heard."""

    keys: RemoteKeys
    destroyer: RemoteKeys

    def call(self, operation: str, **body: object) -> Mapping[str, Any]:
        answer = super().call(operation, **body)
        if operation == "many" and answer["keys"]:
            self.destroyer.destroy([int(number) for number in answer["keys"]])
            self.keys.hear()
        return answer


def test_a_key_that_was_destroyed_while_it_was_on_its_way_is_not_kept(
    service: RunningKeys, others: RemoteKeys
) -> None:
    client = Overtaken(service.address)
    keys = client.keys = RemoteKeys(client)
    client.destroyer = others
    number = others.add("person", LOCKED)
    assert keys.many([number]) == {number: LOCKED}  # it was there when it was asked for
    assert keys.many([number]) == {}
    keys.close()


def test_while_the_service_is_away_what_was_read_can_be_read_and_nothing_new_is_kept(
    service: RunningKeys, keys: RemoteKeys
) -> None:
    known, gone = keys.add("sighting", LOCKED), keys.add("sighting", LOCKED + b"A")
    service.stop()
    assert keys.many([known]) == {known: LOCKED}
    with pytest.raises(StoreAway, match="does `lookout keys serve` run there"):
        keys.add("sighting", LOCKED)
    with pytest.raises(StoreAway):
        keys.destroy([gone])
    with pytest.raises(StoreAway):
        keys.many([gone])  # this server forgot it at once
    service.start()
    keys.hear()
    assert keys.many([known, gone]) == {known: LOCKED}  # what could not be destroyed is by now
    assert keys.add("sighting", LOCKED) > gone


def test_a_service_that_was_started_anew_is_asked_again_for_everything(
    service: RunningKeys, keys: RemoteKeys, others: RemoteKeys
) -> None:
    gone, stays = keys.add("person", LOCKED), keys.add("person", LOCKED)
    assert set(others.many([gone, stays])) == {gone, stays}
    keys.destroy([gone])
    service.stop()
    service.start()  # which does not remember what was destroyed before
    others.hear()
    assert set(others.many([gone, stays])) == {stays}


def test_who_has_heard_nothing_for_an_hour_forgets_all(service: RunningKeys) -> None:
    now_s = [0.0]
    keys = RemoteKeys(service.client(), clock=lambda: now_s[0])
    number = keys.add("person", LOCKED)
    service.stop()
    now_s[0] = MAX_UNHEARD_S - 1
    assert keys.many([number]) == {number: LOCKED}
    now_s[0] = MAX_UNHEARD_S + 1
    with pytest.raises(StoreAway):
        keys.many([number])
    keys.close()


def test_after_a_failure_nobody_waits_for_the_service_for_a_second(service: RunningKeys) -> None:
    now_s = [0.0]
    with closing(KeyClient(service.address, clock=lambda: now_s[0])) as client:
        service.stop()
        with pytest.raises(StoreAway):
            client.call("state")
        service.start()
        with pytest.raises(StoreAway):
            client.call("state")
        now_s[0] = REST_S
        assert client.call("state")["unused"]


def test_what_was_destroyed_is_told_in_order_or_not_at_all() -> None:
    destroyed = Destroyed(most=3)
    first = destroyed.since("", 0)
    assert (first["whole"], first["destroyed"]) == (False, [])
    epoch = str(first["epoch"])
    destroyed.add([7, 8])
    assert destroyed.since(epoch, 0)["destroyed"] == [7, 8]
    assert destroyed.since(epoch, 1) == {
        "epoch": epoch,
        "place": 2,
        "whole": True,
        "destroyed": [8],
    }
    destroyed.add([9, 10])
    assert destroyed.since(epoch, 0)["whole"] is False  # 7 is forgotten
    assert destroyed.since(epoch, 4)["destroyed"] == []
    assert destroyed.since(epoch, 5)["whole"] is False


def test_the_service_is_reached_over_tls_by_its_own_certificate(tmp_path: Path) -> None:
    own = Certificates(tmp_path)
    with RunningKeys(tmp_path / "keys", tls=(own.cert, own.key)) as service:
        url = service.address.url
        with closing(KeyClient(KeyAddress(url, SECRET, own.ca))) as trusted:
            assert trusted.call("state")["unused"]
        with pytest.raises(StoreAway, match="certificate"):
            KeyClient(KeyAddress(url, SECRET)).call("state")


def test_another_secret_and_another_server_are_no_key_service(service: RunningKeys) -> None:
    url = service.address.url
    stranger = KeyClient(KeyAddress(url, "another-secret-entirely"))
    with closing(stranger), pytest.raises(StorageError, match="take the secret") as refused:
        stranger.call("state")
    assert "another-secret" not in str(refused.value)
    elsewhere = KeyClient(KeyAddress(f"{url}/elsewhere", SECRET))
    with closing(elsewhere), pytest.raises(StorageError, match="is no key service"):
        elsewhere.call("state")


def test_the_secret_comes_from_a_private_file_or_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n")
    file.chmod(0o640)
    with pytest.raises(StorageError, match="chmod 600"):
        read_key_token({}, file)
    file.chmod(0o600)
    assert read_key_token({"LOOKOUT_KEYS_TOKEN_FILE": str(file)}) == SECRET
    for wrong in ("", "short", "spaces are fine, ümläuts not"):
        with pytest.raises(StorageError, match="openssl rand"):
            read_key_token({"LOOKOUT_KEYS_TOKEN": wrong})
    address = read_key_address("https://keys.example/", {"LOOKOUT_KEYS_TOKEN": SECRET})
    assert (address.url, address.host, address.port) == (
        "https://keys.example",
        "keys.example",
        443,
    )
    assert SECRET not in f"{address} {address!r}"
    for url in ("keys:8010", "http://", "http://a:b@keys", "http://keys:x", "http://keys?a=b"):
        with pytest.raises(StorageError):
            checked_url(url)
