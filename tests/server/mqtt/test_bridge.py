"""What a broker retains is what is so, whatever happens to the server, the broker, the listener."""

from __future__ import annotations

import json
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from lookout.server.mqtt.broker import Broker, BrokerLost
from lookout.server.mqtt.message import MqttMessage
from lookout.server.mqtt.options import Imitated, MqttOptions, Protocol
from lookout.server.storage.sqlite.store import SqliteStore
from tests.server.mqtt.conftest import Listener, Mosquitto
from tests.server.mqtt.home import JPEG, Home

pytestmark = pytest.mark.long


def options(broker: Mosquitto, **more: object) -> MqttOptions:
    return MqttOptions("127.0.0.1", broker.port, **more)  # type: ignore[arg-type]


@pytest.fixture
def home(store: SqliteStore) -> Home:
    return Home(store)


@pytest.fixture
def ends() -> Iterator[list[object]]:
    """Bridges that the test has left open."""
    bridges: list[object] = []
    yield bridges
    for bridge in bridges:
        assert bridge.close(30.0)  # type: ignore[attr-defined]


def person_states(listener: Listener, person: str) -> dict[str, str]:
    prefix = f"lookout/people/{person}/"
    return {
        topic.removeprefix(prefix): payload
        for topic, payload in listener.states().items()
        if topic.startswith(prefix)
    }


def camera_states(listener: Listener, camera: str) -> dict[str, str]:
    prefix = f"lookout/cameras/{camera}/"
    return {
        topic.removeprefix(prefix): payload
        for topic, payload in listener.states().items()
        if topic.startswith(prefix)
    }


@pytest.mark.parametrize("version", list(Protocol))
def test_who_comes_and_goes_is_so_at_the_broker(
    home: Home, broker: Mosquitto, listener: Listener, ends: list[object], version: Protocol
) -> None:
    ada = home.enrol("Ada")
    ends.append(home.bridge(options(broker, protocol=version)))
    listener.until(lambda: ("lookout/status", "online") in listener.came)
    assert person_states(listener, ada) == {
        "tracker": "not_home",
        "camera": "None",
        "seen": "None",
        "attributes": json.dumps({"camera": None, "person": ada}, separators=(",", ":")),
    }
    assert camera_states(listener, home.door) == {
        "available": "online",
        "face": "OFF",
        "who": "nobody",
        "attributes": '{"people":[],"unknown":0}',
    }
    sighting = home.comes("door", ada)
    event = f"lookout/cameras/{home.door}/event"
    listener.until(lambda: any(topic == event for topic, _ in listener.came))
    assert person_states(listener, ada) | {"attributes": ""} == {
        "tracker": "door",
        "camera": "door",
        "seen": "1970-01-01T00:16:40+00:00",
        "attributes": "",
    }
    assert camera_states(listener, home.door)["who"] == "Ada"
    assert camera_states(listener, home.door)["face"] == "ON"
    home.goes(sighting)
    listener.until(lambda: len(listener.json_of(event)) == 2)
    assert [one["event_type"] for one in listener.json_of(event)] == ["person_seen", "left"]
    assert listener.json_of(event)[0]["name"] == "Ada"
    assert person_states(listener, ada)["tracker"] == "not_home"
    assert person_states(listener, ada)["camera"] == "door"
    assert camera_states(listener, home.door)["face"] == "OFF"
    told = listener.json_of("lookout/events")
    assert [one["type"] for one in told] == ["sighting.began", "sighting.ended"]
    assert not any(topic.endswith("/event") for topic in listener.states())


def test_a_person_who_is_renamed_is_the_same_device(
    home: Home, broker: Mosquitto, listener: Listener, ends: list[object]
) -> None:
    ada = home.enrol("Ada")
    home.comes("door", ada)
    ends.append(home.bridge(options(broker)))
    listener.until(lambda: ("lookout/status", "online") in listener.came)
    topic = f"homeassistant/device/lookout_person_{ada}/config"
    before = json.loads(listener.states()[topic])
    home.rename(ada, "Ada Lovelace")
    listener.until(lambda: any("Lovelace" in payload for _, payload in listener.came))
    listener.until(lambda: (f"lookout/cameras/{home.door}/who", "Ada Lovelace") in listener.came)
    after = json.loads(listener.states()[topic])
    assert after["device"].pop("name") == "Ada Lovelace"
    assert before["device"].pop("name") == "Ada"
    assert after == before


