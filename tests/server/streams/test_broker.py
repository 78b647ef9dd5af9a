"""Pictures and answers over a real Apache Kafka."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.support.waiting import wait_until
from benchmarks.system.kafka.stage import opened
from lookout.faces.errors import BadImage
from lookout.server.commands import topics as topics_command
from lookout.server.streams.dead_letters import reason_of
from lookout.server.streams.options import KafkaOptions
from lookout.server.streams.picture import MAX_INLINE_BYTES
from lookout.server.streams.topics import StreamTopics
from tests.server.streams.conftest import WAIT_S, SafeBroker, Streams, all_in
from tests.support.kafka.broker import PASSWORD, USER

pytestmark = pytest.mark.slow


def found(content: bytes) -> Mapping[str, object]:
    if content.startswith(b"poison"):
        raise BadImage("it is no picture")
    return {"faces": [], "bytes": len(content)}


def put(streams: Streams, *contents: bytes, source: str = "") -> list[str]:
    async def all_of_them() -> list[str]:
        return await asyncio.gather(*(streams.intake.put(one, source) for one in contents))

    return asyncio.run(all_of_them())


def test_the_commands_make_topics_describe_them_and_tell_the_lag(
    kafka: SafeBroker, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--kafka", kafka.broker.servers, "--kafka-topics", "in,out"]
    assert topics_command.main(["create", *words, "--partitions", "3"]) == 0
    assert capsys.readouterr().out.split() == ["made", "in", "made", "out", "made", "in.dlq"]
    assert topics_command.main(["create", *words]) == 0
    assert capsys.readouterr().out == "all topics are there already\n"
    topics_command.main(["describe", *words])
    told = capsys.readouterr().out
    assert "in: 3 partitions, 1 replicas, retention.ms=3600000" in told
    assert "in.dlq: 1 partitions" in told
    assert topics_command.main(["lag", *words]) == 0
    assert capsys.readouterr().out.endswith("together: 0\n")
    assert topics_command.main(["replay", *words]) == 0
    assert capsys.readouterr().out == "0 pictures are tried once more\n"
    # where there is none, it says what to do
    words[-1] = "nowhere,out"
    assert topics_command.main(["replay", *words]) == 2
    assert "lookout topics create" in capsys.readouterr().err


def test_every_picture_is_answered_once_small_and_large(streams: Streams) -> None:
    streams.display()
    streams.consume(found)
    ids = put(streams, *(b"x" * n for n in range(1, 21)), os.urandom(MAX_INLINE_BYTES + 1))
    wait_until(lambda: len(streams.answered()) == 21, WAIT_S, "all are answered")
    by_id = {one["picture"]: one for one in streams.answered()}
    assert [by_id[one]["bytes"] for one in ids] == [*range(1, 21), MAX_INLINE_BYTES + 1]
    assert {one["status"] for one in by_id.values()} == {"recognized"}
    topics = StreamTopics(streams.options)
    wait_until(lambda: not any(one.lag for one in topics.lag()), WAIT_S, "all is committed")


def test_pictures_of_one_source_keep_their_order(streams: Streams) -> None:
    seen: list[int] = []

    def noted(content: bytes) -> Mapping[str, object]:
        seen.append(len(content))
        return found(content)

    streams.display()
    streams.consume(noted, workers=4)
    for n in range(1, 31):
        put(streams, b"x" * n, source="door")
    wait_until(lambda: len(streams.answered()) == 30, WAIT_S, "all are answered")
    assert seen == list(range(1, 31))


def test_what_is_no_picture_never_stops_the_others_and_can_be_replayed(
    streams: Streams, capsys: pytest.CaptureFixture[str]
) -> None:
    mended = threading.Event()

    def mendable(content: bytes) -> Mapping[str, object]:
        return {"faces": []} if mended.is_set() else found(content)

    streams.display()
    _, figures = streams.consume(mendable)
    (poison, *_) = put(streams, b"poison", b"a", b"b", source="door")
    wait_until(lambda: len(streams.answered()) == 3, WAIT_S, "the two others, and the failure")
    status = {one["picture"]: one["status"] for one in streams.answered()}
    assert Counter(status.values()) == {"recognized": 2, "failed": 1}
    assert status[poison] == "failed"
    assert figures.of("pictures_total", outcome="dead") == 1
    ((key, headers),) = all_in(streams.options, streams.options.dead)
    assert (key, headers["id"].decode()) == (b"door", poison)
    assert reason_of(list(headers.items())) == "it is no picture"

    mended.set()
    names = f"{streams.options.pictures},{streams.options.answers}"
    words = ["--kafka", streams.options.servers, "--kafka-topics", names]
    group = ["--kafka-group", streams.options.group]
    assert topics_command.main(["replay", *words, *group]) == 0
    assert capsys.readouterr().out == "1 pictures are tried once more\n"
    wait_until(
        lambda: figures.of("pictures_total", outcome="recognized") == 3, WAIT_S, "it is recognized"
    )
    assert topics_command.main(["replay", *words, *group]) == 0
    assert capsys.readouterr().out == "0 pictures are tried once more\n"


def test_a_slow_consumer_pauses_keeps_its_partitions_and_loses_nothing(
    streams: Streams,
) -> None:
    go_on = threading.Event()

    def slow(content: bytes) -> Mapping[str, object]:
        assert go_on.wait(60.0)
        return found(content)

    streams.display()
    _, figures = streams.consume(slow)
    put(streams, *(b"x" for _ in range(100)))
    wait_until(lambda: figures.of("paused") == 1, WAIT_S, "reading is paused")
    assert figures.of("in_hand") == 64
    assert figures.of("pauses_total") == 1
    go_on.set()
    wait_until(lambda: len(streams.answered()) == 100, WAIT_S, "all are answered")
    assert figures.of("rebalances_total") == 1, "it never left the group"
    assert streams.display_metrics.duplicates._value.get() == 0


def test_two_consumers_share_and_what_one_leaves_the_other_answers(streams: Streams) -> None:
    streams.display()
    first, of_first = streams.consume(found)
    put(streams, *(b"x" for _ in range(20)))
    _, of_second = streams.consume(found)
    wait_until(lambda: of_second.of("rebalances_total") >= 1, WAIT_S, "the second gets partitions")
    wait_until(lambda: of_first.of("rebalances_total") >= 2, WAIT_S, "the first gives some")
    put(streams, *(b"x" for _ in range(40)))
    wait_until(lambda: len(streams.answered()) == 60, WAIT_S, "all are answered")
    assert first.close(20.0)
    put(streams, *(b"x" for _ in range(20)))
    wait_until(lambda: len(streams.answered()) == 80, WAIT_S, "the other one answers all")
    assert of_second.of("pictures_total", outcome="recognized") > 20


def test_with_tls_and_a_password_nothing_is_different_and_without_it_nothing_works(
    kafka: SafeBroker, options: KafkaOptions, streams: Streams
) -> None:
    safe = replace(
        options, servers=kafka.safe_servers, tls=True, ca=kafka.ca, user=USER, password=PASSWORD
    )
    assert {topic.name for topic in StreamTopics(safe).describe()} == {
        options.pictures,
        options.answers,
        options.dead,
    }
    streams.display()
    put(streams, b"x")
    streams.options = safe
    streams.consume(found)
    wait_until(lambda: len(streams.answered()) == 1, WAIT_S, "it is answered over TLS")


def test_what_a_killed_consumer_had_in_hand_the_next_one_answers(
    kafka: SafeBroker, tmp_path: Path
) -> None:
    with opened(kafka.broker, tmp_path) as stage:
        first = stage.consumer(0.02)
        first.wait_for_partitions()
        stage.send(150, size=1000, poison_every=50)
        wait_until(lambda: len(stage.told.answers) > 20, WAIT_S, "it is at work")
        first.kill()
        second = stage.consumer(0.0)
        assert stage.wait_until_answered(), f"{stage.lost()} pictures were lost"
        assert stage.told.failed == stage.poison
        second.stop()


def test_a_broker_that_is_killed_and_comes_back_has_lost_nothing(
    kafka: SafeBroker, streams: Streams
) -> None:
    streams.display()
    streams.consume(found)
    put(streams, *(b"x" for _ in range(20)))
    kafka.broker.kill()
    kafka.broker.start()
    put(streams, *(b"x" for _ in range(20)))
    wait_until(lambda: len(streams.answered()) == 40, WAIT_S, "all are answered")


def test_a_consumer_that_is_given_no_partitions_joins_the_group_with_a_new_client(
    kafka: SafeBroker, streams: Streams
) -> None:
    streams.display()
    _, figures = streams.consume(found, patience_s=1.0)
    put(streams, *(b"x" for _ in range(20)))
    wait_until(lambda: len(streams.answered()) == 20, WAIT_S, "all are answered")
    before = figures.of("rejoins_total")
    kafka.broker.pause()
    try:
        wait_until(lambda: figures.of("rejoins_total") > before, WAIT_S, "a new client joins")
    finally:
        kafka.broker.go_on()
    put(streams, *(b"x" for _ in range(20)))
    wait_until(lambda: len(streams.answered()) == 40, WAIT_S, "all are answered")
