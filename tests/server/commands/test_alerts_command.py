"""`lookout alerts`: the rules as one file, and answers in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lookout.server.alerts.errors import BadDefinition
from lookout.server.alerts.keeper import Keeper
from lookout.server.alerts.toml_file import read_toml, write_toml
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.commands.alerts import main
from lookout.server.events.feed import EventFeed
from lookout.server.events.types import EventType
from lookout.server.storage.records import Event, Person, Sighting, new_id
from lookout.server.storage.sqlite.store import SqliteStore, open_store
from tests.support.alerts import NOON_S

FILE = """\
[site]
name = "Cabin"
time_zone = "Europe/Oslo"

[[watchlist]]
name = "Staff"
kind = "allow"
people = ["Ada"]

[[zone]]
name = "porch"
camera = "door"
polygon = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]

[[channel]]
name = "hook"
kind = "webhook"
settings = { url = "https://hook.example/a", secret = "s3cret \\"quoted\\"" }
leaves = { name = true }

[[rule]]
name = "staff at night"
who = { kind = "list", lists = ["Staff"] }
where = { zones = ["porch"] }
what = { kind = "appears" }
when = { intervals = [{ days = ["sat", "sun"], from = "22:00", to = "06:00" }] }
severity = "warning"
channels = ["hook"]
text = "{who} at {camera}"
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with open_store(tmp_path / "data", {}) as opened:
        opened.people.add(Person("per_ada", "Ada", 1.0))
        yield opened


def test_what_is_written_out_and_read_in_again_is_the_same(store: SqliteStore) -> None:
    done = read_toml(store, FILE)
    assert done == [
        "site: set",
        "watchlist 'Staff': added",
        "zone 'porch': added",
        "channel 'hook': added",
        "rule 'staff at night': added",
    ]
    kept = {kind: store.definitions.all(kind) for kind in ("rule", "watchlist", "channel", "zone")}
    text = write_toml(store)
    assert "s3cret" not in text
    assert 'lists = ["Staff"]' in text
    assert [line for line in read_toml(store, text) if not line.endswith(": replaced")] == [
        "site: set"
    ]
    again = {kind: store.definitions.all(kind) for kind in ("rule", "watchlist", "channel", "zone")}
    assert again == kept
    assert write_toml(store) == text


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("[[rule]]", "[[rules]]", "no key 'rules'; did you mean 'rule'?"),
        ("severity", "severty", "rule 'staff at night': .*did you mean 'severity'?"),
        ('lists = ["Staff"]', 'lists = ["Stuff"]', "no watchlist 'Stuff'; did you mean 'Staff'?"),
        ('people = ["Ada"]', 'people = ["Eve"]', "there is nobody of the name 'Eve'"),
        ("{camera}", "{kamera}", "did you mean {camera}"),
        ("[site]", "[site", "this is no TOML"),
        ('"s3cret \\"quoted\\""', '"********"', "its secret is not in the store yet"),
        ("0.1, 0.1], [0.9, 0.1", "0.1, 0.1], [0.1, 0.1", "each of them once"),
    ],
)
def test_a_file_that_is_wrong_changes_nothing_and_says_where(
    store: SqliteStore, before: str, after: str, complaint: str
) -> None:
    assert before in FILE
    with pytest.raises(BadDefinition, match=complaint.replace("?", r"\?").replace("{", r"\{")):
        read_toml(store, FILE.replace(before, after, 1))
    assert store.definitions.all("watchlist") == ()
    assert store.definitions.all("rule") == ()


def test_the_command_explains_silences_and_acknowledges(
    store: SqliteStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "alerts.toml"
    file.write_text(
        '[[rule]]\nname = "anyone"\nwhat = { kind = "appears" }\n\n'
        '[[rule]]\nname = "strangers"\nwho = { kind = "unknown" }\nwhat = { kind = "appears" }\n'
    )
    data = ["--data", str(tmp_path / "data")]
    assert main([*data, "import", str(file)]) == 0
    keeper = Keeper(
        store,
        EventFeed(store),
        CameraDirectory(store.cameras),
        tmp_path,
        clock=lambda: NOON_S,
    )
    keeper.round()
    store.sightings.add(Sighting("sgt_1", "door", NOON_S, NOON_S, "known", "per_ada"))
    event = Event(new_id(), EventType.SIGHTING_BEGAN, NOON_S, "door", "per_ada", "sgt_1")
    store.events.add(event)
    keeper.round()
    keeper.close(5)
    capsys.readouterr()
    assert main([*data, "explain", "sgt_1"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "anyone: matched, told: somebody appears",
        "strangers: not matched: it is about unknown people only",
    ]
    assert main([*data, "list"]) == 0
    listed = capsys.readouterr().out
    assert "2026-11-28 12:00:00  firing  Ada, door  [anyone]" in listed
    (alert,) = store.alerts.page(9).items
    assert main([*data, "acknowledge", alert.id]) == 0
    assert store.alerts.get(alert.id).acknowledged_by == "command line"
    assert main([*data, "silence", "--hours", "2", "--rule", "anyone", "--comment", "guests"]) == 0
    assert main([*data, "silences"]) == 0
    assert "guests" in capsys.readouterr().out
    assert main([*data, "silence", "--rule", "anyonne"]) == 2
    assert "there is no rule 'anyonne'; there are: 'anyone', 'strangers'" in capsys.readouterr().err