def test_of_somebody_who_is_forgotten_nothing_is_left(
    home: Home, broker: Mosquitto, listener: Listener, ends: list[object]
) -> None:
    ada, bob = home.enrol("Ada"), home.enrol("Bob")
    home.comes("door", ada)
    ends.append(home.bridge(options(broker)))
    listener.until(lambda: ("lookout/status", "online") in listener.came)
    assert any(ada in topic for topic in listener.states())
    home.forget(ada)
    listener.until(lambda: bool(listener.json_of("lookout/events")))
    left = listener.states()
    assert left[f"lookout/cameras/{home.door}/face"] == "OFF"
    assert not any(ada in topic or "Ada" in payload for topic, payload in left.items())
    assert any(bob in topic for topic in left)


def test_who_is_forgotten_while_the_broker_is_away_leaves_it_when_it_is_back(
    home: Home, broker: Mosquitto, listener: Listener, ends: list[object]
) -> None:
    ada = home.enrol("Ada")
    ends.append(home.bridge(options(broker)))
    listener.until(lambda: ("lookout/status", "online") in listener.came)
    broker.stop()
    home.forget(ada)
    listener.came.clear()
    broker.start()
    listener.until(lambda: ("lookout/status", "online") in listener.came)
    assert not any(ada in topic for topic in listener.states())


def test_after_our_own_restart_the_broker_knows_no_more_than_is_so(
    home: Home, broker: Mosquitto, listener: Listener, ends: list[object]
) -> None:
    ada, bob = home.enrol("Ada"), home.enrol("Bob")
    home.comes("door", bob)
    first = home.bridge(options(broker))
    listener.until(lambda: ("lookout/status", "online") in listener.came)
    assert first.close(30.0)
    assert listener.states()["lookout/status"] == "offline"
    home.forget(ada)
    listener.came.clear()
    ends.append(home.bridge(options(broker)))
    listener.until(lambda: ("lookout/status", "online") in listener.came)
    assert not any(ada in topic for topic in listener.states())
    assert person_states(listener, bob)["tracker"] == "door"


def test_another_prefix_leaves_nothing_under_the_old_one(
    home: Home, broker: Mosquitto, listener: Listener, ends: list[object]
) -> None:
    home.enrol("Ada")
    first = home.bridge(options(broker))
    listener.until(lambda: ("lookout/status", "online") in listener.came)
    assert first.close(30.0)
    ends.append(home.bridge(options(broker, prefix="house/faces", discovery="ha")))
    listener.until(lambda: ("house/faces/status", "online") in listener.came)
    assert {topic.partition("/")[0] for topic in listener.states()} == {"house", "ha"}


def test_home_assistant_that_starts_is_told_everything_again(
    home: Home, broker: Mosquitto, listener: Listener, ends: list[object]
) -> None:
    ada = home.enrol("Ada")
    ends.append(home.bridge(options(broker)))
    listener.until(lambda: ("lookout/status", "online") in listener.came)
    listener.came.clear()
    listener.say("homeassistant/status", "online")
    config = f"homeassistant/device/lookout_person_{ada}/config"
    listener.until(lambda: ("lookout/status", "online") in listener.came)
    assert any(topic == config for topic, _ in listener.came)


def test_after_a_restart_of_the_broker_what_was_missed_is_in_the_log_of_events_alone(
    home: Home, broker: Mosquitto, listener: Listener, ends: list[object]
) -> None:
    ada = home.enrol("Ada")
    ends.append(home.bridge(options(broker)))
    listener.until(lambda: ("lookout/status", "online") in listener.came)
    broker.stop()
    listener.came.clear()
    number = home.happens("alert.firing", "door", person=ada, detail={"alert": {"id": "alr_1"}})
    broker.start()
    listener.until(lambda: any(topic == "lookout/events" for topic, _ in listener.came))
    (told,) = listener.json_of("lookout/events")
    assert (told["id"], told["alert"]) == (number, {"id": "alr_1"})
    later = home.comes("door", ada)
    listener.until(lambda: any(topic.endswith("/event") for topic, _ in listener.came))
    assert listener.json_of(f"lookout/cameras/{home.door}/event")[0]["sighting"] == later


