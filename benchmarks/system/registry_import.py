"""A registry import of 1,184 people, killed half-way and resumed.

    python -m benchmarks.registry_import --data DATA
    python -m benchmarks.registry_import --data DATA --rows 100

DATA is the folder that holds `lfw/identify_dev.csv`. The table is made of its gallery photographs;
the first process is killed with SIGKILL once half of the rows are in the store, the second goes on,
a third finds everything unchanged.
"""

from __future__ import annotations

import argparse
import csv
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.support.command import command_parser
from benchmarks.support.report import table, write_json
from lookout.server.storage.sqlite.store import DATABASE, open_store
from lookout.server.storage.store import Store

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 3600.0
POLL_S = 0.2


def make_table(lfw: Path, path: Path, rows: int | None) -> int:
    """Writes the registry; the number of its people."""
    with (lfw / "identify_dev.csv").open(encoding="utf-8") as file:
        people = [row for row in csv.DictReader(file) if row["role"] == "gallery"][:rows]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("name", "identifier", "image"))
        for number, row in enumerate(people, 1):
            writer.writerow((row["identity"].replace("_", " "), f"LFW-{number}", row["path"]))
    return len(people)


def start(arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "lookout", "import", *arguments], cwd=ROOT)


def kill_after(process: subprocess.Popen[bytes], database: Path, rows: int) -> None:
    """Sends SIGKILL once so many rows have their verdicts in the store."""
    deadline_s = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline_s and process.poll() is None:
        if _rows_done(database) >= rows:
            process.send_signal(signal.SIGKILL)
            process.wait(30)
            return
        time.sleep(POLL_S)
    process.kill()
    raise RuntimeError("the import ended, or took too long, before it could be killed half-way")


def _rows_done(database: Path) -> int:
    if not database.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM import_rows").fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # the schema is being made


def verdicts(report: Path) -> Counter[str]:
    with report.open(encoding="utf-8-sig") as file:
        return Counter(row["verdict"] for row in csv.DictReader(file))


@dataclass(frozen=True, slots=True)
class Runs:
    """Three runs of one import: killed half-way, resumed, repeated.

    half, whole: identifier to person id in the store, after the first run and after the last;
    samples: face samples in the store at the end; verdicts: those of the resumed run and of the
    repeated one.
    """

    people: int
    seconds: tuple[float, float, float]
    half: Mapping[str, str]
    whole: Mapping[str, str]
    samples: int
    verdicts: tuple[Counter[str], Counter[str]]

    @property
    def lost(self) -> int:
        """People who were in the store when the import was killed, and are no longer there."""
        return len(self.half.items() - self.whole.items())

    @property
    def twice(self) -> int:
        return self.samples - len(self.whole)

    @property
    def right(self) -> bool:
        resumed, repeated = self.verdicts
        counts = (self.samples, resumed["added"], repeated["unchanged"])
        return not self.lost and all(count == len(self.whole) for count in counts)


def run(folder: Path, lfw: Path, rows: int | None, options: Sequence[str]) -> Runs:
    """Imports the registry in `folder` three times, the first run being killed half-way."""
    people = make_table(lfw, folder / "people.csv", rows)
    command = [str(folder / "people.csv"), "--images", str(lfw), "--quiet"]
    command += ["--data", str(folder / "data"), *options]
    began_s = time.monotonic()
    kill_after(start(command), folder / "data" / DATABASE, people // 2)
    killed_s = time.monotonic() - began_s
    with open_store(folder / "data", {}) as store:
        half = _everybody(store)
    resumed_s, resumed = _import(command, folder)
    repeated_s, repeated = _import(command, folder)
    with open_store(folder / "data", {}) as store:
        whole, samples = _everybody(store), store.samples.count()
    seconds = (killed_s, resumed_s, repeated_s)
    return Runs(people, seconds, half, whole, samples, (resumed, repeated))


def _import(command: Sequence[str], folder: Path) -> tuple[float, Counter[str]]:
    began_s = time.monotonic()
    start(command).wait(TIMEOUT_S)
    return time.monotonic() - began_s, verdicts(folder / "people-report.csv")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    passed_on = ["--use-poor-photos"] * options.use_poor_photos + ["--detector", options.detector]
    with tempfile.TemporaryDirectory() as folder:
        runs = run(Path(folder), options.data / "lfw", options.rows, passed_on)
    outcomes = (f"{len(runs.half)} people in the store", *map(dict, runs.verdicts))
    names = ("killed half-way", "resumed", "repeated")
    rows = [
        (name, f"{seconds:.1f}", outcome)
        for name, seconds, outcome in zip(names, runs.seconds, outcomes, strict=True)
    ]
    print(table(("run", "seconds", "outcome"), rows))
    print(f"{runs.people} rows, {runs.lost} lost, {runs.twice} twice")
    results = {
        "rows": runs.people,
        "seconds": runs.seconds,
        "verdicts": [dict(counts) for counts in runs.verdicts],
        "lost": runs.lost,
        "twice": runs.twice,
    }
    write_json(options.json, "registry_import", results)
    return 0 if runs.right else 1


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("registry_import", __doc__)
    parser.add_argument("--data", type=Path, required=True, help="holds lfw/identify_dev.csv")
    parser.add_argument("--rows", type=int, help="only so many people")
    parser.add_argument("--use-poor-photos", action="store_true", help="as of the import")
    parser.add_argument("--detector", default="auto", help="(%(default)s)")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    return parser


def _everybody(store: Store) -> dict[str, str]:
    people: dict[str, str] = {}
    cursor = None
    while True:
        page = store.people.page(1000, cursor)
        people |= {person.identifier: person.id for person in page.items}
        cursor = page.cursor
        if cursor is None:
            return people


if __name__ == "__main__":
    sys.exit(main())
