"""Rules and all that they need as one TOML file that people read, write and keep under version
control. Things are called by their names there, and secrets stay in the store."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from typing import Any

from lookout.server.alerts import desk
from lookout.server.alerts.definitions_io import (
    CHANNEL,
    FENCE,
    NOUNS,
    RULE,
    SILENCE,
    SITE,
    WATCHLIST,
    ZONE,
    Noun,
    keep_site,
    read_site,
)
from lookout.server.alerts.documents.channel import MASK, ChannelBody
from lookout.server.alerts.documents.document import Document, read_document, unknown_key
from lookout.server.alerts.documents.site import Site
from lookout.server.alerts.errors import BadDefinition
from lookout.server.alerts.toml_text import toml_lines, toml_tables
from lookout.server.storage.records import Person
from lookout.server.storage.store import Store

IN_FILE = tuple(noun for noun in NOUNS.values() if noun is not SILENCE)
_HEAD = """\
# What Lookout watches for, and how it tells: docs/alerts.md. Read it in with
#   lookout alerts import FILE
# A thing of the same name is replaced, others stay. Secrets ("********") stay as they are.

"""
_REFERENCES = (
    (("who", "lists"), WATCHLIST),
    (("where", "zones"), ZONE),
    (("where", "fences"), FENCE),
    (("channels",), CHANNEL),
    (("escalate", "channels"), CHANNEL),
)


def write_toml(store: Store) -> str:
    """Everything that is written down, but silences. Raises StorageError, BadDefinition."""
    parts = [_HEAD + f"[{SITE}]\n{toml_lines(read_site(store).plain())}"]
    for noun in IN_FILE:
        tables = [_shown(store, noun, one) for one in desk.all_kept(store, noun)]
        if tables:
            parts.append(toml_tables(noun.kind, tables))
    return "\n".join(parts)


def read_toml(store: Store, text: str) -> list[str]:
    """Writes down what the file says, all of it or nothing; returns a line for each thing. Raises
    BadDefinition, with the first thing that is wrong, and StorageError."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadDefinition(f"this is no TOML: {error}") from error
    known = {SITE, *(noun.kind for noun in IN_FILE)}
    for key in given:
        if key not in known:
            raise BadDefinition(unknown_key(key, known))
    done: list[str] = []
    with store.transaction():
        if SITE in given:
            keep_site(store, read_document(Site, given[SITE], "[site]"))
            done.append("site: set")
        for noun in IN_FILE:
            done += [_kept(store, noun, table) for table in _tables(given, noun)]
    return done


def _tables(given: Mapping[str, Any], noun: Noun) -> list[dict[str, Any]]:
    tables = given.get(noun.kind, [])
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        raise BadDefinition(f"{noun.kind}: write each as [[{noun.kind}]]")
    names = [table.get("name") for table in tables]
    for name in names:
        if names.count(name) > 1:
            raise BadDefinition(f"there are two {noun.kind}s of the name {name!r}")
    return tables


def _kept(store: Store, noun: Noun, table: dict[str, Any]) -> str:
    what = f"{noun.kind} {table.get('name', 'without a name')!r:.80}"
    if noun is RULE:
        table = _with_ids(store, table, what)
    elif noun is WATCHLIST:
        table = table | {"people": [_person(store, one, what) for one in table.get("people", [])]}
    body: Document = read_document(noun.body, table, what)
    before = {one.name: one for one in desk.all_kept(store, noun)}.get(table.get("name"))
    if isinstance(body, ChannelBody):
        if isinstance(before, ChannelBody):
            body = body.with_secrets_of(before)
        if MASK in body.settings.values():
            raise BadDefinition(f"{what}: its secret is not in the store yet: write it out")
    try:
        if before is None:
            desk.add(store, noun, body)
        else:
            desk.replace_kept(store, noun, before.id, body)
    except BadDefinition as error:
        raise BadDefinition(f"{what}: {error}") from error
    return f"{what}: {'added' if before is None else 'replaced'}"


def _shown(store: Store, noun: Noun, document: Any) -> dict[str, Any]:
    table = document.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    table.pop("id", None)
    if noun is CHANNEL:
        usual = type(document.parsed).model_fields
        table["settings"] = {
            key: value
            for key, value in document.masked().items()
            if value != usual[key].default and value not in ("", {})
        }
    elif noun is WATCHLIST and "people" in table:
        people = {one.id: one for one in store.people.many(document.people)}
        table["people"] = [_person_name(store, people[one]) for one in document.people]
    elif noun is RULE:
        for path, other in _REFERENCES:
            names = {one.id: one.name for one in desk.all_kept(store, other)}
            _replace(table, path, lambda one, names=names: names.get(one, one))
    return dict(table)


def _with_ids(store: Store, table: dict[str, Any], what: str) -> dict[str, Any]:
    table = {key: dict(one) if isinstance(one, dict) else one for key, one in table.items()}
    for path, noun in _REFERENCES:
        ids = {one.name: one.id for one in desk.all_kept(store, noun)}

        def named(one: str, ids: dict[str, str] = ids, noun: Noun = noun) -> str:
            if one in ids.values():
                return one
            if one not in ids:
                near = difflib.get_close_matches(one, ids, 1, 0.5)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise BadDefinition(f"{what}: there is no {noun.kind} {one!r:.60}{hint}")
            return ids[one]

        _replace(table, path, named)
    return table


def _replace(table: dict[str, Any], path: tuple[str, ...], by: Any) -> None:
    """Puts something else in the place of each text of the list at a path, where there is one."""
    *outer, last = path
    inside: Any = table
    for key in outer:
        inside = inside.get(key) if isinstance(inside, dict) else None
    if isinstance(inside, dict) and isinstance(inside.get(last), list):
        inside[last] = [by(one) if isinstance(one, str) else one for one in inside[last]]


def _person(store: Store, name: object, what: str) -> str:
    """The id of a person by name, where only one has it, or by id."""
    if not isinstance(name, str):
        raise BadDefinition(f"{what}: people are names or ids, not {name!r:.40}")
    if store.people.many([name]):
        return name
    found = store.people.find_by_name(name)
    if len(found) == 1:
        return found[0].id
    words = "there is nobody" if not found else f"there are {len(found)} people"
    more = ": write the id of one" if found else ""
    raise BadDefinition(f"{what}: {words} of the name {name!r:.60}{more}")


def _person_name(store: Store, person: Person) -> str:
    return person.name if len(store.people.find_by_name(person.name)) == 1 else person.id
