"""The broker of the tests: its jars, fetched once by Maven as it is set up here, and its process.

`python -m tests.support.kafka` (also `make kafka`) runs one until ctrl-C.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
VERSION = "4.3.1"
CLUSTER = "MkU3OEVBNTcwNTJENDM2Qg"
USER, PASSWORD = "lookout", "a-password-of-the-tests"
FETCH_S, START_S, STOP_S = 600.0, 240.0, 60.0
LISTENERS = {"PLAINTEXT": 9092, "CONTROLLER": 9093}
OPTIONS = ("-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")


class KafkaMissing(Exception):
    """There is no Java or no Maven, or the jars cannot be had; says which."""


def jars() -> Path:
    """The folder of the jars, fetched if they are not there yet. Raises KafkaMissing."""
    for program, package in (("java", "default-jre-headless"), ("mvn", "maven")):
        if shutil.which(program) is None:
            raise KafkaMissing(f"Kafka needs {program}, which is not here: apt install {package}")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lookout"
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / f"kafka-{VERSION}"
    with (cache / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several workers of pytest
        if not folder.is_dir():
            _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    beside = folder.with_suffix(".part")
    shutil.rmtree(beside, ignore_errors=True)
    asked = subprocess.run(
        [
            "mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies",
            "-DincludeScope=runtime", f"-DoutputDirectory={beside}",
        ],
        capture_output=True, text=True, timeout=FETCH_S, check=False,
    )  # fmt: skip
    if asked.returncode != 0 or not beside.is_dir():
        raise KafkaMissing(f"Maven cannot fetch Kafka's jars: {asked.stdout[-600:]}")
    (beside / "empty.properties").write_text("\n".join(_settings(beside / "empty", LISTENERS)))
    formatted = subprocess.run(
        [
            "java", *OPTIONS, "-cp", f"{beside}/*", "kafka.tools.StorageTool", "format",
            "-t", CLUSTER, "-c", str(beside / "empty.properties"),
            "--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]",
        ],
        capture_output=True, text=True, timeout=START_S, check=False,
    )  # fmt: skip
    if formatted.returncode != 0:
        raise KafkaMissing(f"Kafka cannot make a data folder: {formatted.stderr[-600:]}")
    beside.rename(folder)


class Broker:
    """One node on ports of its own, with its data in `folder`: they survive `kill` and `start`."""

    def __init__(
        self,
        folder: Path,
        *settings: str,
        port: int | None = None,
        doors: Mapping[str, int] | None = None,
    ) -> None:
        """`settings` are lines of server.properties; `doors` are further listeners and their
        ports."""
        self._jars = jars()
        self._folder = folder
        self.port, self.controller_port = port or free_port(), free_port()
        self.servers = f"127.0.0.1:{self.port}"
        self._file = folder / "server.properties"
        listeners = {"PLAINTEXT": self.port, **(doors or {}), "CONTROLLER": self.controller_port}
        lines = (*_settings(folder / "data", listeners), *settings)
        self._file.write_text("\n".join(lines))
        self.process: subprocess.Popen[bytes] | None = None
        shutil.copytree(self._jars / "empty", folder / "data")

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["java", *OPTIONS, "-cp", f"{self._jars}/*", "kafka.Kafka", str(self._file)],
                stdout=log,
                stderr=log,
            )
        until_s = time.monotonic() + START_S
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port), 1.0).close()
            except OSError:
                if time.monotonic() > until_s or self.process.poll() is not None:
                    log_end = (self._folder / "log").read_text(errors="replace")[-2000:]
                    raise AssertionError(f"Kafka does not start: {log_end}") from None
                time.sleep(0.05)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """As a loss of power would end it."""
        self._signal(signal.SIGKILL)
        self._wait()

    def pause(self) -> None:
        """It hangs: its connections stay, and nothing is answered."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.go_on()
            self._signal(signal.SIGTERM)
            try:
                self._wait()
            except subprocess.TimeoutExpired:
                self.kill()

    def _signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def _wait(self) -> None:
        assert self.process is not None
        self.process.wait(STOP_S)


def second_broker(folder: Path, first: Broker) -> Broker:
    """One more node, which leads partitions and leaves the rest to the controller of `first`."""
    port = free_port()
    broker = Broker(
        folder,
        "process.roles=broker",
        "node.id=2",
        f"listeners=PLAINTEXT://127.0.0.1:{port}",
        f"advertised.listeners=PLAINTEXT://127.0.0.1:{port}",
        f"controller.quorum.voters=1@127.0.0.1:{first.controller_port}",
        port=port,
    )
    facts = folder / "data" / "meta.properties"
    lines = facts.read_text().splitlines()
    own = {"node.id": "2", "directory.id": "SNMFBjJbJw26oR4LZsBVMQ"}
    facts.write_text("\n".join(_replaced(line, own) for line in lines))
    return broker


def _replaced(line: str, values: Mapping[str, str]) -> str:
    name = line.partition("=")[0]
    return f"{name}={values[name]}" if name in values else line


def _settings(data: Path, listeners: Mapping[str, int]) -> tuple[str, ...]:
    told = [f"{name}://127.0.0.1:{port}" for name, port in listeners.items()]
    return (
        "process.roles=broker,controller",
        "node.id=1",
        f"listeners={','.join(told)}",
        f"advertised.listeners={','.join(told[:-1])}",
        "controller.listener.names=CONTROLLER",
        "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL",
        f"controller.quorum.voters=1@127.0.0.1:{listeners['CONTROLLER']}",
        f"log.dirs={data}",
        "offsets.topic.replication.factor=1",
        "offsets.topic.num.partitions=4",
        "transaction.state.log.replication.factor=1",
        "transaction.state.log.min.isr=1",
        "share.coordinator.state.topic.replication.factor=1",
        "share.coordinator.state.topic.min.isr=1",
        "group.initial.rebalance.delay.ms=0",
        "auto.create.topics.enable=false",
        "message.max.bytes=8388608",
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port