def test_an_unknown_person_is_told_counted_and_named(
    home: Home, broker: Mosquitto, listener: Listener, ends: list[object]
) -> None:
    ada = home.enrol("Ada")
    ends.append(home.bridge(options(broker, pictures=True)))
    listener.until(lambda: ("lookout/status", "online") in listener.came)
    home.comes("yard", None, "c1")
    image = f"lookout/cameras/{home.yard}/image"
    listener.until(lambda: any(topic == image for topic, _ in listener.came))
    assert dict(listener.came)[image] == JPEG.decode(errors="replace")
    assert camera_states(listener, home.yard)["who"] == "unknown"
    assert listener.states()["lookout/server/unknown"] == "1"
    assert listener.json_of("lookout/server/event")[0]["cluster"] == "c1"
    home.happens("unknown.named", person=ada, cluster="c1")
    listener.until(lambda: (f"lookout/cameras/{home.yard}/who", "Ada") in listener.came)
    assert person_states(listener, ada)["tracker"] == "yard"
    assert image not in listener.states()


def test_the_topics_of_frigate_and_double_take_are_written_when_asked_for(
    home: Home, broker: Mosquitto, listener: Listener, ends: list[object]
) -> None:
    ada = home.enrol("Ada/+#")
    ends.append(home.bridge(options(broker, imitated=frozenset(Imitated), discovery="")))
    listener.until(lambda: ("lookout/status", "online") in listener.came)
    sighting = home.comes("door", ada)
    listener.until(lambda: bool(listener.json_of("double-take/cameras/door")))
    (update,) = listener.json_of("frigate/tracked_object_update")
    assert update == {
        "type": "face",
        "id": sighting,
        "name": "Ada/+#",
        "score": 0.98,
        "camera": "door",
        "timestamp": 1000.0,
    }
    (match,) = listener.json_of("double-take/matches/Ada___")
    assert (match["camera"], match["match"]["name"]) == ("door", "Ada/+#")
    assert match["match"]["confidence"] == 98.0
    home.comes("door", None, "c1")
    listener.until(lambda: bool(listener.json_of("double-take/matches/unknown")))
    assert not any(topic.startswith("homeassistant") for topic in listener.states())


def test_a_server_that_is_killed_is_told_by_its_last_will(
    broker: Mosquitto, listener: Listener
) -> None:
    will = MqttMessage("lookout/status", b"offline", retain=True, qos=1)
    connected = Broker(options(broker), "killed", will, lambda *_: None)
    connected.publish([MqttMessage("lookout/status", b"online", retain=True, qos=1)])
    socket = connected._client.socket()
    assert socket is not None
    socket.close()
    listener.until(lambda: ("lookout/status", "offline") in listener.came)
    connected.close()


def test_tls_user_and_password_are_used_and_refusals_say_why(tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    passwords = tmp_path / "passwords"
    subprocess.run(
        ["mosquitto_passwd", "-b", "-c", str(passwords), "house", "a secret"], check=True
    )
    broker = Mosquitto(
        tmp_path,
        f"certfile {tmp_path / 'server.pem'}",
        f"keyfile {tmp_path / 'server.pem'}",
        f"password_file {passwords}",
    )
    will = MqttMessage("lookout/status", b"offline")
    with_tls = options(broker, tls=True, ca=tmp_path / "ca.pem", user="house", password="a secret")
    try:
        Broker(with_tls, "test", will, lambda *_: None).close()
        tls = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        Listener(broker.port, "house", "a secret", tls).close()
        for wrong, why in (
            (options(broker, tls=True, ca=tmp_path / "ca.pem"), "refuses: Not authorized"),
            (options(broker, tls=True, user="house", password="a secret"), "certificate"),
        ):
            with pytest.raises(BrokerLost, match=why) as error:
                Broker(wrong, "test", will, lambda *_: None)
            assert "a secret" not in str(error.value)
    finally:
        broker.stop()
    with pytest.raises(BrokerLost, match="cannot be reached"):
        Broker(with_tls, "test", will, lambda *_: None)
