"""What may be said of Kafka on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookout.server.errors import BadSettings
from lookout.server.settings import read_settings
from lookout.server.streams.connection import consumer_settings, producer_settings
from lookout.server.streams.options import KafkaOptions, Mechanism

BROKERS = ["--http", "--kafka", "a:9092, b:9092"]


def test_without_kafka_there_is_none() -> None:
    assert read_settings([], {}).kafka is None


def test_topics_group_age_and_safety_are_options(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("s3cret\n")
    options = read_settings(
        [
            *BROKERS, "--kafka-topics", "in,out", "--kafka-group", "g", "--kafka-max-age", "5",
            "--kafka-tls", "--kafka-ca", "ca.pem", "--kafka-user", "ada",
            "--kafka-password-file", str(tmp_path / "password"),
            "--kafka-mechanism", "PLAIN", "--kafka-claims", "claims",
        ],
        {},
    ).kafka  # fmt: skip
    assert options == KafkaOptions(
        "a:9092,b:9092", "in", "out", "g", 5.0, True, Path("ca.pem"), "ada", "s3cret",
        Mechanism.PLAIN, Path("claims"),
    )  # fmt: skip
    assert options.dead == "in.dlq"
    assert "s3cret" not in repr(options)
    told = producer_settings(options)
    assert (told["security.protocol"], told["sasl.mechanism"]) == ("SASL_SSL", "PLAIN")
    assert (told["acks"], told["enable.idempotence"]) == ("all", True)
    told = consumer_settings(options, options.group)
    assert told["enable.auto.commit"] is told["enable.auto.offset.store"] is False


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([*BROKERS[:2], "nonsense"], None),
        ([*BROKERS, "--kafka-topics", "one"], None),
        ([*BROKERS, "--kafka-topics", "one,two words"], None),
        ([*BROKERS, "--kafka-max-age", "0"], None),
        ([*BROKERS, "--kafka-user", "ada"], "go together"),
        ([*BROKERS, "--kafka-ca", "ca.pem"], "needs --kafka-tls"),
        ([*BROKERS, "--kafka-user", "ada", "--kafka-password-file", "nowhere"], "cannot be read"),
        (["--no-http", *BROKERS[1:]], "needs --http"),
    ],
)
def test_what_cannot_be_is_said(words: list[str], said: str | None) -> None:
    if said is None:
        with pytest.raises(SystemExit):
            read_settings(words, {})
    else:
        with pytest.raises(BadSettings, match=said):
            read_settings(words, {})
