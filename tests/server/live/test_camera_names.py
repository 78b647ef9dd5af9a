"""Two devices with one camera name are told apart, and a key's name is the key's."""

from __future__ import annotations

from lookout.server.live.camera_names import KEPT_S, MAX_NAMES, CameraNames, Device

A, B = Device("a" * 16), Device("b" * 16)
KEY_A, KEY_B = Device("a" * 16, "key-a"), Device("b" * 16, "key-b")


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_two_devices_of_one_name_get_two_names_and_keep_them() -> None:
    clock = Clock()
    names = CameraNames(clock=clock)
    assert [names.claim("raspberrypi", device) for device in (A, B, A, B)] == [
        "raspberrypi",
        "raspberrypi (2)",
        "raspberrypi",
        "raspberrypi (2)",
    ]
    assert names.owner("raspberrypi (2)") == (B, "raspberrypi")
    for name in ("raspberrypi", "raspberrypi (2)"):
        names.release(name)
        names.release(name)
    clock.now_s += KEPT_S
    assert names.claim("raspberrypi", B) == "raspberrypi (2)"
    names.release("raspberrypi (2)")
    clock.now_s += 1  # the first has been away for more than an hour: a replaced Pi gets its name
    assert names.claim("raspberrypi", Device("c" * 16)) == "raspberrypi"


def test_a_name_of_a_key_is_no_other_key_s_however_long_it_is_away() -> None:
    clock = Clock()
    valid = {"key-a", "key-b"}
    names = CameraNames(is_valid=valid.__contains__, clock=clock)
    assert names.claim("front", KEY_A) == "front"
    names.release("front")
    clock.now_s += 100 * KEPT_S
    for stranger in (KEY_B, A, Device("a" * 16, "key-b")):
        assert names.claim("front", stranger) == "front (2)"
        names.release("front (2)")
        names.give("front (2)", None)
    assert names.claim("front", Device("d" * 16, "key-a")) == "front"  # the Pi was replaced
    names.release("front")
    valid.remove("key-a")
    assert names.claim("front", KEY_B) == "front"


def test_an_administrator_gives_a_name_and_frees_it() -> None:
    names = CameraNames()
    assert names.claim("front", B) == "front"
    names.give("front", "key-a")
    assert names.claim("front", B) == "front (2)"
    assert names.claim("front", KEY_A) == "front"
    names.give("front", None)
    assert names.claim("front", KEY_B) == "front"


def test_owners_outlive_a_restart() -> None:
    names = CameraNames()
    names.claim("front", KEY_A)
    names.claim("yard", A)
    stored = names.to_store()
    assert names.to_store() is None
    names.not_stored()
    assert names.to_store() == stored
    again = CameraNames(stored)
    assert again.claim("front", KEY_B) == "front (2)"
    assert again.claim("yard", B) == "yard (2)"
    assert again.claim("yard", A) == "yard"
    assert CameraNames({"front": "nonsense"}).claim("front", B) == "front"


def test_names_are_remembered_in_bounded_number() -> None:
    names = CameraNames()
    for number in range(MAX_NAMES + 10):
        names.release(names.claim(f"camera {number}", A))
    stored = names.to_store()
    assert stored is not None
    assert len(stored) == MAX_NAMES


def test_a_camera_that_was_renamed_keeps_its_name_whatever_its_device_calls_it() -> None:
    names = CameraNames()
    assert names.claim("raspberrypi", A) == "raspberrypi"
    names.rename("raspberrypi", "Front door")
    assert names.is_renamed("raspberrypi", A)
    assert names.claim("raspberrypi", A) == "Front door"
    assert names.was_given("Front door")
    assert names.claim("raspberrypi", B) == "raspberrypi"
    again = CameraNames(names.to_store())
    assert again.claim("raspberrypi", A) == "Front door"
    again.rename("Front door", "raspberrypi (old)")
    again.rename("raspberrypi (old)", "Front door")
    assert not again.is_renamed("Front door", A)
