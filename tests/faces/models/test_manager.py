"""Networks come when they are wanted, go when they are not, and nobody is refused for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import pytest

from lookout.faces.errors import ModelBusy, ModelDamaged
from lookout.faces.models.manager import ModelChange, ModelManager, Why

MB = 1 << 20


@dataclass
class Network:
    """Something that is opened and asked."""

    name: str


@dataclass
class House:
    """A manager whose clock and memory a test sets, and what was opened in it."""

    idle_s: float = 600.0
    budget_mb: int = 1024
    max_waiting: int = 32
    wait_s: float = 30.0
    now_s: float = 0.0
    resident: int = 100 * MB
    opened: list[str] = field(default_factory=list)
    told: list[ModelChange] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.models = ModelManager(
            idle_s=self.idle_s,
            budget_bytes=self.budget_mb * MB,
            max_waiting=self.max_waiting,
            wait_s=self.wait_s,
            clock=lambda: self.now_s,
            memory=lambda: self.resident,
        )
        self.models.listen(self.told.append)

    def opener(self, name: str, megabytes: int = 40) -> Callable[[], Network]:
        def open_network() -> Network:
            self.opened.append(name)
            self.resident += megabytes * MB
            return Network(name)

        return open_network

    def ask(self, name: str, megabytes: int = 40) -> Network:
        with self.models.use(name, self.opener(name, megabytes)) as network:
            return network

    def loaded(self) -> list[str]:
        return [use.name for use in self.models.uses() if use.loaded]


def test_a_network_is_opened_when_it_is_first_wanted_and_shared_from_then_on() -> None:
    house = House()
    assert house.models.uses() == ()
    first, second = house.ask("pose"), house.ask("pose")
    assert first is second
    assert house.opened == ["pose"]
    (use,) = house.models.uses()
    assert (use.uses, use.loads, use.memory_bytes, use.kept) == (2, 1, 40 * MB, False)
    assert house.told == [ModelChange("pose", True, Why.WANTED, 40 * MB)]


def test_after_the_idle_time_it_is_unloaded_and_the_next_use_opens_it_again() -> None:
    house = House(idle_s=600)
    house.ask("pose")
    house.now_s = 599.0
    assert house.models.sweep() == 0
    house.now_s = 600.0
    assert house.models.sweep() == 1
    assert house.loaded() == []
    assert house.told[-1] == ModelChange("pose", False, Why.IDLE, 40 * MB)
    house.ask("pose")
    (use,) = house.models.uses()
    assert (use.loaded, use.loads, use.idle_s) == (True, 2, 0.0)


def test_what_is_in_use_or_kept_is_never_unloaded() -> None:
    house = House(idle_s=1)
    house.models.keep(house.opener("yunet"))
    with house.models.use("pose", house.opener("pose")):
        house.now_s = 1e6
        assert house.models.sweep() == 0
        assert not house.models.unload("pose")
    house.models.count("yunet")
    assert not house.models.unload("yunet")
    yunet = next(use for use in house.models.uses() if use.name == "yunet")
    assert (yunet.kept, yunet.uses, yunet.loaded) == (True, 1, True)


def test_what_is_no_network_after_all_is_not_listed() -> None:
    house = House()
    house.models.keep(house.opener("off"), counts=lambda network: network.name != "off")
    assert house.models.uses() == ()


def test_over_the_budget_the_one_that_was_used_least_recently_goes_first() -> None:
    house = House(budget_mb=100)
    house.models.keep(house.opener("yunet", 500))  # kept ones are not of the budget
    for at_s, name in enumerate(("pose", "age", "pose", "mask")):
        house.now_s = float(at_s)
        house.ask(name)
    assert house.loaded() == ["yunet", "pose", "mask"]
    assert house.told[-2:] == [
        ModelChange("age", False, Why.BUDGET, 40 * MB),
        ModelChange("mask", True, Why.WANTED, 40 * MB),
    ]


def test_one_that_is_larger_than_the_budget_is_loaded_all_the_same() -> None:
    house = House(budget_mb=100)
    house.ask("pose")
    house.ask("vgg", megabytes=600)
    assert house.loaded() == ["vgg"]


def test_what_cannot_be_opened_says_so_and_the_next_may_try_again() -> None:
    house = House()

    def damaged() -> Network:
        raise ModelDamaged("the file has changed")

    with pytest.raises(ModelDamaged), house.models.use("pose", damaged):
        pass
    assert house.ask("pose").name == "pose"


def test_only_so_many_wait_for_a_network_and_only_for_so_long() -> None:
    house = House(max_waiting=1, wait_s=0.05)
    refused: list[str] = []

    def wait_in_vain() -> None:
        try:
            house.ask("pose")
        except ModelBusy as error:
            refused.append(str(error))

    with house.models.use("pose", house.opener("pose")):
        waiting = threading.Thread(target=wait_in_vain)
        waiting.start()
        waiting.join(10)
    assert refused == ["the network pose was in use for 0.05 s; try again in a moment"]

    house = House(max_waiting=0)
    with (
        house.models.use("pose", house.opener("pose")),
        pytest.raises(ModelBusy, match="0 wait for the network pose already"),
    ):
        house.ask("pose")


def test_nobody_is_refused_while_networks_come_and_go_under_traffic() -> None:
    house = House(budget_mb=100)
    failed: list[Exception] = []

    def ask_often(seed: int) -> None:
        names = Random(seed)
        for _ in range(100):
            name = names.choice(("pose", "age", "mask", "gender"))
            try:
                assert house.ask(name).name == name
            except Exception as error:  # noqa: BLE001 - any is a failure
                failed.append(error)

    threads = [threading.Thread(target=ask_often, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        for name in ("pose", "age", "mask", "gender"):
            house.models.unload(name)
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert sum(use.uses for use in house.models.uses()) == 400
    assert len(house.opened) == sum(use.loads for use in house.models.uses())
