"""Acknowledged writes after SIGKILL amid concurrent writers: none may be lost.

    python -m benchmarks.crash                  20 rounds of 1,000 writes by 8 threads
    python -m benchmarks.crash --rounds 3 --writes 100
    python -m benchmarks.crash --store mongo    --kill-database kills its server, too

A write is a person, a face sample and its crop in one transaction; it is acknowledged by a line on
the writer's standard output once the store's method has returned. The kill comes after a random
number of acknowledgements, the same store goes through all rounds, and after each one every
acknowledged person must be there, whole, with the right floats and the right crop. With
--kill-database the server of MongoDB dies in the same moment (a real one, which LOOKOUT_TEST_MONGO
names, does not), so that is a test of that server.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.support.command import command_parser
from benchmarks.support.report import write_json
from benchmarks.support.stores import SQLITE, STORES, MongoServer, store_environment
from lookout.faces.detections import Floats
from lookout.server.storage.opening import open_store
from lookout.server.storage.records import FaceSample, Person, new_id
from lookout.server.storage.store import Store

ROOT = Path(__file__).resolve().parents[2]
THREADS = 8
ROUND_TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True)
class Round:
    """The outcome of one kill.

    acknowledged: writes of this round that were acknowledged.
    lost, torn:   of all rounds so far, acknowledged and not there; there, but not whole.
    beyond:       there without having been acknowledged, which is allowed.
    """

    acknowledged: int
    lost: int
    torn: int
    beyond: int
    seconds: float


def run_rounds(
    folder: Path,
    rounds: int,
    writes: int,
    seed: int,
    store: str = SQLITE,
    *,
    kill_database: bool = False,
) -> list[Round]:
    """Kills and looks, `rounds` times over on the store in `folder`."""
    with store_environment(store, folder / "server") as (environment, server):
        return _rounds(folder / "data", rounds, writes, seed, environment, server, kill_database)


def _rounds(
    folder: Path,
    rounds: int,
    writes: int,
    seed: int,
    environment: Mapping[str, str],
    server: MongoServer | None,
    kill_database: bool,
) -> list[Round]:
    chance = random.Random(seed)
    acknowledged: dict[str, int] = {}
    results = []
    for _ in range(rounds):
        began_s = time.monotonic()
        kill_after = chance.randint(writes // 4, writes - THREADS)
        fresh = _write_and_kill(folder, writes, kill_after, environment, server, kill_database)
        acknowledged |= fresh
        if server is not None and kill_database:
            server.start_again()
        lost, torn, beyond = _look(folder, acknowledged, environment)
        seconds = round(time.monotonic() - began_s, 2)
        results.append(Round(len(fresh), lost, torn, beyond, seconds))
    return results


def encoding_of(number: int) -> Floats:
    return np.random.default_rng(number).standard_normal(128).astype(np.float32)


def crop_of(number: int) -> bytes:
    return b"\xff\xd8\xff" + np.random.default_rng(number).bytes(2000)


def write(folder: Path, writes: int) -> None:
    """The process that is killed: eight threads write, each return is acknowledged."""
    store = open_store(folder, os.environ)
    base = random.SystemRandom().randrange(1 << 40)

    def work(thread: int) -> None:
        for number in range(base + thread, base + writes, THREADS):
            person = _write_one(store, number)
            os.write(1, f"{person} {number}\n".encode())

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()


def _write_one(store: Store, number: int) -> str:
    person = Person(new_id(), f"Person {number}", time.time(), str(number))
    sample = FaceSample(new_id(), person.id, encoding_of(number), "dlib-128", "crash", time.time())
    with store.transaction():
        store.people.add(person)
        store.samples.add(sample, crop_of(number))
    return person.id


def _write_and_kill(
    folder: Path,
    writes: int,
    kill_after: int,
    environment: Mapping[str, str],
    server: MongoServer | None,
    kill_database: bool,
) -> dict[str, int]:
    command = [sys.executable, "-m", "benchmarks.crash", "--writer", str(folder)]
    acknowledged: dict[str, int] = {}
    command += ["--writes", str(writes)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ, **environment}
    )
    watchdog = threading.Timer(ROUND_TIMEOUT_S, process.kill)
    watchdog.start()
    with process:
        if process.stdout is None:
            raise RuntimeError("the writer has no standard output")
        for line in process.stdout:  # goes on after the kill: what the pipe holds was acknowledged
            person, number = line.split()
            acknowledged[person.decode()] = int(number)
            if len(acknowledged) == kill_after:
                process.send_signal(signal.SIGKILL)
                if server is not None and kill_database:
                    server.kill()
    watchdog.cancel()
    if process.returncode != -signal.SIGKILL or len(acknowledged) < kill_after:
        raise RuntimeError(f"the writer ended by itself: {process.returncode}")
    return acknowledged


def _look(
    folder: Path, acknowledged: dict[str, int], environment: Mapping[str, str]
) -> tuple[int, int, int]:
    lost = torn = 0
    with open_store(folder, environment) as store:
        there: set[str] = set()
        cursor = None
        while True:
            page = store.people.page(1000, cursor)
            there |= {person.id for person in page.items}
            cursor = page.cursor
            if cursor is None:
                break
        for person in there:
            number = int(store.people.get(person).identifier)
            samples = store.samples.of(person)
            whole = (
                len(samples) == 1
                and np.array_equal(samples[0].encoding, encoding_of(number))
                and store.samples.image(samples[0].id) == crop_of(number)
            )
            torn += not whole
        lost = len(acknowledged.keys() - there)
    return lost, torn, len(there - acknowledged.keys())


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("crash", __doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--writes", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--store", choices=STORES, default=SQLITE, help="(%(default)s)")
    parser.add_argument("--kill-database", action="store_true", help="kill MongoDB's server, too")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    parser.add_argument("--writer", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.writer is not None:
        write(options.writer, options.writes)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        rounds = run_rounds(
            Path(folder),
            options.rounds,
            options.writes,
            options.seed,
            options.store,
            kill_database=options.kill_database,
        )
    for number, kill in enumerate(rounds, 1):
        print(
            f"round {number:2}: {kill.acknowledged:4} acknowledged, {kill.lost} lost, "
            f"{kill.torn} torn, {kill.beyond} there beyond the acknowledged, {kill.seconds} s"
        )
    write_json(
        options.json, "crash", {"store": options.store, "rounds": [asdict(kill) for kill in rounds]}
    )
    return 1 if any(kill.lost or kill.torn for kill in rounds) else 0


if __name__ == "__main__":
    sys.exit(main())
