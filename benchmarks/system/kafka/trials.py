"""The trials: how many a second, consumers that are killed, and everything else that fails."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

from benchmarks.system.kafka.stage import PICTURE_BYTES, Stage, opened
from benchmarks.system.kafka.stand_in import WORKERS, recognize_in
from tests.support.kafka.broker import Broker

Figures = dict[str, object]
KILL_EVERY_S = 34.0
"""So that 100,000 pictures see twenty kills; the group needs 6 s to notice that a consumer is dead,
and gives its partitions away then."""
KILLED_RATE = 150.0
SMALL_BYTES = 5_000
POISON_EVERY = 100
FAULT_RATE = 40.0


def direct_rate(count: int, cost_s: float) -> float:
    """Pictures a second without Kafka: the same workers and the same recorded cost."""
    content = bytes(PICTURE_BYTES)
    began_s = time.monotonic()
    with ThreadPoolExecutor(WORKERS) as threads:
        list(threads.map(lambda _: recognize_in(cost_s, content), range(count)))
    return count / (time.monotonic() - began_s)


def kafka_rate(
    broker: Broker, folder: Path, count: int, cost_s: float, consumers: int
) -> tuple[float, float]:
    """Pictures a second, from the first answer to the last but a tenth (at the very end one
    consumer has nothing left), and the milliseconds of processor time that a consumer spends on the
    way of one."""
    with opened(broker, folder) as stage:
        running = []
        for _ in range(consumers):
            running.append(stage.consumer(cost_s))
            running[-1].wait_for_partitions()
        time.sleep(3.0)  # for the partitions to be shared out
        stage.send(count)
        if not stage.wait_until_answered():
            raise RuntimeError(f"{stage.lost()} pictures of {count} had no answer")
        cpu_ms = max(consumer.stop()["cpu_ms"] for consumer in running)
        times_s = sorted(stage.told.times_s)[: count * 9 // 10]
    return (len(times_s) - 1) / (times_s[-1] - times_s[0]), cpu_ms


def kills(broker: Broker, folder: Path, count: int, seed: int) -> Figures:
    """Two consumers, of which one is killed by and by, at random; each has a successor at once."""
    chance, began_s = random.Random(seed), time.monotonic()
    with opened(broker, folder) as stage:
        running = [stage.consumer(0.002), stage.consumer(0.002)]
        for consumer in running:
            consumer.wait_for_partitions()
        ended = threading.Event()

        def kill() -> None:
            for _ in range(count):
                time.sleep(chance.uniform(0.6, 1.4) * KILL_EVERY_S)
                which = chance.randrange(2)
                running[which].kill()
                running[which] = stage.consumer(0.002)
            ended.set()

        killer = threading.Thread(target=kill, daemon=True)
        killer.start()
        sent = stage.send_steadily(KILLED_RATE, ended.is_set, SMALL_BYTES, POISON_EVERY)
        killer.join()
        stage.wait_until_answered()
        dead = stage.dead()
        for consumer in running:
            consumer.stop()
        return {
            "kills": count,
            "pictures": sent,
            "not_taken_by_kafka": stage.refused,
            "lost": stage.lost(),
            "answered_more_than_once": stage.duplicates(),
            "poison": len(stage.poison),
            "poison_in_dlq": dead,
            "poison_answered_as_failed": len(stage.poison & stage.told.failed),
            "seconds": round(time.monotonic() - began_s, 1),
        }


def fault(broker: Broker, folder: Path, play: Callable[[Stage], Mapping[str, object]]) -> Figures:
    """One of FAULTS under a steady stream of pictures, and what became of it."""
    with opened(broker, folder) as stage:
        played: dict[str, object] = {}
        ended = threading.Event()

        def fail() -> None:
            time.sleep(2.0)
            played.update(play(stage))
            time.sleep(2.0)
            ended.set()

        first = stage.consumer(0.005)
        first.wait_for_partitions()
        thread = threading.Thread(target=fail, daemon=True)
        thread.start()
        sent = stage.send_steadily(FAULT_RATE, ended.is_set, SMALL_BYTES, POISON_EVERY)
        thread.join()
        whole_s = time.monotonic()
        stage.wait_until_answered()
        caught_up_s = round(time.monotonic() - whole_s, 1)
        figures = first.stop()
        times_s = sorted(stage.told.times_s)
        longest = max((b - a for a, b in pairwise(times_s)), default=0.0)
        return {
            "pictures": sent,
            "not_taken_by_kafka": stage.refused,
            "lost": stage.lost(),
            "answered_more_than_once": stage.duplicates(),
            "longest_gap_s": round(longest, 1),
            "caught_up_s": caught_up_s,
            **figures,
            **played,
        }


def _killed(stage: Stage) -> Mapping[str, object]:
    stage.broker.kill()
    stage.broker.start()
    return {}


def _stopped(stage: Stage) -> Mapping[str, object]:
    stage.broker.pause()
    time.sleep(10.0)
    stage.broker.go_on()
    return {}


def _slow(stage: Stage) -> Mapping[str, object]:
    """Forty times as slow as the pictures come, and the only one for half of them."""
    slow = stage.consumer(1.0)
    slow.wait_for_partitions()
    time.sleep(10.0)
    return {f"slow_{name}": value for name, value in slow.stop().items()}


def _rebalance(stage: Stage) -> Mapping[str, object]:
    for _ in range(4):
        other = stage.consumer(0.005)
        other.wait_for_partitions()
        time.sleep(1.0)
        other.stop()
    return {"joined_and_left": 4}


FAULTS: Mapping[str, Callable[[Stage], Mapping[str, object]]] = {
    "broker killed and started again": _killed,
    "broker stopped for 10 s": _stopped,
    "slow consumer": _slow,
    "consumers join and leave": _rebalance,
}
