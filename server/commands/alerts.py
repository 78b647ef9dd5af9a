"""`lookout alerts`: who was told of what and why, and the rules as one file."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from lookout.command_line import VariableParser, command_parser
from lookout.names import legible
from lookout.paths import find_home
from lookout.server.alerts import desk
from lookout.server.alerts.definitions_io import (
    CHANNEL,
    RULE,
    SILENCE,
    WATCHLIST,
    Noun,
    read_definitions,
    read_site,
)
from lookout.server.alerts.delivery.maker import MessageMaker
from lookout.server.alerts.delivery.words import title_words
from lookout.server.alerts.documents.document import read_document
from lookout.server.alerts.documents.silence import SilenceBody
from lookout.server.alerts.documents.site import zone
from lookout.server.alerts.errors import BadDefinition
from lookout.server.alerts.explaining import explain
from lookout.server.alerts.hearing import no_places
from lookout.server.alerts.testing import try_channel
from lookout.server.alerts.toml_file import read_toml, write_toml
from lookout.server.cameras.directory import CameraDirectory
from lookout.server.errors import ServerError
from lookout.server.storage.alert_records import AlertFilter
from lookout.server.storage.opening import open_store
from lookout.server.storage.store import Store

DESCRIPTION = """\
Who was told of what, why, and why not. Rules, watchlists, zones, fences and channels are one TOML
file, or are changed over HTTP; a running server takes a change into use within a second."""

EPILOG = """\
examples:
  %(prog)s list                              the latest alerts, those that were suppressed, too
  %(prog)s list --state firing
  %(prog)s explain SIGHTING                  for each rule: matched, or what did not hold
  %(prog)s export > alerts.toml              the rules and all that they need
  %(prog)s import alerts.toml                … back; an unknown key is an error
  %(prog)s silence --hours 2 --camera door   nothing of this camera is told for two hours
  %(prog)s silences                          what is silenced, and until when
  %(prog)s unsilence ID
  %(prog)s acknowledge ALERT
  %(prog)s test-channel phone                what does the other side say?
  %(prog)s dead                              messages that were given up
  %(prog)s resend ALERT"""


def main(arguments: Sequence[str], prog: str = "lookout alerts") -> int:
    """0 if it was done, 1 where a test message was not taken, 2 with a line that says why not."""
    given = _parser(prog).parse_args(arguments)
    try:
        with open_store(given.data, os.environ) as store:
            return _COMMANDS[given.command](store, given)
    except (ServerError, OSError) as error:
        sys.stderr.write(legible(f"alerts: {error}\n"))
        return 2


def _list(store: Store, given: argparse.Namespace) -> int:
    world, maker = read_definitions(store), MessageMaker(store)
    which = AlertFilter(state=given.state, camera=given.camera)
    found = store.alerts.page(given.limit, None, which).items
    deliveries = store.deliveries.of([one.id for one in found])
    for alert in found:
        rule = world.rules_by_id.get(alert.rule)
        names = maker.names(alert, world, with_name=True)
        states = [f"{one.channel} {one.state}" for one in deliveries if one.alert == alert.id]
        why = f" ({alert.suppressed_by['words']})" if alert.suppressed_by else ""
        title, by = title_words(alert, "told", names), rule.name if rule else alert.rule
        _say(
            f"{_when(store, alert.began_s)}  {alert.state}{why}  {title}  [{by}]  {alert.id}  "
            f"{', '.join(states)}".rstrip()
        )
    if not found:
        _say("there are no alerts")
    return 0


def _explain(store: Store, given: argparse.Namespace) -> int:
    sighting = store.sightings.get(given.sighting)
    directory = CameraDirectory(store.cameras)
    answers = explain(store, read_definitions(store), sighting, directory, no_places)
    for one in answers:
        verdict = f"matched, {one.outcome}" if one.matched else "not matched"
        _say(f"{one.rule.name}: {verdict}: {one.words}")
    if not answers:
        _say("there are no rules")
    return 0


def _export(store: Store, _given: argparse.Namespace) -> int:
    sys.stdout.write(write_toml(store))
    return 0


def _import(store: Store, given: argparse.Namespace) -> int:
    text = given.file.read_text(encoding="utf-8")
    for line in read_toml(store, text):
        _say(line)
    return 0


def _silence(store: Store, given: argparse.Namespace) -> int:
    matchers = {
        "rule": _by_name(store, RULE, given.rule),
        "list": _by_name(store, WATCHLIST, given.list),
        "person": _person(store, given.person),
        "camera": given.camera,
    }
    until_s = time.time() + given.hours * 3600
    body = {"until": until_s, "matchers": matchers, "comment": given.comment}
    silence = desk.add(
        store, SILENCE, read_document(SilenceBody, body, "silence"), created_by="command line"
    )
    _say(f"silenced until {_when(store, until_s)}: {silence.id}")
    return 0


def _silences(store: Store, _given: argparse.Namespace) -> int:
    for one in desk.all_kept(store, SILENCE):
        over = "  (over)" if one.until <= time.time() else ""
        said = one.matchers.model_dump(exclude_none=True)
        matchers = ", ".join(f"{key} {value}" for key, value in said.items())
        _say(f"{one.id}  until {_when(store, one.until)}{over}  {matchers}  {one.comment}".rstrip())
    return 0


def _unsilence(store: Store, given: argparse.Namespace) -> int:
    desk.delete(store, SILENCE, given.silence)
    return 0


def _acknowledge(store: Store, given: argparse.Namespace) -> int:
    said = desk.acknowledge(store, given.alert, "command line", time.time())
    _say(f"{said.id} is {said.state}")
    return 0


def _test_channel(store: Store, given: argparse.Namespace) -> int:
    channel = desk.kept(store, CHANNEL, _by_name(store, CHANNEL, given.channel) or "")
    folder = given.data / "alerts"
    answer = try_channel(channel, store, read_definitions(store), folder, time.time())
    _say(answer.words)
    return 0 if answer.taken else 1


def _dead(store: Store, given: argparse.Namespace) -> int:
    for one in store.deliveries.dead(given.limit):
        _say(
            f"{_when(store, one.created_s)}  {one.alert}  {one.channel}  "
            f"{one.attempts} attempts  {one.answer}"
        )
    return 0


def _resend(store: Store, given: argparse.Namespace) -> int:
    again = desk.resend(store, given.alert, time.time())
    _say(f"{len(again)} messages wait to be sent again")
    return 0


def _by_name(store: Store, noun: Noun, name: str | None) -> str | None:
    """The id of the thing that has this name or id. Raises BadDefinition."""
    if name is None:
        return None
    for one in desk.all_kept(store, noun):
        if name in (one.id, one.name):
            return str(one.id)
    there = ", ".join(repr(one.name) for one in desk.all_kept(store, noun)) or "none"
    raise BadDefinition(f"there is no {noun.kind} {name!r}; there are: {there}")


def _person(store: Store, name: str | None) -> str | None:
    if name is None:
        return None
    found = store.people.many([name]) or store.people.find_by_name(name)
    if len(found) != 1:
        raise BadDefinition(f"there are {len(found)} people of the name {name!r}; use an id")
    return found[0].id


def _when(store: Store, at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, zone(read_site(store).time_zone)):%Y-%m-%d %H:%M:%S}"


def _say(text: str) -> None:
    sys.stdout.write(legible(text) + "\n")


_COMMANDS: Mapping[str, Callable[[Store, argparse.Namespace], int]] = {
    "list": _list,
    "explain": _explain,
    "export": _export,
    "import": _import,
    "silence": _silence,
    "silences": _silences,
    "unsilence": _unsilence,
    "acknowledge": _acknowledge,
    "test-channel": _test_channel,
    "dead": _dead,
    "resend": _resend,
}


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = command_parser(prog, DESCRIPTION, EPILOG)
    parser.add_argument(
        "--data", type=Path, default=find_home().store, metavar="DIR", help="(%(default)s)"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, summary: str, *arguments: str) -> VariableParser:
        sub = commands.add_parser(name, help=summary, description=summary)
        for argument in arguments:
            sub.add_argument(argument)
        return sub

    listed = command("list", "the latest alerts")
    listed.add_argument("--state", help="firing, acknowledged, resolved, suppressed …")
    listed.add_argument("--camera")
    dead = command("dead", "messages that were given up, and what the other side said")
    for sub in (listed, dead):
        sub.add_argument("--limit", type=int, default=20, help="how many (%(default)s)")
    command("explain", "for each rule: matched, or the first condition that did not", "sighting")
    command("export", "the rules and all that they need, as TOML")
    command("import", "read such a file in").add_argument("file", type=Path)
    silence = command("silence", "tell nothing of this for some hours")
    silence.hears = False  # its --rule is one of alerts
    silence.add_argument("--hours", type=float, default=1.0, help="(%(default)s)")
    for matcher in ("rule", "person", "camera", "list"):
        silence.add_argument(f"--{matcher}")
    silence.add_argument("--comment", default="")
    command("silences", "what is silenced, and until when")
    command("unsilence", "tell of it again", "silence")
    command("acknowledge", "you have seen it: nobody else is told", "alert")
    command("test-channel", "send a test message, and say what the other side answers", "channel")
    command("resend", "try the messages again that were given up", "alert")
    return parser
